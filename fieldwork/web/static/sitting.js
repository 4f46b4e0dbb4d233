// How long a section was in front of somebody: the time the page is in sight and in use. Out of sight, or two minutes without a
// touch or a key, is an interruption. It leaves with the page; what a broken line kept back goes with the next page of this tab.

const QUIET = 120_000; // milliseconds without a touch or a key

const strip = document.querySelector("[data-sittings]");
const address = strip.dataset.sittings;
const present = strip.dataset.present.split(" ").filter(Boolean);
const waiting = JSON.parse(sessionStorage.getItem(address) ?? "[]");
let began = null; // when this stretch began
let used = 0; // when somebody last did something
let active = 0;
let interruptions = 0;
let timer = 0;

function start() {
  began ??= new Date();
  used = performance.now();
}

function touched() {
  if (document.visibilityState !== "visible") return;
  const now = performance.now();
  if (now - used > QUIET) interruptions += 1;
  else active += now - used;
  used = now;
}

/** The end of a stretch; done once it has been sent, if there is a line. */
export function leave() {
  if (began === null) return undefined;
  touched();
  const seconds = Math.round(active / 1000);
  if (seconds || interruptions) waiting.push({ sitting: crypto.randomUUID(), section: strip.dataset.section, began_at: began.toISOString(), seconds, interruptions, present });
  began = null;
  active = interruptions = 0;
  return send();
}

async function send() {
  if (!waiting.length) return;
  sessionStorage.setItem(address, JSON.stringify(waiting));
  const sent = waiting.slice(0, 100);
  const answer = await fetch(address, {
    method: "POST",
    keepalive: true,
    headers: { "content-type": "application/json", accept: "application/json", "x-csrf": document.querySelector("input[name=csrf]").value },
    body: JSON.stringify(sent),
  }).catch(() => null);
  // What is refused is refused for good; a line that is away, somebody who has to sign in again, or a beginning that is not sent yet, is waited for.
  if (answer === null || [401, 403, 404].includes(answer.status) || answer.status >= 500) return;
  waiting.splice(0, sent.length);
  sessionStorage.setItem(address, JSON.stringify(waiting));
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") {
    start();
    interruptions += 1;
  } else leave();
});
// The next section comes without a new page.
document.addEventListener("section", ({ detail: section }) => {
  if (section === strip.dataset.section) return;
  leave();
  strip.dataset.section = section;
  start();
});
addEventListener("pagehide", leave);
addEventListener("pageshow", start);
for (const sign of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(sign, touched, { passive: true, capture: true });
start();
send();
