// Signing out leaves nothing of ours on this device. What could not be sent is lost with it, so that is said first.

import * as lease from "./lease.js";
import { waiting } from "./store.js";

const form = document.querySelector("form[action='/sign-out']");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const number = await waiting().catch(() => 0);
  if (number && !confirm(`${number === 1 ? "1 answer is" : `${number} answers are`} kept on this device and not sent yet. If you sign out now, they are lost. Sign out all the same?`)) return;
  if ((await waiting("pieces").catch(() => 0)) && !confirm("A part of a recording is kept on this device and not sent yet. If you sign out now, it is lost. Sign out all the same?")) return;
  await lease.wipe().catch(() => {});
  form.submit();
});
