// A visit that opens from this device, without a line: what can be begun there, and how far it has come on this device.

import * as device from "./device.js";
import { Store } from "./store.js";

async function dress() {
  const store = await Store.open(await device.remembered());
  const waiting = await store.all("waiting");
  for (const item of document.querySelectorAll("[data-administration]")) {
    const path = item.dataset.administration;
    const own = waiting.filter(({ record }) => record.path === path);
    if (own.length) tell(item, own);
    const isKept = (await store.find("pages", path)) !== undefined;
    const form = item.querySelector("form");
    if (!isKept) form?.replaceWith("Needs a line");
    form?.addEventListener("submit", (event) => {
      event.preventDefault();
      begin(path);
    });
  }
  document.body.dataset.dressed = "";
}

function tell(item, own) {
  const isDone = own.some(({ record }) => record.completed);
  const number = own.filter(({ record }) => record.save).length;
  item.querySelector(".asked__come").textContent = `${isDone ? "Completed" : "Begun"} on this device, ${number === 1 ? "1 answer" : `${number} answers`} not sent yet.`;
  const button = item.querySelector("button, .govuk-button");
  if (button) button.firstChild.textContent = isDone ? "Look" : "Go on";
}

/** If the line is back, the page as it is now on the server; else what was taken along. */
async function begin(path) {
  const isBack = await fetch("/device", { cache: "no-store" }).then(() => true, () => false);
  if (isBack) location.reload();
  else location.assign(path);
}

if ("kept" in document.documentElement.dataset) dress();
