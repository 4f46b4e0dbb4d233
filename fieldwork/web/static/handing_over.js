// A tablet is handed over once everything answered on it before has been sent.

import * as device from "./device.js";
import { waiting } from "./store.js";

const PATIENCE = 3000; // milliseconds

const form = document.querySelector("[data-handing-over]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const number = await waiting().catch(() => 0);
  if (!number) {
    // In a respondent's hands the worker can't be fetched any more: what is needed without a line is fetched before.
    await Promise.race([navigator.serviceWorker?.ready, new Promise((done) => setTimeout(done, PATIENCE))]);
    return form.submit();
  }
  form.querySelector("[data-said]").textContent = `${number === 1 ? "1 answer is" : `${number} answers are`} kept on this tablet and not sent yet. Open its interview with a line first.`;
});
device.register();
