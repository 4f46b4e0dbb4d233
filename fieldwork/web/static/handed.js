// What waits of one questionnaire that was handed over: sealed under a key of its own, which opens nothing else kept on this device.

import * as device from "./device.js";
import { Queue } from "./queue.js";

const HEARTBEAT = 20_000; // milliseconds; a worker nobody talks to is put to sleep, and forgets the key

export class Handed extends Queue {
  constructor(path) {
    super();
    this.path = path;
  }

  async unlock() {
    try {
      const response = await fetch(`${this.path}/device`, { headers: { accept: "application/json" }, cache: "no-store" });
      // Whoever took the tablet back elsewhere, or let the session run out, gives no key any more.
      if (response.status === 401 || response.redirected) throw new device.SignedOut();
      if (!response.ok) throw new Error(String(response.status));
      const { key, csrf } = await response.json();
      const bytes = Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0));
      const opened = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
      this.csrf = csrf;
      this.remember(opened);
      await this.open(opened);
    } catch (error) {
      const key = this.store ? undefined : await device.remembered();
      if (key) await this.open(key);
      this.turn(error instanceof device.SignedOut ? "signed-out" : "offline");
      return false;
    }
    return true;
  }

  /** The worker forgets the researcher's key for it: without a line no other page kept here opens. */
  remember() {}
}

/** On a tablet in a respondent's hands. */
export class InHands extends Handed {
  remember(key) {
    const tell = async () => (await navigator.serviceWorker?.ready)?.active?.postMessage({ key });
    tell();
    clearInterval(this.beating);
    this.beating = setInterval(tell, HEARTBEAT);
  }
}
