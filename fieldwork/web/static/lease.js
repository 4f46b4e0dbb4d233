// A lease: for so many days this device opens, without a line, the visits somebody took along. The key to them is kept under that
// person's password; when the time is over it goes, and when the study takes the lease back, everything does.

import * as device from "./device.js";
import * as store from "./store.js";

const ROUNDS = 600_000; // of PBKDF2 with SHA-256: OWASP, Password Storage Cheat Sheet (2023)
const TRIES = 10;

/** What was taken along, as long as its time lasts. */
export async function current() {
  const held = await store.lease();
  if (held === undefined || Date.now() < Date.parse(held.ends_at)) return held;
  await over();
  return undefined;
}

/** From now on the password opens what this device holds, until the lease ends. */
export async function sign({ lease_id, ends_at }, bytes, password) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await stretched(password, salt), bytes);
  await store.keepLease({ lease_id, ends_at, salt, iv, sealed, tries: 0 });
}

/** The key, if the password is right. After too many wrong ones only signing in helps. */
export async function unlock(held, password) {
  try {
    const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv: held.iv }, await stretched(password, held.salt), held.sealed);
    await store.keepLease({ ...held, tries: 0 });
    return await device.opened(bytes);
  } catch {
    if (held.tries + 1 >= TRIES) await over();
    else await store.keepLease({ ...held, tries: held.tries + 1 });
    return undefined;
  }
}

/** With a line the study is asked whether this device may keep what it holds. */
export async function check() {
  const held = await current();
  if (!held) return;
  const response = await fetch(`/device/leases/${held.lease_id}`, { headers: { accept: "application/json" } }).catch(() => null);
  if (!response?.ok) return;
  const { standing } = await response.json();
  if (standing === "over") await over();
  if (standing === "taken_back") {
    await wipe();
    location.assign("/sign-in");
  }
}

/** Nothing of ours stays here, and the study is told so. */
export async function wipe() {
  const held = await store.lease().catch(() => undefined);
  const csrf = held && (await device.told().then((told) => told.csrf, () => ""));
  await store.wipe();
  await device.forget();
  if (held) await fetch(`/device/leases/${held.lease_id}/wiped`, { method: "POST", headers: { "x-csrf": csrf, accept: "application/json" } }).catch(() => {});
}

async function over() {
  await store.expire();
  await device.lock();
}

async function stretched(password, salt) {
  const typed = await crypto.subtle.importKey("raw", new TextEncoder().encode(password.normalize()), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS }, typed, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}
