// Keeps the ticket pages that were opened on this phone, and what they are made of, for a day without a network.
// The network is asked first, always: what is kept is shown only when it does not answer.
const CACHE = "fairseat-tickets";
const PAGES_MAX = 20;
const PATIENCE_MS = 4000;
const PAGE = /^\/tickets(\/[0-9a-f-]{36})?$/;
// No page is there to write these texts: the worker knows them itself, and takes the browser's language.
const TEXTS = {
  en: ["Offline", "You are offline.", "This page was not opened on this device on the day of the show. Tickets that were are still here."],
  de: ["Offline", "Sie sind offline.", "Diese Seite wurde am Tag der Veranstaltung nicht auf diesem Gerät geöffnet. Tickets, bei denen das geschah, sind weiter hier."],
  fr: ["Hors ligne", "Vous êtes hors ligne.", "Cette page n’a pas été ouverte sur cet appareil le jour de l’événement. Les billets qui l’ont été sont toujours là."],
  es: ["Sin conexión", "No hay conexión.", "Esta página no se abrió en este dispositivo el día del evento. Las entradas que sí se abrieron siguen aquí."],
};
const LANGUAGE = self.navigator.language.slice(0, 2) in TEXTS ? self.navigator.language.slice(0, 2) : "en";
const [TITLE, HEADING, TEXT] = TEXTS[LANGUAGE];
const AWAY = `<!doctype html><html lang=${LANGUAGE}><meta charset=utf-8><meta name=viewport content="width=device-width"><title>${TITLE}</title><h1>${HEADING}</h1><p>${TEXT}</p>`;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// A page says what it is made of; page and files are fetched and kept together, or not at all.
self.addEventListener("message", (event) => {
  const { page, files } = event.data;
  event.waitUntil(keep(page, files).then(() => event.ports[0].postMessage("kept"), () => event.ports[0].postMessage("no")));
});

async function keep(page, files) {
  if (!PAGE.test(page)) throw new Error("not a page of tickets");
  // The page comes first: whoever has signed out meanwhile begins no cache.
  const answer = await fetch(page, { cache: "no-store", redirect: "manual" });
  if (!answer.ok) throw new Error("not to be kept");
  const cache = await caches.open(CACHE);
  const missing = [];
  for (const file of new Set(files)) if (!(await cache.match(file))) missing.push(file);
  await cache.addAll(missing);
  await cache.put(page, answer);
  await trim(cache);
}

// The oldest pages go when there are many; files of earlier releases go with the cache at sign-out.
async function trim(cache) {
  const pages = (await cache.keys()).filter((request) => PAGE.test(new URL(request.url).pathname));
  for (const request of pages.slice(0, -PAGES_MAX)) await cache.delete(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && PAGE.test(pathname)) event.respondWith(page(request, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(file(request));
});

// Asking must not begin a cache: after a sign-out there is to be none.
function kept(what) {
  return caches.match(what, { cacheName: CACHE, ignoreVary: true });
}

async function renew(pathname, answer) {
  const cache = await caches.open(CACHE);
  if (answer.ok) await cache.put(pathname, answer);
  else await cache.delete(pathname, { ignoreVary: true });
}

async function page(request, pathname) {
  const known = await kept(pathname);
  try {
    const answer = await fetch(request, known ? { signal: AbortSignal.timeout(PATIENCE_MS) } : {});
    // Signed out, or somebody else: what was kept is nobody's any more.
    if (answer.type === "opaqueredirect") await forget();
    else if (known && (answer.ok || answer.status === 404)) await renew(pathname, answer.clone());
    return answer.status >= 500 && known ? known : answer;
  } catch {
    return known ?? new Response(AWAY, { status: 503, headers: { "Content-Type": "text/html" } });
  }
}

// Files with a fingerprint never change; the others are asked for first.
async function file(request) {
  const known = await kept(request);
  if (known && /\.[0-9a-f]{10}\.\w+$/.test(request.url)) return known;
  return fetch(request).catch((error) => { if (known) return known; throw error; });
}

async function forget() {
  await caches.delete(CACHE);
  await new Promise((resolve) => {
    const deleting = indexedDB.deleteDatabase(CACHE);
    deleting.onsuccess = deleting.onerror = deleting.onblocked = resolve;
  });
}
