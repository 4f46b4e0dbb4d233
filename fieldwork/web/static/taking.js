// Taking visits along: their pages, and those of what is asked there, are fetched and sealed on this device.

import * as device from "./device.js";
import * as lease from "./lease.js";
import { Store, expire } from "./store.js";

const form = document.querySelector("[data-taking]");
const button = form?.querySelector("button[type=submit]");
const said = form?.querySelector("[data-said]");
const bar = form?.querySelector("progress");

async function take(chosen, password) {
  const before = await lease.current();
  const { bytes, csrf } = await device.told();
  const granted = await ask(csrf, { visits: chosen, password, instead_of: before?.lease_id ?? null });
  await expire();
  await lease.sign(granted, bytes, password);
  const store = await Store.open(await device.opened(bytes));
  const found = await Promise.all(granted.visits.map((address) => keep(store, address)));
  const inside = found.flatMap(within);
  let done = 0;
  for (const address of inside) {
    await keep(store, address);
    done += 1;
    bar.value = done / inside.length;
    tell(`Taking along: ${done} of ${inside.length} questionnaires.`);
  }
  await keep(store, location.pathname);
  return granted;
}

async function ask(csrf, wanted) {
  const response = await fetch(form.action, { method: "POST", headers: { "content-type": "application/json", accept: "application/json", "x-csrf": csrf }, body: JSON.stringify(wanted) });
  const told = await response.json();
  if (!response.ok) throw new Refused(told.title);
  return told;
}

class Refused extends Error {}

/** A page, sealed under the address it will be asked for by. */
async function keep(store, address) {
  const response = await fetch(address, { headers: { accept: "text/html" } });
  if (!response.ok || response.redirected) throw new Error(String(response.status));
  const html = await response.text();
  const page = new DOMParser().parseFromString(html, "text/html");
  await store.put("pages", [{ no: page.querySelector("[data-interview]")?.dataset.interview ?? address.split("?")[0], record: html }]);
  return page;
}

/** What can be asked at a visit: what is not begun yet, and what goes on. */
function within(page) {
  const ahead = [...page.querySelectorAll("[data-ahead]")].map((each) => each.dataset.ahead);
  return [...ahead, ...[...page.querySelectorAll("a[data-goes-on]")].map((link) => link.getAttribute("href"))];
}

function tell(sentence) {
  said.textContent = sentence;
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const chosen = [...form.querySelectorAll("input[name=visit]:checked")].map(({ value }) => value.split(" ")).map(([family_id, wave]) => ({ family_id, wave }));
  button.disabled = true;
  bar.hidden = false;
  try {
    await navigator.storage?.persist?.();
    const { ends_at } = await take(chosen, form.elements.password.value);
    tell(`Taken along. Until ${new Date(ends_at).toLocaleString(document.documentElement.lang)} these visits open on this device without a line. You can close the lid.`);
    form.dataset.taken = "";
  } catch (error) {
    tell(error instanceof Refused ? error.message : "Not everything could be fetched. Check the line and press the button again.");
  }
  form.elements.password.value = "";
  button.disabled = false;
  bar.hidden = true;
});

if (form) {
  device.register();
  tell("");
  button.disabled = false;
}
