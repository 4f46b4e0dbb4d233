// A page that could not be fetched: it opens as it was kept on this device, if its key is here or a password brings it.

import * as device from "./device.js";
import * as lease from "./lease.js";
import { Store } from "./store.js";

const said = document.querySelector("[data-said]");
const form = document.querySelector("form[data-unlock]");
const path = location.pathname;

async function start() {
  const held = await lease.current();
  const key = await device.remembered();
  if (key) return open(key, held);
  if (!held) return tell("There is no line, and this device has forgotten the key to what it keeps. Nothing is lost: it is sent when you sign in again.");
  tell("There is no line. Your password opens what you took along.");
  form.hidden = false;
  form.elements.password.focus();
  form.addEventListener("submit", unlock);
}

async function unlock(event) {
  event.preventDefault();
  const held = await lease.current();
  const key = held && (await lease.unlock(held, form.elements.password.value));
  form.elements.password.value = "";
  if (key) return open(key, held);
  if (await lease.current()) return tell("The password is not right.");
  form.hidden = true;
  tell("This device opens nothing any more without a line. What was answered is still on it, sealed: it is sent when you sign in again.");
}

async function open(key, held) {
  form.hidden = true;
  const html = await find(await Store.open(key));
  if (!html) {
    document.querySelector("[data-along]").hidden = !held;
    return tell("There is no line, and this page is not kept on this device.");
  }
  document.open();
  document.write(html.replace("<html ", "<html data-kept "));
  document.close();
}

/** The page itself, or the interview a section belongs to. */
async function find(store) {
  return (await store.find("pages", path)) ?? (await store.find("pages", path.slice(0, path.lastIndexOf("/"))));
}

function tell(sentence) {
  said.textContent = sentence;
}

document.querySelector("[data-again]").addEventListener("click", () => location.reload());
window.addEventListener("online", () => location.reload());
start();
