// A ticket's code on this phone. With a network it is fetched as it rotates; from the day of the show on, the codes of
// the whole day are kept here, and the page works at a door without a network.
import { drawing } from "./qr.js";
import { wordsOf } from "./words.js";

const LATE_MS = 300;
const AGAIN_MS = 5000;
const own = document.querySelector("script[data-worker]");
const panels = [...document.querySelectorAll("[data-pass]")];

// Signing out empties this phone; what this page is still doing must not begin a store anew behind it.
let leaving = false;
addEventListener("submit", (event) => {
  leaving ||= new URL(event.target.action).pathname === "/sign-out";
});

// What is kept: `sheets` by ticket, and in `owner` whose they are.
function store() {
  if (leaving) return Promise.reject(new Error("signing out"));
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("fairseat-tickets", 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("sheets");
      opening.result.createObjectStore("owner");
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function kept(name, mode, work) {
  const database = await store();
  try {
    return await new Promise((resolve, reject) => {
      const change = database.transaction(name, mode);
      const request = work(change.objectStore(name));
      change.oncomplete = () => resolve(request?.result);
      change.onerror = change.onabort = () => reject(change.error);
    });
  } finally {
    database.close();
  }
}

// Whatever somebody else kept on this device is put away, and sheets whose day is over.
async function tidy() {
  const before = await kept("owner", "readonly", (all) => all.get("id"));
  if (before !== own.dataset.owner) {
    await caches.delete("fairseat-tickets");
    await kept("sheets", "readwrite", (all) => all.clear());
    await kept("owner", "readwrite", (all) => all.put(own.dataset.owner, "id"));
  }
  await kept("sheets", "readwrite", (all) => {
    all.openCursor().onsuccess = (event) => {
      const cursor = event.target.result;
      if (!cursor) return;
      if (Date.parse(cursor.value.ends_at) < Date.now()) cursor.delete();
      cursor.continue();
    };
  });
}

// The day's codes for a panel: those that are kept, else new ones with the distance of this clock to the server's.
async function sheetFor(panel) {
  const { pass, startsMs, codes } = panel.dataset;
  const known = await kept("sheets", "readonly", (all) => all.get(pass));
  if (known?.startsMs === startsMs && Date.parse(known.ends_at) > Date.now() + known.ahead_ms) return known;
  if (!codes) return null;
  const asked = Date.now();
  const answer = await fetch(codes, { cache: "no-store" });
  if (!answer.ok) return null;
  const sheet = await answer.json();
  const fresh = { ...sheet, startsMs, ahead_ms: Date.parse(sheet.now) - (asked + Date.now()) / 2 };
  await kept("sheets", "readwrite", (all) => all.put(fresh, pass));
  return fresh;
}

const bytesOf = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const textOf = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// The code of a step, put together as the server does; null where the sheet has none.
function codeAt(sheet, step) {
  const signature = sheet.signatures[step - sheet.first_step];
  if (!signature) return null;
  const payload = new Uint8Array(40);
  payload.set(bytesOf(sheet.place));
  new DataView(payload.buffer).setBigUint64(32, BigInt(step));
  return `${sheet.key_id}.${textOf(payload)}.${signature}`;
}

function show(panel, picture, endsMs, lengthMs) {
  panel.querySelector(".qr").replaceChildren(picture);
  panel.classList.remove("is-stale");
  live(panel, endsMs, lengthMs);
}

// The bar below the code runs down as the code does.
function live(panel, endsMs, lengthMs) {
  const bar = panel.querySelector("[data-life]");
  bar.style.setProperty("--since", `${Math.min(0, endsMs - lengthMs - Date.now())}ms`);
  bar.replaceWith(bar.cloneNode());
  panel.classList.add("is-alive");
}

// Draws each step's code from the sheet; answers false where the sheet has no code for now.
function follow(panel, sheet) {
  const length = sheet.step_seconds * 1000;
  const now = Date.now() + sheet.ahead_ms;
  const step = Math.floor(now / length);
  const code = codeAt(sheet, step);
  if (!code) return false;
  const ends = (step + 1) * length - sheet.ahead_ms;
  show(panel, drawing(code), ends, length);
  panel.dataset.step = step;
  setTimeout(() => follow(panel, sheet) || poll(panel), Math.max(50, ends - Date.now()));
  return true;
}

// Without a sheet each new code is fetched shortly after the last has run out.
function poll(panel) {
  const due = Number(panel.querySelector(".qr").dataset.rotatesMs);
  if (due > Date.now()) live(panel, due, 30_000);
  if (due) setTimeout(() => renew(panel), Math.max(AGAIN_MS, due - Date.now() + LATE_MS));
}

async function renew(panel) {
  const code = panel.querySelector(".qr");
  try {
    const answer = await fetch(code.dataset.code, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status);
    const picture = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
    code.dataset.rotatesMs = answer.headers.get("Rotates-At-Ms") ?? "0";
    code.replaceChildren(document.importNode(picture, true));
    panel.classList.remove("is-stale");
    poll(panel);
  } catch {
    // An old code would only be refused: it is not shown as if it were good.
    panel.classList.add("is-stale");
    panel.classList.remove("is-alive");
    setTimeout(() => renew(panel), AGAIN_MS);
  }
}

// The ticket pages and what they are made of are kept by the worker; answers whether they are.
async function keepPage() {
  if (!navigator.serviceWorker) return false;
  await navigator.serviceWorker.register(own.dataset.worker, { scope: "/tickets" });
  const { active } = await navigator.serviceWorker.ready;
  const files = performance.getEntriesByType("resource").map((entry) => entry.name);
  const ours = files.filter((name) => name.startsWith(`${location.origin}/static/`));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => resolve(event.data === "kept");
    active.postMessage({ page: location.pathname, files: ours }, [port2]);
  });
}

function sayUntil(panel, sheet) {
  const { zone, locale } = panel.dataset;
  const words = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: zone };
  const until = new Intl.DateTimeFormat(locale, words).format(new Date(sheet.ends_at));
  const line = panel.querySelector("[data-until]");
  line.textContent = wordsOf("pass")("until", { time: until });
  line.hidden = false;
}

function sayOffline() {
  const note = document.querySelector("[data-offline]");
  if (note) note.hidden = navigator.onLine;
}

async function begin(panel) {
  const sheet = await sheetFor(panel).catch(() => null);
  if (!sheet || !follow(panel, sheet)) poll(panel);
  return sheet;
}

async function main() {
  sayOffline();
  addEventListener("online", sayOffline);
  addEventListener("offline", sayOffline);
  await tidy().catch(() => null);
  const sheets = await Promise.all(panels.map(begin));
  // What is kept is the whole day or nothing: a page that would show no code is not promised.
  const keeping = sheets.some(Boolean) && (!navigator.onLine || (await keepPage().catch(() => false)));
  if (keeping) panels.forEach((panel, number) => sheets[number] && sayUntil(panel, sheets[number]));
}

main();
