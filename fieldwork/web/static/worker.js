// Without a line: files this page needs come from this device, and a page that can't be fetched opens from what is kept.
// `FILES` and `SHELL` stand above this script when it is served. It holds no page and no answer, only, while it is awake, the key.

const KEPT = `fieldwork ${FILES[0]}`;
let key = null;

self.addEventListener("install", (event) => event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll([...FILES, SHELL])).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(replace()));
self.addEventListener("message", (event) => {
  if ("key" in event.data) key = event.data.key;
  else event.ports[0].postMessage(key);
});
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  if (new URL(event.request.url).pathname.startsWith("/static/")) event.respondWith(file(event.request));
  else if (event.request.mode === "navigate") event.respondWith(page(event.request));
});

async function replace() {
  for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name);
  await self.clients.claim();
}

async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}

async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(SHELL)) ?? Response.error();
  }
}
