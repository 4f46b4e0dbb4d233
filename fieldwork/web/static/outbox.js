// Answers on their way to the server: each is sent as it is given and waits here until it is kept.

import { complaint } from "./standing.js";

const AGAIN = 3000; // milliseconds until a line that broke is tried again

export class Outbox {
  constructor(form, status, echoed) {
    this.form = form;
    this.status = status;
    this.echoed = echoed;
    this.waiting = new Map(); // item → the latest save not yet answered
    this.refused = new Set(); // items whose latest answer was not taken
    this.bases = new Map(Object.entries(JSON.parse(form.dataset.live).bases)); // the sequence last seen in a row that may come back
    this.sending = false;
    window.addEventListener("beforeunload", (event) => { if ((this.waiting.size || this.holdsFile()) && !this.leaving) event.preventDefault(); });
    window.addEventListener("online", () => this.send());
    form.addEventListener("submit", () => { this.leaving = true; });
  }

  put(item, value) {
    const path = item.dataset.item;
    const base = Math.max(Number(item.dataset.base), this.bases.get(path) ?? 0);
    this.waiting.set(path, { save: crypto.randomUUID(), item: path, value, base, at: new Date().toISOString() });
    this.tell("saving", `Saving, ${this.waiting.size} waiting`);
    this.send();
  }

  async send() {
    if (this.sending || !this.waiting.size) return;
    this.sending = true;
    const batch = [...this.waiting.values()];
    try {
      const response = await fetch(this.form.dataset.interview, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json", "x-csrf": this.form.dataset.csrf },
        body: JSON.stringify(batch),
      });
      if (response.status === 409) return this.tell("failed", "Not saved: this questionnaire has been completed meanwhile.");
      if (response.status === 401 || response.status === 403) return await this.waitForSignIn();
      if (!response.ok) throw new Error(String(response.status));
      for (const receipt of await response.json()) this.settle(batch.find((save) => save.save === receipt.save), receipt);
      this.sending = false;
      if (this.waiting.size) this.send();
      else if (this.refused.size) this.tell("failed", this.refused.size === 1 ? "1 answer needs a look: see the sentence in red" : `${this.refused.size} answers need a look: see the sentences in red`);
      else this.tell("saved", "Everything is saved");
    } catch {
      this.retry(`Not sent yet, ${this.waiting.size} waiting on this page. Keep it open.`);
    }
  }

  retry(text) {
    this.sending = false;
    this.tell("offline", text);
    setTimeout(() => this.send(), AGAIN);
  }

  // Whoever signs in again in another tab gets a new token; this page takes it over, so that nothing is typed twice.
  async waitForSignIn() {
    const page = await fetch(location.href, { headers: { accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[data-interview]");
    if (fresh) {
      this.form.dataset.csrf = fresh.dataset.csrf;
      this.form.elements.csrf.value = fresh.dataset.csrf;
    }
    this.retry(`Not sent yet, ${this.waiting.size} waiting. If you were signed out, keep this page open and sign in again in another tab.`);
  }

  settle(save, receipt) {
    const path = save?.item ?? receipt.item;
    if (this.waiting.get(path)?.save === receipt.save) this.waiting.delete(path);
    const item = this.form.querySelector(`[data-item="${CSS.escape(path)}"]`);
    item?.querySelector(":scope > .live-complaint[data-about=save]")?.remove();
    if (receipt.state === "stored" || receipt.state === "already") {
      this.refused.delete(path);
      this.see(path, item, receipt.seq);
      // An answer that set this one off was sent while somebody typed here: what they typed stands.
      if (!save && !this.waiting.has(path)) this.echoed(path, item, receipt.value);
      return;
    }
    if (!save) return;
    this.refused.add(path);
    item?.prepend(complaint(receipt.state === "conflict" ? "Somebody else changed this answer meanwhile. Both are kept: reload the page to see theirs." : receipt.sentence, "save"));
  }

  see(path, item, seq) {
    this.bases.set(path, seq);
    const next = this.waiting.get(path);
    if (next) next.base = seq;
    if (!item) return;
    item.dataset.base = seq;
    const base = item.querySelector(`input[name="base.${CSS.escape(path)}"]`);
    if (base) base.value = seq;
  }

  holdsFile() {
    return [...this.form.querySelectorAll("input[type=file]")].some((input) => input.files.length);
  }

  tell(state, text) {
    this.status.dataset.state = state;
    this.status.textContent = state === "saved" && this.holdsFile() ? "Everything but the file is saved: press the button to hand it in" : text;
  }
}
