// The interview page: every answer is sent as it is given, and questions come and go with their conditions.
// Without this script the same form is posted whole.

import { evaluate, truth } from "./expressions.js";

const form = document.querySelector("[data-interview]");
const status = document.querySelector(".saved-state");
const answers = new Map(Object.entries(JSON.parse(form.dataset.answers)));
const waiting = new Map(); // item → the latest save not yet answered
const refused = new Set(); // items whose latest answer was not taken
let sending = false;

form.addEventListener("change", (event) => note(event.target));
form.addEventListener("submit", () => { window.removeEventListener("beforeunload", warn); });

function note(element) {
  const item = element.closest("[data-item]");
  if (!item) return;
  if (element.type === "radio" || element.type === "checkbox") clearOthers(item, element);
  const value = read(item);
  answers.set(item.dataset.item, value);
  waiting.set(item.dataset.item, { save: crypto.randomUUID(), item: item.dataset.item, value, base: Number(item.dataset.base), at: new Date().toISOString() });
  tell("saving", `Saving, ${waiting.size} waiting`);
  showRelevant();
  send();
}

// A reason for having no answer and an answer exclude each other.
function clearOthers(item, element) {
  const isReason = element.value.startsWith("missing:");
  for (const other of item.querySelectorAll("input, textarea")) {
    if (other === element || other.type === "hidden") continue;
    const otherIsReason = other.value.startsWith("missing:");
    if (isReason !== otherIsReason) {
      if (other.type === "radio" || other.type === "checkbox") other.checked = false;
      else if (isReason) other.value = "";
    }
  }
}

function read(item) {
  const reason = item.querySelector("input[value^='missing:']:checked");
  if (reason) return { missing: reason.value.slice("missing:".length) };
  const chosen = [...item.querySelectorAll("input:checked")].map((input) => input.value);
  const typed = item.querySelector("input:not([type=hidden], [type=radio], [type=checkbox]), textarea")?.value.trim() ?? "";
  switch (item.dataset.kind) {
    case "several": return chosen.length ? chosen : null;
    case "one": case "acknowledge": return chosen[0] ?? null;
    case "range": return chosen.length ? Number(chosen[0]) : null;
    case "number": return typed === "" ? null : Number.isNaN(Number(typed.replace(",", "."))) ? typed : Number(typed.replace(",", "."));
    default: return typed === "" ? null : typed;
  }
}

function showRelevant() {
  const known = Object.fromEntries([...answers].filter(([, value]) => value !== null && !(value && value.missing)));
  for (const question of form.querySelectorAll("[data-relevant]")) {
    question.hidden = !truth(evaluate(JSON.parse(question.dataset.relevant), known, { today: form.dataset.today }));
  }
}

async function send() {
  if (sending || !waiting.size) return;
  sending = true;
  const batch = [...waiting.values()];
  try {
    const response = await fetch(form.dataset.interview, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", "x-csrf": form.dataset.csrf },
      body: JSON.stringify(batch),
    });
    if (response.status === 409) return tell("failed", "Not saved: this questionnaire has been completed meanwhile.");
    if (response.status === 401 || response.status === 403) return await waitForSignIn();
    if (!response.ok) throw new Error(String(response.status));
    for (const receipt of await response.json()) settle(batch.find((save) => save.save === receipt.save), receipt);
    sending = false;
    if (waiting.size) send();
    else if (refused.size) tell("failed", refused.size === 1 ? "1 answer needs a look: see the sentence in red" : `${refused.size} answers need a look: see the sentences in red`);
    else tell("saved", "Everything is saved");
  } catch {
    retry(`Not sent yet, ${waiting.size} waiting on this page. Keep it open.`);
  }
}

function retry(text) {
  sending = false;
  tell("offline", text);
  setTimeout(send, 3000);
}

// Whoever signs in again in another tab gets a new token; this page takes it over, so that nothing is typed twice.
async function waitForSignIn() {
  const page = await fetch(location.href, { headers: { accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[data-interview]");
  if (fresh) {
    form.dataset.csrf = fresh.dataset.csrf;
    form.elements.csrf.value = fresh.dataset.csrf;
  }
  retry(`Not sent yet, ${waiting.size} waiting. If you were signed out, keep this page open and sign in again in another tab.`);
}

function settle(save, receipt) {
  if (waiting.get(save.item)?.save === save.save) waiting.delete(save.item);
  const item = form.querySelector(`[data-item="${CSS.escape(save.item)}"]`);
  item.querySelector(".live-complaint")?.remove();
  if (receipt.state === "stored" || receipt.state === "already") {
    refused.delete(save.item);
    item.dataset.base = receipt.seq;
    const next = waiting.get(save.item);
    if (next) next.base = receipt.seq;
    const base = item.querySelector(`input[name="base.${CSS.escape(save.item)}"]`);
    if (base) base.value = receipt.seq;
    return;
  }
  refused.add(save.item);
  const complaint = document.createElement("p");
  complaint.className = "govuk-error-message live-complaint";
  complaint.setAttribute("role", "alert");
  complaint.textContent = receipt.state === "conflict" ? "Somebody else changed this answer meanwhile. Both are kept: reload the page to see theirs." : receipt.sentence;
  item.prepend(complaint);
}

function tell(state, text) {
  status.dataset.state = state;
  status.textContent = text;
}

function warn(event) {
  if (waiting.size) event.preventDefault();
}

window.addEventListener("beforeunload", warn);
window.addEventListener("online", send);
showRelevant();
