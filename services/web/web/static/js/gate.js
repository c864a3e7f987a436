// The scanning page. With a network the server decides. Without one the show's signed list on this device does, and what
// was decided is told as soon as there is a network again; each scan has an id of its own, so that telling twice is once.
import { camera } from "./gate-camera.js";
import { judged, listFrom, reference } from "./gate-check.js";
import { claim, keepList, listOf, note, noteUsed, sent, usedHere, waiting } from "./gate-store.js";
import { wordsOf } from "./words.js";

const PATIENCE_MS = 4000;
const RENEW_MS = 5 * 60_000;
const SYNC_MS = 10_000;
const BATCH_MAX = 100;
const own = document.querySelector("script[data-worker]");
const { show, zone, locale } = own.dataset;
const form = document.querySelector("[data-scan]");
const panel = document.querySelector("[data-verdict]");
const words = wordsOf("gate");
const { results } = JSON.parse(document.getElementById("gate-words").textContent);
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: zone });
let list = null;
let sound = null;

const one = (name) => document.querySelector(`[data-${name}]`);
const put = (element, text) => {
  element.textContent = text;
  element.hidden = !text;
};

// Without a network, and with it, one decision at a time: a code that is read twice is told of once.
let busy = Promise.resolve();
const inTurn = (work) => (busy = busy.then(work, work));

async function scan(code) {
  const found = { scan_id: crypto.randomUUID(), gate: form.elements.gate.value.trim() || "Gate", code: code.replaceAll(" ", "") };
  let verdict = await asked(found);
  if (!verdict) verdict = await decided(found);
  else if (verdict.result === "admitted" && list) await remember(found);
  say(verdict);
  refresh();
}

// The server's verdict; null where none came.
async function asked({ scan_id, gate, code }) {
  const body = new FormData(form);
  body.set("scan_id", scan_id);
  body.set("gate", gate);
  body.set("code", code);
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(form.action, { method: "POST", body, headers, redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS) });
    network(true);
    if (answer.type === "opaqueredirect") put(one("note"), results["signed-out"].join(". "));
    return answer.ok && answer.headers.get("content-type")?.startsWith("application/json") ? await answer.json() : null;
  } catch {
    network(false);
    return null;
  }
}

async function remember({ code, gate }) {
  const known = await reference(list, code);
  if (known) await noteUsed(show, known, gate, new Date().toISOString()).catch(() => null);
}

// The verdict of this device, which is kept until the server has heard it.
async function decided({ scan_id, gate, code }) {
  if (!list) return { kind: "bad", title: results.again[0], text: results.again[1] };
  const now = Date.now() + list.ahead_ms;
  if (now > list.until) return { kind: "bad", title: results.again[0], text: words("expired") };
  const found = await judged(list, code, now, (known) => usedHere(show, known));
  const letIn = found.result === "admitted";
  const scanned_at = new Date(now).toISOString();
  await note({ show, scan_id, gate, reference: found.reference, let_in: letIn, scanned_at, stale: Boolean(found.stale) });
  const [title, text] = results[found.result];
  const used = found.before && words("used", { time: clock.format(new Date(found.before.at)), gate: found.before.gate });
  return { kind: letIn ? "good" : "bad", title, text: used || text, place: placeText(found.place) };
}

function placeText(place) {
  if (!place?.length) return "";
  const [section, row, seat] = place;
  return words(row ? "place_row" : "place", { section, row, seat });
}

function say({ kind, title, text, place = "", ticket_id = "" }) {
  panel.hidden = false;
  panel.className = `verdict is-${kind}`;
  put(panel.querySelector("[data-title]"), title);
  put(panel.querySelector("[data-place]"), place);
  put(panel.querySelector("[data-text]"), text);
  const report = panel.querySelector("[data-report]");
  report.hidden = !ticket_id;
  report.href = `/gate/${show}/report?${new URLSearchParams({ ticket: ticket_id, place })}`;
  void panel.offsetWidth;
  panel.classList.add("is-fresh");
  panel.scrollIntoView({ block: "nearest" });
  signal(kind === "good");
}

function signal(good) {
  navigator.vibrate?.(good ? 90 : [70, 60, 70, 60, 70]);
  if (!sound) return;
  const tone = sound.createOscillator();
  tone.frequency.value = good ? 880 : 220;
  tone.connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + (good ? 0.12 : 0.4));
}

