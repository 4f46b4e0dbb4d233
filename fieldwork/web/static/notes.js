// Running notes: a panel beside each question. A note is kept on this device like an answer until the server has it.
// What is typed or touched is kept when the panel closes, however it closes, and when the page goes out of sight.

import { complaint } from "./standing.js";

const LONGEST_AGO = 20 * 60 * 60 * 1000; // milliseconds; older than that a time alone would mislead
const WHOLE = "-"; // how the interview as a whole is called
const panel = document.querySelector("dialog[data-notes]");
const words = panel.querySelector("textarea");
const toggles = [...panel.querySelectorAll("[data-tag]")];
const lines = new Map(JSON.parse(panel.dataset.notes).map((one) => [one.note, one]));
const takenBack = new Set(); // in whatever order a note and its taking back come from the device
const own = new Map(); // what this page has sent, or found waiting, by its id
let queue;
let path;
let place = null;
let opener = null;

export function attach(given, address) {
  queue = given;
  path = address;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-note]");
    if (!button) return;
    event.preventDefault();
    open(button);
  });
  for (const toggle of toggles) toggle.addEventListener("click", () => press(toggle, toggle.getAttribute("aria-pressed") !== "true"));
  panel.addEventListener("close", close);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keep(); });
  queue.addEventListener("receipt", ({ detail: { id, receipt } }) => { if (receipt) settle(receipt.save ?? id, receipt); });
}

/** What waits on this device, and what the server took since this page was kept. */
export async function restore() {
  for (const record of await queue.answers(shelf())) show(record);
  for (const { record } of await queue.held()) {
    if (record.path !== path || !record.note) continue;
    own.set(record.id, record.note);
    show(record.note);
  }
  count();
}

function shelf() {
  return `${path}:notes`;
}

function open(button) {
  opener = button;
  place = button.dataset.note;
  panel.querySelector("[data-about]").textContent = button.querySelector("[data-label]").textContent;
  draw();
  panel.showModal();
  (toggles[0] ?? words).focus();
}

function close() {
  keep();
  place = null;
  opener?.focus();
}

function press(toggle, isOn) {
  toggle.setAttribute("aria-pressed", String(isOn));
}

function keep() {
  const tags = toggles.filter((toggle) => toggle.getAttribute("aria-pressed") === "true");
  const said = words.value.trim();
  if (place === null || (!said && !tags.length)) return;
  send({ words: said, tags: tags.map((toggle) => toggle.dataset.tag) });
  words.value = "";
  for (const toggle of tags) press(toggle, false);
}

function send(said) {
  const note = { note: crypto.randomUUID(), item: place === WHOLE ? "" : place, at: new Date().toISOString(), ...said };
  own.set(note.note, note);
  show(note);
  queue.put({ path, id: note.note, note });
  draw();
  count();
}

function show(note) {
  if (note.takes_back) {
    takenBack.add(note.takes_back);
    lines.delete(note.takes_back);
  } else if (!lines.has(note.note) && !takenBack.has(note.note)) lines.set(note.note, { ...note, time: time(note.at) });
}

function time(at) {
  const made = new Date(at);
  const day = Date.now() - made > LONGEST_AGO ? { day: "numeric", month: "short" } : {};
  return made.toLocaleString("en-GB", { hour: "2-digit", minute: "2-digit", ...day });
}

function draw() {
  const here = [...lines.values()].filter((one) => one.item === (place === WHOLE ? "" : place));
  const list = panel.querySelector("[data-lines]");
  list.replaceChildren(...here.map(row));
  list.hidden = !here.length;
}

function row(one) {
  const line = document.createElement("li");
  line.append(piece("noted__time", one.time), " ", ...one.tags.flatMap((tag) => [piece("noted__tag", tag), " "]), one.words, " ");
  const back = document.createElement("button");
  back.type = "button";
  back.className = "link-button";
  back.textContent = "Take back";
  back.setAttribute("aria-label", `Take back: ${one.words || one.tags.join(", ")}`);
  back.addEventListener("click", () => { send({ takes_back: one.note }); words.focus(); });
  line.append(back);
  return line;
}

function piece(name, text) {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = text;
  return made;
}

function count() {
  const numbers = new Map();
  for (const { item } of lines.values()) numbers.set(item || WHOLE, (numbers.get(item || WHOLE) ?? 0) + 1);
  for (const button of document.querySelectorAll("[data-note]")) {
    const number = numbers.get(button.dataset.note);
    button.querySelector("[data-number]").textContent = number ? ` (${number})` : "";
  }
}

/** What was taken in stands beside a page that was kept before it; what was not is said at its question. */
function settle(id, { state, sentence }) {
  const note = own.get(id);
  if (!note) return;
  if (state === "stored") queue.store?.put("answers", [{ no: `${shelf()} ${id}`, record: note }]).catch(() => {});
  else document.querySelector(`[data-note="${CSS.escape(note.item || WHOLE)}"]`)?.before(complaint(sentence, "note"));
}
