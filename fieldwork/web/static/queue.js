// Saves on their way: sealed on this device in the order they came, sent one batch at a time, gone once they are answered.

import * as device from "./device.js";
import { Store } from "./store.js";

const AGAIN = 3000; // milliseconds until a line that broke is tried again
const MOST = 200; // saves in one batch
const LOCK = "fieldwork.sending";
const CHANNEL = "fieldwork.receipts";

/** Tells its page, by events: `state` when what waits has changed, `receipt` for each answered save, `signed-out`. */
export class Queue extends EventTarget {
  constructor() {
    super();
    this.store = undefined; // none before a key is given
    this.loose = []; // saves that are only in this page
    this.sealed = new Set(); // ids of saves that are sealed on this device, as far as this page knows
    this.csrf = "";
    this.state = "idle";
    this.begun = undefined; // what this page begins without a line: {whose, at}
    this.stuck = new Set(); // paths of families this account can't see any more: what was answered there stays on the device
    this.seqs = new Map(); // the sequence of the latest answer that was taken, by its place: what is answered next builds on it
    this.others = new BroadcastChannel(CHANNEL);
    this.others.onmessage = ({ data }) => this.heard(data);
    window.addEventListener("online", () => this.send());
    this.writing = Promise.resolve();
  }

  get waiting() {
    return this.sealed.size + this.loose.length;
  }

  /** The session's key, or the one the worker remembers; without either, saves stay in this page. */
  async unlock() {
    try {
      const { key, csrf } = await device.ask();
      this.csrf = csrf;
      await this.open(key);
    } catch (error) {
      if (!this.store) {
        const key = await device.remembered();
        if (key) await this.open(key);
      }
      this.turn(error instanceof device.SignedOut ? "signed-out" : "offline");
      return false;
    }
    return true;
  }

  async open(key) {
    try {
      const store = await Store.open(key);
      for (const { record } of await store.all("waiting")) this.sealed.add(record.id);
      this.store = store;
      await this.write();
    } catch {
      this.store = undefined; // a browser that lets nobody keep anything
    }
  }

  /** What this device still holds, oldest first. */
  async held() {
    await this.writing;
    return [...((await this.store?.all("waiting")) ?? []), ...this.loose.map((record) => ({ record }))];
  }

  put(record) {
    this.loose.push(this.after({ id: crypto.randomUUID(), begun: this.begun, ...record }));
    this.turn("saving");
    return this.write().then(() => this.send());
  }

  after(record) {
    const seq = record.save && this.seqs.get(place(record));
    return seq > record.save?.base ? { ...record, save: { ...record.save, base: seq } } : record;
  }

  /** One after the other, so that nothing is sealed twice. */
  write() {
    this.writing = this.writing.then(() => this.keep());
    return this.writing;
  }

  /** Seal what is only in this page; on a full device it stays here. */
  async keep() {
    const loose = [...this.loose];
    if (!this.store) return;
    try {
      await this.store.put("waiting", loose.map((record) => ({ record })));
      for (const record of loose) this.sealed.add(record.id);
      this.loose = this.loose.filter((record) => !loose.includes(record));
      this.full = false;
    } catch {
      this.full = true;
    }
    this.turn(this.state);
  }

  /** Everything that waits; whoever asks meanwhile waits for the same. */
  send() {
    this.sending ??= this.attempt().finally(() => {
      this.sending = undefined;
      if (this.waiting && this.state === "saving") this.send();
    });
    return this.sending;
  }

  async attempt() {
    clearTimeout(this.later);
    try {
      // What a full device could not take before may have room now.
      await (this.loose.length ? this.write() : this.writing);
      if (!this.csrf && !(await this.unlock())) return this.again();
      await navigator.locks.request(LOCK, () => this.drain());
      this.turn(this.stuck.size && this.waiting ? "stuck" : this.waiting ? this.state : "sent");
    } catch (error) {
      if (error instanceof device.SignedOut) {
        this.csrf = "";
        return this.turn("signed-out");
      }
      this.turn("offline");
      this.again();
    }
  }

