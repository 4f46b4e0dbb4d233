// A page that could not be fetched: it opens as it was kept on this device, if its key is here.

import * as device from "./device.js";
import { Store } from "./store.js";

const said = document.querySelector("[data-said]");
const path = location.pathname;

async function open() {
  const key = await device.remembered();
  if (!key) return tell("There is no line, and this device has forgotten the key to what it keeps. Nothing is lost: it is sent when you sign in again.");
  const html = await find(await Store.open(key));
  if (!html) return tell("There is no line, and this page is not kept on this device.");
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
open();