function network(there) {
  document.querySelector("[data-state=online]").hidden = !there;
  document.querySelector("[data-state=offline]").hidden = there;
}

// The list, from the server where it answers, else as it was kept.
async function renew() {
  const pages = await fetched().catch(() => null);
  if (pages) await keepList(show, pages).catch(() => null);
  const kept = pages ?? (await listOf(show).catch(() => null));
  list = kept ? await listFrom(kept).catch(() => null) : null;
  const until = list && list.until > Date.now() + list.ahead_ms;
  put(one("ready"), until ? words("ready", { time: clock.format(new Date(list.until)) }) : "");
}

async function fetched() {
  const pages = [];
  let [cursor, ahead_ms] = ["", 0];
  do {
    const began = Date.now();
    const answer = await fetch(`/gate/${show}/list?${new URLSearchParams({ cursor })}`, { cache: "no-store", redirect: "manual" });
    if (!answer.ok) throw new Error(answer.status);
    const page = await answer.json();
    if (!pages.length) ahead_ms = Date.parse(JSON.parse(page.document).made_at) - (began + Date.now()) / 2;
    pages.push(page);
    cursor = page.next_cursor;
  } while (cursor);
  return { pages, ahead_ms };
}

// Tells of what was decided without a network, gate by gate; answers whether all of it is known.
async function sync() {
  const all = await waiting(show);
  let wrong = 0;
  while (all.length) {
    const gate = all[0].gate;
    const part = all.filter((scan) => scan.gate === gate).slice(0, BATCH_MAX);
    const scans = part.map(({ scan_id, reference: known, let_in, scanned_at, stale }) => ({ scan_id, reference: known, let_in, scanned_at, stale }));
    const body = JSON.stringify({ csrf: form.elements.csrf.value, gate, scans });
    const answer = await fetch(`/gate/${show}/sync`, { method: "POST", body, headers: { "Content-Type": "application/json" }, redirect: "manual" });
    if (!answer.ok) throw new Error(answer.status);
    wrong += (await answer.json()).wrong;
    await sent(part);
    for (const scan of part) all.splice(all.indexOf(scan), 1);
  }
  if (wrong) put(one("note"), words("wrong", { number: wrong }));
}

async function refresh() {
  const before = await waiting(show).catch(() => []);
  if (before.length) {
    await sync().then(() => network(true), () => null);
  }
  const left = await waiting(show).catch(() => []);
  put(one("queue"), left.length ? words("queue", { number: left.length }) : "");
  if (!left.length) await counts().catch(() => network(false));
}

async function counts() {
  const answer = await fetch(`/gate/${show}/counts`, { cache: "no-store", redirect: "manual" });
  if (!answer.ok) return;
  network(true);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  one("counts").replaceChildren(...fresh.childNodes);
}

// The page and what it is made of are kept by the worker, so that it opens without a network.
async function keepPage() {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register(own.dataset.worker, { scope: "/gate" });
  const { active } = await navigator.serviceWorker.ready;
  const files = performance.getEntriesByType("resource").map((entry) => entry.name);
  active.postMessage({ page: location.pathname, files: files.filter((name) => name.startsWith(`${location.origin}/static/`)) });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopImmediatePropagation();
  const code = form.elements.code.value;
  form.elements.code.value = "";
  form.elements.code.focus();
  if (code.trim()) inTurn(() => scan(code));
}, { capture: true });

// The page that is kept for when there is no network has no name of a gate: this device remembers its own.
const name = form.elements.gate;
const remembered = () => localStorage.setItem(`gate-${show}`, name.value);
name.value = new URLSearchParams(location.search).get("gate") || localStorage.getItem(`gate-${show}`) || name.value;
name.addEventListener("change", remembered);
remembered();

camera(one("camera"), one("viewer"), one("video"), {
  read: (code) => inTurn(() => scan(code)),
  began: () => (sound ??= new AudioContext()),
  failed: () => put(one("note"), words("no_camera")),
  label: (on) => words(on ? "stop" : "start"),
});

async function main() {
  network(navigator.onLine);
  await claim(own.dataset.owner).catch(() => null);
  await renew();
  document.documentElement.dataset.gate = list ? "ready" : "online";
  await refresh();
  await keepPage().catch(() => null);
  addEventListener("online", refresh);
  addEventListener("offline", () => network(false));
  setInterval(refresh, SYNC_MS);
  setInterval(() => document.visibilityState === "visible" && renew(), RENEW_MS);
}

main();
