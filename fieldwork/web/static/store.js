// What is kept on this device, sealed. The key is given only to a signed-in session and never written down here.

const NAME = "fieldwork";
const VERSION = 2;
const LEASE = "lease"; // until when what was taken along may be opened; its key stands in it only under a password
export const KINDS = ["waiting", "pages", "answers", "pieces"]; // saves not yet answered · pages that open without a line · answers newer than their page · recorded sound

export class Store {
  static async open(key) {
    return new Store(await database(), key);
  }

  constructor(base, key) {
    this.base = base;
    this.key = key;
  }

  /** Every readable record in the order it came, each with its number; what another key has sealed is left alone. */
  async all(kind, before = undefined) {
    const some = before === undefined ? undefined : under(before);
    const [names, boxes] = await this.done(kind, "readonly", (shelf) => [shelf.getAllKeys(some), shelf.getAll(some)]);
    const opened = await Promise.all(boxes.map((box) => this.unseal(kind, box)));
    return names.map((no, at) => ({ no, record: opened[at] })).filter(({ record }) => record !== undefined);
  }

  async find(kind, no) {
    const [box] = await this.done(kind, "readonly", (shelf) => [shelf.get(no)]);
    return box && this.unseal(kind, box);
  }

  /** All of the changes or none; a record of undefined goes. It is on disk once this is done. */
  async put(kind, changes) {
    const sealed = await Promise.all(changes.map(async ({ no, record }) => [no, record === undefined ? undefined : await this.seal(kind, record)]));
    const added = await this.done(kind, "readwrite", (shelf) => sealed.map(([no, box]) => {
      if (box === undefined) return shelf.delete(no);
      return no === undefined ? shelf.add(box) : shelf.put(box, no);
    }));
    return added;
  }

  done(kind, mode, act) {
    return new Promise((resolve, reject) => {
      const work = this.base.transaction(kind, mode, { durability: "strict" });
      const asked = act(work.objectStore(kind));
      work.oncomplete = () => resolve(asked.map((one) => one.result));
      work.onabort = () => reject(work.error ?? new Error("aborted"));
    });
  }

  async seal(kind, record) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const text = new TextEncoder().encode(JSON.stringify(record));
    return { iv, text: await crypto.subtle.encrypt(told(kind, iv), this.key, text) };
  }

  async unseal(kind, { iv, text }) {
    try {
      return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(told(kind, iv), this.key, text)));
    } catch {
      return undefined;
    }
  }
}

/** How many saves, or pieces of sound, wait on this device, whoever's they are: this much can be said without a key. */
export async function waiting(kind = "waiting") {
  const shelf = (await database()).transaction(kind).objectStore(kind);
  return asked(shelf.count());
}

/** The lease of what was taken along, if there is one. It can be read without a key, and says nothing about any family. */
export async function lease() {
  return asked((await database()).transaction(LEASE).objectStore(LEASE).get(LEASE));
}

export async function keepLease(record) {
  await asked((await database()).transaction(LEASE, "readwrite").objectStore(LEASE).put(record, LEASE));
}

/** What could be opened goes. What was answered and not sent stays sealed until somebody signs in. */
export async function expire() {
  const work = (await database()).transaction(["pages", "answers", LEASE], "readwrite");
  await Promise.all([...work.objectStoreNames].map((name) => asked(work.objectStore(name).clear())));
}

/** Nothing of ours stays on this device. */
export async function wipe() {
  (await opening)?.close();
  opening = undefined;
  await asked(indexedDB.deleteDatabase(NAME));
}

function under(before) {
  return IDBKeyRange.bound(before, `${before}\uffff`);
}

function told(kind, iv) {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(`${NAME}.${kind}`) };
}

let opening;
function database() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const kind of [...KINDS, LEASE]) {
        if (!request.result.objectStoreNames.contains(kind)) request.result.createObjectStore(kind, { autoIncrement: ["waiting", "pieces"].includes(kind) });
      }
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opening;
}

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
