// The interview page: every answer is kept on this device until the server has it, questions come and go with their
// conditions, and sections need no line. Without this script the same forms are posted whole.

import * as device from "./device.js";
import * as fields from "./fields.js";
import * as notes from "./notes.js";
import { Pages, holdsFile } from "./pages.js";
import { Queue } from "./queue.js";
import * as ranking from "./ranking.js";
import * as recording from "./recording.js";
import * as repeats from "./repeats.js";
import * as signing from "./signing.js";
import * as sitting from "./sitting.js";
import { Standing, complaint } from "./standing.js";

const PATIENCE = 2000; // milliseconds
const ROW = /^(\w+)\[(\d+)\]\./;
const root = document.querySelector("[data-interview]");
const path = root.dataset.interview;
const bases = new Map(Object.entries(JSON.parse(root.dataset.live).bases)); // the sequence last seen in a row that may come back
const latest = new Map(); // what stands in a question, as far as this page has sent or been told it
const refused = new Set(); // questions whose latest answer was not taken
const status = root.querySelector(".saved-state");
const queue = new Queue();
if (root.dataset.begun) queue.begun = { whose: JSON.parse(root.dataset.begun), at: Date.now() };
const standing = new Standing(root, fields.read);
let isLeaving = false;
const pending = new Map(); // question → how many of its saves from this page are not answered yet

function note(element) {
  const item = element.closest("[data-item]");
  if (!item) return;
  fields.clearOthers(item, element);
  // What the server said of the answer before is about that one.
  for (const said of item.querySelectorAll(".govuk-error-message:not(.live-complaint)")) said.remove();
  for (const marked of item.querySelectorAll(".govuk-form-group--error")) marked.classList.remove("govuk-form-group--error");
  const value = fields.read(item);
  if (value === undefined) return;
  standing.changed(item);
  if (item.dataset.kind !== "file" || value?.missing) put(item, value);
}

function put(item, value) {
  const place = item.dataset.item;
  if (latest.get(place) === JSON.stringify(value)) return;
  latest.set(place, JSON.stringify(value));
  const base = Math.max(Number(item.dataset.base), bases.get(place) ?? 0);
  pending.set(place, (pending.get(place) ?? 0) + 1);
  queue.put({ path, save: { save: crypto.randomUUID(), item: place, value, base, at: new Date().toISOString() } });
  pages.refresh();
}

function clear(item) {
  const isKept = Number(item.dataset.base) > 0 || fields.read(item) !== null;
  fields.write(item, null);
  standing.changed(item);
  if (isKept) put(item, null);
}

/** An answer that did not come from this page's fields: another one set it off, or it was kept on this device. */
function show(place, value) {
  latest.set(place, JSON.stringify(value));
  const item = find(place);
  if (!item) return standing.run(standing.set(place, value));
  fields.write(item, value);
  standing.changed(item);
}

function find(place) {
  const [, repeat, number] = ROW.exec(place) ?? [];
  const container = repeat && root.querySelector(`[data-repeat="${CSS.escape(repeat)}"]`);
  if (container && !container.querySelector(`[data-item="${CSS.escape(place)}"]`)) container.dispatchEvent(new CustomEvent("row", { detail: Number(number) }));
  return root.querySelector(`[data-item="${CSS.escape(place)}"]`);
}

function settle({ save, receipt }) {
  const place = save?.item ?? receipt.item;
  const item = root.querySelector(`[data-item="${CSS.escape(place)}"]`);
  item?.querySelector(":scope > .live-complaint[data-about=save]")?.remove();
  if (save) pending.set(place, Math.max(0, (pending.get(place) ?? 0) - 1));
  if (receipt.state === "stored" || receipt.state === "already") {
    refused.delete(place);
    see(place, item, receipt.seq);
    // An answer that set this one off was sent while somebody typed here: what they typed stands.
    if (!save && !pending.get(place)) show(place, receipt.value);
    return;
  }
  if (!save) return;
  refused.add(place);
  latest.delete(place);
  item?.prepend(complaint(receipt.sentence || "Somebody else changed this answer meanwhile. Both are kept: reload the page to see theirs.", "save"));
}

