// The list of a show: filters without a new page (the address follows, back works), more rows in place, and changes
// as they happen. Rows are told apart by their listing: one that did not change is left alone, with its focus and its
// half-chosen quantity; one that is gone stays where it is and says so, so that nothing jumps under a finger.
import { wordsOf } from "./words.js";

const words = wordsOf("listings");
const root = document.querySelector("[data-show]");
const form = document.querySelector("[data-filters]");
const said = document.querySelector("[data-said]");
const panel = document.querySelector("[data-map-panel]");
const show = root.dataset.show;
const ROWS_MAX = 1000;
const POLL_MS = 20000;
const AGAIN_MS = 2500;
const SAID_MS = 4000;
const SPREAD_MS = 700;
let loading = null;
let busy = false;

const results = () => root.querySelector("[data-results]");
const list = () => root.querySelector("[data-list]");
const rows = () => [...(list()?.children ?? [])];

async function fragment(query, signal) {
  const answer = await fetch(`/shows/${show}/listings${query}`, { signal, cache: "no-store", headers: { Accept: "text/html" } });
  if (!answer.ok && answer.status !== 422) throw new Error(answer.status);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// The address that the form stands for, without what is empty or usual.
function query() {
  const pairs = [...new FormData(form)].filter(([name, value]) => value && !(name === "sort" && value === "price"));
  const text = new URLSearchParams(pairs).toString();
  return text && `?${text}`;
}

// Let the form say what the address says.
function sync(search) {
  const given = new URLSearchParams(search);
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") field.checked = given.getAll(field.name).includes(field.value);
    else field.value = given.get(field.name) ?? (field.name === "sort" ? "price" : "");
  }
}

async function load(search, { push = true } = {}) {
  loading?.abort();
  const mine = (loading = new AbortController());
  if (push) history.pushState(null, "", location.pathname + search);
  results().setAttribute("aria-busy", "true");
  try {
    const page = await fragment(search, mine.signal);
    results().replaceChildren(...page.querySelector("[data-results]").childNodes);
    recolour(page);
    mistakes(page);
    tell(results().querySelector("[data-counts]")?.textContent ?? results().querySelector(".empty h2")?.textContent ?? "");
  } catch (failure) {
    if (failure.name === "AbortError") return;
    location.assign(location.pathname + search);
    return;
  }
  results().removeAttribute("aria-busy");
  document.dispatchEvent(new Event("offers:shown"));
}

// A price that is none is told by the whole page, beside its field.
function mistakes(page) {
  if (page.querySelector("[data-mistakes]")) location.assign(location.pathname + location.search);
}

function recolour(page) {
  const fresh = page.querySelector("[data-map]");
  if (!fresh || !panel) return;
  const mine = new Map([...panel.querySelectorAll("[data-section]")].map((zone) => [zone.dataset.section, zone]));
  for (const zone of fresh.querySelectorAll("[data-section]")) {
    const own = mine.get(zone.dataset.section);
    if (!own) continue;
    const lit = own.classList.contains("is-lit");
    for (const name of ["class", "href", "aria-label", "aria-current", "data-facts"]) {
      const value = zone.getAttribute(name);
      if (value === null) own.removeAttribute(name);
      else if (own.getAttribute(name) !== value) own.setAttribute(name, value);
    }
    own.classList.toggle("is-lit", lit);
    own.querySelector(".zone-price").textContent = zone.querySelector(".zone-price").textContent;
  }
  swap(panel.querySelector("[data-legend]"), page.querySelector("[data-legend]"));
}

function swap(own, fresh) {
  if (own && fresh && own.innerHTML !== fresh.innerHTML) own.replaceChildren(...fresh.childNodes);
}

let hush = 0;
function tell(text) {
  clearTimeout(hush);
  said.textContent = text;
  hush = setTimeout(() => (said.textContent = ""), SAID_MS);
}

