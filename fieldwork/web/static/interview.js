// The interview page: every answer is sent as it is given, and questions come and go with their conditions.
// Without this script the same form is posted whole.

import * as fields from "./fields.js";
import { Outbox } from "./outbox.js";
import * as ranking from "./ranking.js";
import * as repeats from "./repeats.js";
import { Standing } from "./standing.js";

const form = document.querySelector("[data-interview]");
const status = document.querySelector(".saved-state");
const standing = new Standing(form, fields.read);
const outbox = new Outbox(form, status, echoed);

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
  if (item.dataset.kind !== "file" || value?.missing) outbox.put(item, value);
}

/** The server has set an answer, because another one set it off. */
function echoed(path, item, value) {
  if (!item) return standing.run(standing.set(path, value));
  fields.write(item, value);
  standing.changed(item);
}

function clear(item) {
  const isKept = Number(item.dataset.base) > 0 || fields.read(item) !== null;
  fields.write(item, null);
  standing.changed(item);
  if (isKept) outbox.put(item, null);
}

function dress(part) {
  for (const item of part.querySelectorAll("[data-kind=rank]")) ranking.attach(item);
}

form.addEventListener("change", (event) => note(event.target));
standing.attach(form);
for (const container of form.querySelectorAll("[data-repeat]")) repeats.attach(container, standing, { dress, clear });
dress(form);
standing.all();
// Only now is every answer sent as it is given; what was answered before is sent at once.
if (status.dataset.state === "") outbox.tell("saved", "Everything is saved");
for (const item of form.querySelectorAll("[data-item]")) {
  const used = fields.touched(item);
  if (used) note(used);
}
