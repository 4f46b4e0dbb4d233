// At every contact with the study: may this device keep what was taken along on it? And what waits on it is sent.

import * as lease from "./lease.js";
import { Queue } from "./queue.js";
import * as recording from "./recording.js";
import { waiting } from "./store.js";

const said = document.querySelector("[data-waiting]");

async function meet() {
  await lease.check();
  // An interview sees to its answers itself.
  if (document.querySelector("[data-interview]") || !((await waiting()) || (await waiting("pieces")))) return;
  const queue = new Queue();
  queue.addEventListener("state", () => tell(queue));
  await queue.unlock();
  await queue.send();
  recording.attach(queue, "");
}

function tell({ waiting: number, state }) {
  if (!said) return; // nobody is signed in
  said.hidden = !number;
  said.textContent = `${number} on this device ${state === "stuck" ? "could not be sent: tell your coordinator" : "not sent yet"}`;
}

const start = () => meet().catch(() => {}); // a browser that keeps nothing has nothing to say either
addEventListener("online", start);
start();