// Live: ask for as many rows as are shown, and change only what is different.
async function refresh() {
  if (busy || document.hidden || results().hasAttribute("aria-busy")) return false;
  busy = true;
  const search = location.search;
  try {
    const page = await fragment(search);
    const fresh = [...page.querySelectorAll("[data-list] > *")];
    let next = page.querySelector("[data-more] [rel=next]");
    while (next && fresh.length < Math.min(rows().length, ROWS_MAX)) {
      const more = await fragment(new URL(next.href, location).search);
      fresh.push(...more.querySelectorAll("[data-list] > *"));
      next = more.querySelector("[data-more] [rel=next]");
    }
    // Somebody filters meanwhile: what was asked for is no longer wanted.
    if (search !== location.search || results().hasAttribute("aria-busy")) return false;
    const changes = fresh.length && list() ? merge(fresh, next) : swapAll(page, fresh);
    for (const part of ["head", "chips", "history"]) {
      const own = results().querySelector(`[data-part=${part}]`);
      if (!own?.contains(document.activeElement)) swap(own, page.querySelector(`[data-part=${part}]`));
    }
    recolour(page);
    if (changes) tell(words("changed", { number: changes }));
    document.dispatchEvent(new Event("offers:shown"));
    return changes > 0;
  } catch {
    return false;
  } finally {
    busy = false;
  }
}

// From nothing to something, or the other way round.
function swapAll(page, fresh) {
  const before = rows().filter((row) => !row.classList.contains("is-faded")).length;
  if (!before && !fresh.length) return 0;
  if (!fresh.length && list()) {
    for (const row of rows()) gone(row);
    const nothing = page.querySelector("[data-nothing]");
    if (nothing && !results().querySelector("[data-nothing]")) list().before(nothing);
    return before;
  }
  results().replaceChildren(...page.querySelector("[data-results]").childNodes);
  return fresh.length;
}

function merge(fresh, next) {
  let changes = 0;
  results().querySelector("[data-nothing]")?.remove();
  const mine = new Map(rows().map((row) => [row.dataset.id, row]));
  const names = new Set(fresh.map((row) => row.dataset.id));
  for (const row of mine.values()) if (!names.has(row.dataset.id)) changes += gone(row);
  // New rows above what is read push it down: where the browser does not keep it in place by itself, we do.
  const anchor = CSS.supports("overflow-anchor: auto") ? null : rows().find((row) => row.getBoundingClientRect().bottom > 0);
  const was = anchor?.getBoundingClientRect().top;
  let place = list().firstElementChild;
  for (const row of fresh) {
    const own = mine.get(row.dataset.id);
    while (place?.classList.contains("is-faded") && place !== own) place = place.nextElementSibling;
    if (!own) {
      row.classList.add("is-new");
      list().insertBefore(row, place);
      changes += 1;
    } else {
      changes += update(own, row);
      if (own !== place && !own.contains(document.activeElement)) list().insertBefore(own, place);
      else if (own === place) place = place.nextElementSibling;
    }
  }
  if (anchor) scrollBy(0, anchor.getBoundingClientRect().top - was);
  const more = results().querySelector("[data-more] [rel=next]");
  if (more && next) more.href = next.href;
  else if (more) more.remove();
  return changes;
}

function gone(row) {
  if (row.classList.contains("is-faded")) return 0;
  if (row.contains(document.activeElement)) document.getElementById("listings")?.focus({ preventScroll: true });
  row.classList.add("is-faded");
  row.classList.remove("is-best");
  row.dataset.print = "gone";
  const side = row.querySelector(".offer-side");
  const price = side.querySelector(".price")?.textContent ?? "";
  const [shown, text] = [document.createElement("p"), document.createElement("p")];
  shown.className = "price muted";
  shown.textContent = price;
  text.className = "small muted";
  text.textContent = words("gone");
  side.replaceChildren(shown, text);
  return 1;
}

function update(own, fresh) {
  const [mine, theirs] = [own.querySelector("form"), fresh.querySelector("form")];
  if (mine && theirs) {
    if (mine.querySelector("[aria-busy]")) return 0;
    // The signed price is renewed even where nothing changed, since it holds for a while only.
    mine.elements.quote.value = theirs.elements.quote.value;
  }
  // The lowest price may have become another row's, which is no change of this one.
  const same = own.dataset.print === fresh.dataset.print;
  if (same && own.classList.contains("is-best") === fresh.classList.contains("is-best")) return 0;
  for (const name of ["class", "data-print", "data-seats"]) own.setAttribute(name, fresh.getAttribute(name));
  if (!mine || !theirs) {
    own.replaceChildren(...fresh.childNodes);
    return 1;
  }
  for (const part of ["about", "price"]) {
    swap(own.querySelector(`[data-part=${part}]`), fresh.querySelector(`[data-part=${part}]`));
  }
  const select = mine.elements.quantity;
  const wished = select.value;
  if (select.innerHTML !== theirs.elements.quantity.innerHTML) {
    select.replaceChildren(...theirs.elements.quantity.childNodes);
    if ([...select.options].some((option) => option.value === wished)) select.value = wished;
  }
  total(select);
  return same ? 0 : 1;
}

