// Keeps the scanning pages that were opened on this phone, and what they are made of, for doors without a network.
// The network is asked first; it has a few seconds, since there is a line of people waiting.
const CACHE = "fairseat-gate";
const PATIENCE_MS = 3000;
const PAGE = /^\/gate(\/[0-9a-f-]{36})?$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => event.waitUntil(keep(event.data).catch(() => null)));

// A page and its files are kept together, or not at all.
async function keep({ page, files }) {
  if (!PAGE.test(page)) return;
  const answer = await fetch(page, { cache: "no-store", redirect: "manual" });
  if (!answer.ok) return;
  const cache = await caches.open(CACHE);
  const missing = [];
  for (const file of new Set(files)) if (!(await cache.match(file))) missing.push(file);
  await cache.addAll(missing);
  await cache.put(page, answer);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && PAGE.test(pathname)) event.respondWith(page(request, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(file(request));
});

const kept = (what) => caches.match(what, { cacheName: CACHE, ignoreVary: true });

async function page(request, pathname) {
  const known = await kept(pathname);
  try {
    const answer = await fetch(request, known ? { signal: AbortSignal.timeout(PATIENCE_MS) } : {});
    // Signed out: the page is nobody's any more. The scans that wait are kept elsewhere.
    if (answer.type === "opaqueredirect") await caches.delete(CACHE);
    return answer.status >= 500 && known ? known : answer;
  } catch (error) {
    if (known) return known;
    throw error;
  }
}

// Files with a fingerprint never change; the others are asked for first.
async function file(request) {
  const known = await kept(request);
  if (known && /\.[0-9a-f]{10}\.\w+$/.test(request.url)) return known;
  return fetch(request).catch((error) => { if (known) return known; throw error; });
}
