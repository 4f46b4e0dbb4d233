// A session that ran out while the tablet was handed over may have left answers here: whoever signs in again sends them, unread.

import { Handed } from "./handed.js";

const said = document.querySelector("[data-handed]");
const queue = new Handed(said.dataset.handed);
if ((await queue.unlock()) && queue.waiting) {
  const number = queue.waiting;
  const done = await queue.quiet();
  said.textContent = done ? `${number === 1 ? "1 answer" : `${number} answers`} kept on this tablet while it was handed over: sent now, unread.` : "Answers are kept on this tablet and could not be sent yet.";
}
