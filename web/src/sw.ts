/**
 * The service worker: keeps the page's own files, so that it opens with no network. Keys and lists are kept by the page itself (`office.ts`).
 * A new version is kept beside the old one, whole and with the digests that this file names, and serves from the next load on: never a mixture.
 */
declare const FILES: [path: string, sha256: string][];

interface Life extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface Asked extends Event {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
const worker = self as unknown as EventTarget & { skipWaiting(): Promise<void> };

const OURS = "badge-";
const NAME = OURS + FILES.map(([, digest]) => digest.slice(0, 16)).join("-");

async function keep(): Promise<void> {
  const cache = await caches.open(NAME);
  try {
    for (const [path, digest] of FILES) {
      const response = await fetch(path, { cache: "reload", credentials: "omit" });
      if (!response.ok || (await sha256(await response.clone().arrayBuffer())) !== digest) throw new Error(`${path} is of another version`);
      await cache.put(path, response);
    }
  } catch (e) {
    await caches.delete(NAME);
    throw e;
  }
}

async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join("");
}

async function dropOthers(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(OURS) && name !== NAME) await caches.delete(name);
}

worker.addEventListener("install", (e) => (e as Life).waitUntil(keep()));
worker.addEventListener("activate", (e) => (e as Life).waitUntil(dropOthers()));
// Sent by a page that has loaded completely: nothing of the old version will be asked for again.
worker.addEventListener("message", (e) => {
  if ((e as MessageEvent).data === "next") void worker.skipWaiting();
});
worker.addEventListener("fetch", (e) => {
  const { request } = e as Asked;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || !FILES.some(([path]) => path === pathname)) return;
  (e as Asked).respondWith(caches.open(NAME).then((cache) => cache.match(pathname)).then((kept) => kept ?? fetch(request)));
});
