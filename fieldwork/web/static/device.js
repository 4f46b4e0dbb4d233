// This device and its session: the key that opens what is kept here, and the token that lets a page write.

const HEARTBEAT = 20_000; // milliseconds; a worker nobody talks to is put to sleep, and forgets the key

let beating;

/** What the server gives a signed-in session: {key, csrf}. Fails with "signed out" or without a line. */
export async function ask() {
  const { bytes, csrf } = await told();
  return { key: await opened(bytes), csrf };
}

/** The same before the key is one that nobody can take out again: {bytes, csrf}. */
export async function told() {
  const response = await fetch("/device", { headers: { accept: "application/json" }, cache: "no-store" });
  if (response.status === 401 || response.status === 403) throw new SignedOut();
  if (!response.ok) throw new Error(String(response.status));
  const { key, csrf } = await response.json();
  return { bytes: Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0)), csrf };
}

export async function opened(bytes) {
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  remember(key);
  return key;
}

export class SignedOut extends Error {}

/** The key as the worker remembers it: in its memory, for a page that is loaded again without a line. */
export async function remembered() {
  const worker = (await navigator.serviceWorker?.getRegistration())?.active;
  if (!worker) return undefined;
  const channel = new MessageChannel();
  const answer = new Promise((resolve) => {
    channel.port1.onmessage = (event) => resolve(event.data ?? undefined);
    setTimeout(() => resolve(undefined), 1000);
  });
  worker.postMessage({ ask: "key" }, [channel.port2]);
  const key = await answer;
  if (key) remember(key);
  return key;
}

function remember(key) {
  const tell = async () => (await navigator.serviceWorker?.ready)?.active?.postMessage({ key });
  tell();
  clearInterval(beating);
  beating = setInterval(tell, HEARTBEAT);
}

/** The worker opens kept pages when there is no line. */
export function register() {
  navigator.serviceWorker?.register("/worker.js").catch(() => {});
}

/** The time of what was taken along is over: a worker that is awake no longer knows the key. */
export async function lock() {
  clearInterval(beating);
  (await navigator.serviceWorker?.getRegistration())?.active?.postMessage({ key: null });
}

/** Signed out: the worker goes, and with it the key it remembers and the files it keeps. */
export async function forget() {
  clearInterval(beating);
  for (const found of (await navigator.serviceWorker?.getRegistrations()) ?? []) {
    found.active?.postMessage({ key: null });
    await found.unregister();
  }
  for (const name of await caches.keys()) await caches.delete(name);
}