  again() {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.send(), AGAIN);
  }

  async drain() {
    for (let held = await this.movable(); held.length; held = await this.movable()) {
      const batch = first(held);
      const receipts = await this.post(batch);
      if (receipts) await this.settle(batch, receipts);
      else this.stuck.add(batch[0].record.path);
    }
  }

  async movable() {
    return (await this.held()).filter(({ record }) => !this.stuck.has(record.path));
  }

  async post(batch, isSecond = false) {
    const response = await fetch(`${batch[0].record.path}/saves`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", "x-csrf": this.csrf },
      body: JSON.stringify({ ...beginning(batch[0].record), saves: batch.map(({ record }) => record.save).filter(Boolean), notes: batch.map(({ record }) => record.note).filter(Boolean), completed: batch.some(({ record }) => record.completed) }),
    });
    if (response.status === 401) throw new device.SignedOut();
    // Another tab has signed in meanwhile: its token is asked for once.
    if (response.status === 403 && !isSecond) {
      this.csrf = (await device.ask()).csrf;
      return this.post(batch, true);
    }
    if (response.ok) return response.json();
    if ([403, 404].includes(response.status)) return undefined;
    if (response.status < 500) return batch.map(({ record }) => ({ save: record.save?.save, state: "refused", sentence: "This could not be taken in. Tell the study's team." }));
    throw new Error(String(response.status));
  }

  /** An answered save goes; a later one for the same question now builds on it. */
  async settle(batch, receipts) {
    const path = batch[0].record.path;
    const answered = new Map(receipts.map((receipt) => [receipt.save, receipt]));
    const done = batch.filter(({ record }) => !record.save || answered.has(record.save.save)).map(({ record }) => record);
    if (!done.length) throw new Error("no receipts");
    const taken = done.filter(({ save }) => save && ["stored", "already"].includes(answered.get(save.save).state));
    for (const record of taken) this.seqs.set(place(record), answered.get(record.save.save).seq);
    const gone = new Set(done.map(({ id }) => id));
    this.loose = this.loose.filter(({ id }) => !gone.has(id)).map((record) => this.after(record));
    const held = (await this.held()).filter(({ no }) => no !== undefined);
    const changes = held.map(({ no, record }) => ({ no, was: record, record: gone.has(record.id) ? undefined : this.after(record) }));
    await this.store?.put("waiting", changes.filter(({ was, record }) => was !== record));
    await this.store?.put("answers", taken.map(({ save }) => ({ no: `${path} ${save.item}`, record: { place: save.item, value: save.value, seq: answered.get(save.save).seq } }))).catch(() => {});
    for (const { id, save } of done) this.answer({ path, id, save, receipt: answered.get(save?.save) });
    const own = new Set(done.map(({ save }) => save?.save));
    for (const receipt of receipts) if (!own.has(receipt.save)) this.answer({ path, receipt });
  }

  /** Everything was sent that could be; false if something still waits. */
  async quiet() {
    do await this.send();
    while (this.waiting && this.state === "saving");
    return !this.waiting;
  }

  /** Keep a page as it is now on the server, to be opened without a line. */
  async page(path) {
    if (!this.store) return;
    const response = await fetch(path, { headers: { accept: "text/html" } });
    if (!response.ok || response.redirected) return;
    await this.store.put("pages", [{ no: path, record: await response.text() }]);
  }

  /** Answers the server has taken since its page was kept. */
  async answers(path) {
    return (await this.store?.all("answers", `${path} `))?.map(({ record }) => record) ?? [];
  }

  answer(detail) {
    this.others.postMessage(detail);
    this.heard(detail);
  }

  heard(detail) {
    this.sealed.delete(detail.id);
    this.tell("receipt", detail);
  }

  turn(state) {
    this.state = state;
    this.tell("state", {});
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** The first batch: what was answered first in the oldest questionnaire, up to where one question comes a second time. */
function first(held) {
  const own = held.filter(({ record }) => record.path === held[0].record.path);
  const seen = new Set();
  const twice = own.findIndex(({ record }) => seen.has(record.save?.item) || !seen.add(record.save?.item));
  return own.slice(0, Math.min(twice < 0 ? own.length : twice, MOST));
}

/** Of what was begun without a line: who answers what about whom, and how long ago that was. */
function beginning({ begun }) {
  return begun && { begun: { ...begun.whose, ago: Math.max(0, Math.round((Date.now() - begun.at) / 1000)) } };
}

function place(record) {
  return `${record.path} ${record.save.item}`;
}
