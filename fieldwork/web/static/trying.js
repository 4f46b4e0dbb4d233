// Trying a questionnaire out: its page follows the answers as an interview's does, and keeps none of them.
// Without this script the buttons post the form, and the page that comes back shows what applies.

import * as fields from "./fields.js";
import * as ranking from "./ranking.js";
import * as repeats from "./repeats.js";
import { Standing } from "./standing.js";

const form = document.querySelector("[data-trying]");
if (form) follow(new Standing(form, fields.read));

function follow(standing) {
  form.addEventListener("change", ({ target }) => {
    const item = target.closest("[data-item]");
    if (!item) return;
    fields.clearOthers(item, target);
    standing.changed(item);
  });
  standing.attach(form);
  for (const container of form.querySelectorAll("[data-repeat]")) repeats.attach(container, standing, { dress, clear });
  dress(form);
  standing.all();

  function clear(item) {
    fields.write(item, null);
    standing.changed(item);
  }
}

function dress(part) {
  for (const item of part.querySelectorAll("[data-kind=rank]")) ranking.attach(item);
}