function see(place, item, seq) {
  bases.set(place, seq);
  if (!item) return;
  item.dataset.base = seq;
  const base = item.querySelector(`input[name="base.${CSS.escape(place)}"]`);
  if (base) base.value = seq;
}

function say() {
  const [state, text] = told();
  status.dataset.state = state;
  status.textContent = text;
}

function told() {
  const number = queue.waiting;
  if (number && queue.full) return ["failed", `This device is full: ${number} waiting in this page alone. Keep it open.`];
  if (queue.state === "stuck") return ["failed", `You can't see this family any more, so ${number} could not be sent. They stay on this device: tell your coordinator.`];
  if (queue.state === "signed-out") return ["offline", number ? `You are signed out. ${kept(number)}` : "You are signed out."];
  if (number) return [queue.state === "offline" ? "offline" : "saving", kept(number)];
  if (refused.size) return ["failed", refused.size === 1 ? "1 answer needs a look: see the sentence in red" : `${refused.size} answers need a look: see the sentences in red`];
  if (holdsFile(root)) return ["saving", queue.state === "offline" ? "Without a line no file can be handed in. Everything else is saved." : "Everything but the file is saved: press the button to hand it in"];
  return ["saved", queue.state === "offline" ? "Everything is saved. There is no line now." : "Everything is saved"];
}

function kept(number) {
  return queue.loose.length ? `Not kept yet, ${number} waiting. Keep this page open.` : `Kept on this device, ${number} waiting`;
}

function dress(part) {
  for (const item of part.querySelectorAll("[data-kind=rank]")) ranking.attach(item);
}

/** Questions that apply, can be answered and are not. */
function open(form) {
  const asked = [...form.querySelectorAll("[data-item]")].filter((item) => !item.dataset.item.endsWith(":note") && !item.closest("[data-relevant][hidden], [data-row][hidden]"));
  return asked.filter((item) => fields.read(item) === null).length;
}

/** To another page, with everything sent first if there is a line; a slow one is not waited for. */
async function leave(address) {
  await Promise.race([Promise.allSettled([queue.quiet(), sitting.leave(), recording.stop()]), new Promise((done) => setTimeout(done, PATIENCE))]);
  isLeaving = true;
  location.assign(address);
}

async function complete() {
  queue.put({ path, completed: true });
  leave((await queue.quiet()) ? path : document.querySelector(".govuk-back-link").href);
}

/** What the server has not answered stands on the page again; what it has is newer than a page that was kept. */
async function restore() {
  const isKept = "kept" in document.documentElement.dataset;
  for (const { place, value, seq } of await queue.answers(path)) {
    const item = find(place);
    if (seq <= Number(item?.dataset.base ?? 0)) continue;
    show(place, value);
    see(place, item, seq);
  }
  const held = (await queue.held()).filter(({ record }) => record.path === path);
  for (const { record } of held) if (record.save) show(record.save.item, record.save.value);
  if (held.some(({ record }) => record.completed)) {
    root.hidden = true;
    document.querySelector("[data-completed-here]").hidden = false;
  }
  if (!isKept) await queue.page(path);
}

const pages = new Pages(root, { open, isOnline: () => queue.state !== "offline" && navigator.onLine, isQuiet: () => !queue.waiting, leave });
root.addEventListener("change", (event) => note(event.target));
root.addEventListener("complete", complete);
standing.attach(root);
for (const container of root.querySelectorAll("[data-repeat]")) repeats.attach(container, standing, { dress, clear });
dress(root);
standing.all();
pages.refresh();
queue.addEventListener("state", say);
queue.addEventListener("receipt", ({ detail }) => { if (detail.path === path && detail.receipt && (detail.save || detail.receipt.item)) { settle(detail); say(); } });
signing.attach(queue);
notes.attach(queue, path);
recording.attach(queue, path);
root.addEventListener("submit", () => { isLeaving = true; });
window.addEventListener("beforeunload", (event) => { if (queue.loose.length || (holdsFile(root) && !isLeaving)) event.preventDefault(); });
device.register();
// Only now is every answer sent as it is given; what was answered before is sent at once.
for (const item of root.querySelectorAll("[data-item]")) {
  const used = fields.touched(item);
  if (used) note(used);
}
await queue.unlock();
await restore();
await notes.restore();
root.dataset.ready = "";
queue.send();