function total(select) {
  const text = select.form.querySelector("[data-total-text] b");
  if (text) text.textContent = select.selectedOptions[0]?.dataset.total ?? "";
  const about = select.form.querySelector("[data-total-text] .about");
  if (about) about.textContent = select.selectedOptions[0]?.dataset.about ?? "";
}

// What people do.
form.querySelector("[data-needless]").classList.add("visually-hidden");
form.addEventListener("change", (event) => {
  if (event.target.name) load(query());
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (query() !== location.search) load(query());
  document.getElementById("listings")?.focus();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-quantity]")) total(event.target);
});
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a[data-filter], a[data-first], a[data-section], a[rel=next]");
  if (!link || !root.contains(link)) {
    const picker = form.querySelector(".section-picker[open]");
    if (picker && !picker.contains(event.target)) picker.open = false;
    return;
  }
  event.preventDefault();
  const search = new URL(link.getAttribute("href"), location).search;
  if (link.rel === "next") more(link, search);
  else {
    sync(search);
    load(search).then(() => {
      if (link.matches("[data-filter]")) document.getElementById("listings")?.focus({ preventScroll: true });
    });
  }
});
addEventListener("popstate", () => {
  if (location.pathname !== `/shows/${show}`) return;
  sync(location.search);
  load(location.search, { push: false });
});
addEventListener("keydown", (event) => {
  const picker = form.querySelector(".section-picker[open]");
  if (event.key !== "Escape" || !picker) return;
  picker.open = false;
  picker.querySelector("summary").focus();
});

async function more(link, search) {
  if (link.getAttribute("aria-busy")) return;
  if (rows().length >= ROWS_MAX) return location.assign(link.href);
  link.setAttribute("aria-busy", "true");
  try {
    const page = await fragment(search);
    const fresh = [...page.querySelectorAll("[data-list] > *")].filter((row) => !document.getElementById(row.id));
    list().append(...fresh);
    const next = page.querySelector("[data-more] [rel=next]");
    if (next) link.replaceWith(next);
    else link.remove();
    fresh[0]?.querySelector("select, button")?.focus({ preventScroll: true });
    tell(words("more", { number: fresh.length }));
    document.dispatchEvent(new Event("offers:shown"));
  } catch {
    location.assign(link.href);
  }
}

function light(row) {
  const detail = row && { section: row.dataset.section, row: row.dataset.row, seats: row.dataset.seats.split(" ") };
  document.dispatchEvent(new CustomEvent("offers:lit", { detail }));
}
root.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "touch") light(event.target.closest("[data-list] > [data-id]"));
});
root.addEventListener("pointerleave", () => light(null));
root.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-list] > [data-id]");
  if (row) light(row);
});

// The server says that something changed; a page asks a moment later, each after its own, and once more if it was
// too early. Without a stream it asks from time to time.
let stream = null;
let poll = 0;
let due = 0;
function changed() {
  due ||= setTimeout(async () => {
    due = 0;
    if (!(await refresh())) setTimeout(refresh, AGAIN_MS);
  }, Math.random() * SPREAD_MS);
}
function follow() {
  stream = new EventSource(`/shows/${show}/events`);
  let missed = false;
  stream.addEventListener("changed", changed);
  stream.addEventListener("open", () => {
    clearInterval(poll);
    poll = 0;
    if (missed) changed();
  });
  stream.addEventListener("error", () => {
    missed = true;
    poll ||= setInterval(refresh, POLL_MS);
  });
}
function stop() {
  stream?.close();
  stream = null;
  clearInterval(poll);
  poll = 0;
}
// A page that nobody looks at holds no stream; back in sight it looks at once.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return stop();
  if (!stream) {
    follow();
    changed();
  }
});
addEventListener("pagehide", stop);
follow();
