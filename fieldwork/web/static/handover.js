// The tablet in a respondent's hands: one question is seen at a time, each answer is kept on the device until the server has it.
// Without this script the same forms are posted one by one.

import * as device from "./device.js";
import * as fields from "./fields.js";
import { InHands } from "./handed.js";
import * as ranking from "./ranking.js";
import * as repeats from "./repeats.js";
import { Standing, complaint } from "./standing.js";

const PAGE = "/handed";
const AGAIN = 3000; // milliseconds until an end without a line is tried again
const root = document.querySelector("[data-handed]");
const path = root.dataset.handed;
const kept = new Set(JSON.parse(root.dataset.kept)); // answered before this page, and not shown in it
const bases = new Map(Object.entries(JSON.parse(root.dataset.live).bases));
const latest = new Map();
const status = root.querySelector(".saved-state");
const queue = new InHands(path);
const read = (item) => hidden(item, fields.read(item));
const standing = new Standing(root, read);

/** What stands there unseen counts as long as nobody has answered again. */
function hidden(item, value) {
  return value === null && kept.has(item.dataset.item) ? undefined : value;
}

function note(element) {
  const item = element.closest("[data-item]");
  if (!item) return;
  fields.clearOthers(item, element);
  for (const said of item.querySelectorAll(".govuk-error-message")) said.remove();
  for (const marked of item.querySelectorAll(".govuk-form-group--error")) marked.classList.remove("govuk-form-group--error");
  const value = read(item);
  if (value === undefined) return;
  standing.changed(item);
  put(item, value);
}

function put(item, value) {
  const place = item.dataset.item;
  if (latest.get(place) === JSON.stringify(value)) return;
  latest.set(place, JSON.stringify(value));
  const base = Math.max(Number(item.dataset.base), bases.get(place) ?? 0);
  queue.put({ path, save: { save: crypto.randomUUID(), item: place, value, base, at: new Date().toISOString() } });
}

function clear(item) {
  const isKept = Number(item.dataset.base) > 0 || fields.read(item) !== null;
  kept.delete(item.dataset.item);
  fields.write(item, null);
  standing.changed(item);
  if (isKept) put(item, null);
}

function settle({ save, receipt }) {
  const place = save?.item ?? receipt.item;
  const item = root.querySelector(`[data-item="${CSS.escape(place)}"]`);
  if (receipt.state === "stored" || receipt.state === "already") {
    see(place, item, receipt.seq);
    if (!save) standing.run(standing.set(place, receipt.value));
  } else if (save) {
    latest.delete(place);
    item?.prepend(complaint(root.dataset.saidRefused, "save"));
  }
}

function see(place, item, seq) {
  bases.set(place, seq);
  if (!item) return;
  item.dataset.base = seq;
  const base = item.querySelector(`input[name="base.${CSS.escape(place)}"]`);
  if (base) base.value = seq;
}

function say() {
  const state = queue.state === "signed-out" ? "signedOut" : queue.waiting ? "waiting" : "saved";
  status.dataset.state = { signedOut: "offline", waiting: queue.state === "offline" ? "offline" : "saving", saved: "saved" }[state];
  status.textContent = root.dataset[`said${state[0].toUpperCase()}${state.slice(1)}`];
}

function forms() {
  return [...root.querySelectorAll("form[data-section]")].filter((form) => form.dataset.section === "finish" || !form.parentElement.hidden);
}

function current() {
  return root.querySelector("form[data-section]:not([hidden])");
}

function show(form) {
  for (const other of root.querySelectorAll("form[data-section]")) other.hidden = other !== form;
  window.scrollTo(0, 0);
  const heading = form.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
}

function go(step) {
  const order = forms();
  const form = order[Math.max(0, order.indexOf(current()) + step)];
  history.pushState(null, "", `${PAGE}/${form.dataset.section}`);
  show(form);
}

function press(event) {
  const pressed = event.submitter;
  if (pressed?.value?.startsWith("add:") || pressed?.value?.startsWith("remove:")) return;
  event.preventDefault();
  if (pressed && "back" in pressed.dataset) go(-1);
  else if (event.target.dataset.section === "finish") finish(event.target);
  else go(1);
}

/** The end is sent after everything else; without a line it waits for one. */
async function finish(form) {
  while (!(await queue.quiet())) {
    form.querySelector("[data-no-line]").hidden = false;
    await new Promise((done) => setTimeout(done, AGAIN));
  }
  form.submit();
}

/** The tablet is given back with a line and with nothing waiting: the lock does not open for less. */
async function giveBack(event) {
  event.preventDefault();
  const address = event.target.href;
  if (await queue.quiet() && await fetch(PAGE, { method: "HEAD", cache: "no-store" }).then(() => true, () => false)) location.assign(address);
  else {
    status.dataset.state = "offline";
    status.textContent = root.dataset.saidNoLine;
  }
}

/** What the server has not answered still counts here, unseen like everything from before this page. */
async function restore() {
  const isKept = "kept" in document.documentElement.dataset;
  const waiting = (await queue.held()).filter(({ record }) => record.path === path && record.save);
  for (const { place, value, seq } of await queue.answers(path)) {
    const item = root.querySelector(`[data-item="${CSS.escape(place)}"]`);
    if (seq <= Number(item?.dataset.base ?? 0)) continue;
    see(place, item, seq);
    remember(place, value);
  }
  for (const { record } of waiting) remember(record.save.item, record.save.value);
  if (!isKept) await queue.page(PAGE);
}

function remember(place, value) {
  kept.add(place);
  standing.run(standing.set(place, value));
}

root.addEventListener("change", (event) => note(event.target));
root.addEventListener("submit", press);
standing.attach(root);
for (const container of root.querySelectorAll("[data-repeat]")) repeats.attach(container, standing, { dress, clear });
dress(root);
standing.all();
queue.addEventListener("state", say);
queue.addEventListener("receipt", ({ detail }) => { if (detail.path === path && detail.receipt) { settle(detail); say(); } });
document.querySelector("[data-give-back]")?.addEventListener("click", giveBack);
window.addEventListener("popstate", () => show(forms().find((form) => location.pathname.endsWith(`/${form.dataset.section}`)) ?? forms()[0]));
window.addEventListener("beforeunload", (event) => { if (queue.loose.length) event.preventDefault(); });
device.register();
for (const item of root.querySelectorAll("[data-item]")) {
  const used = fields.touched(item);
  if (used) note(used);
}
await queue.unlock();
await restore();
root.dataset.ready = "";
queue.send();

function dress(part) {
  for (const item of part.querySelectorAll("[data-kind=rank]")) ranking.attach(item);
}
