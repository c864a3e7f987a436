// Suggestions below the search field while somebody types: a combobox by the ARIA pattern, used by keyboard or touch.
// The form works without it. Beside it, "Near me" asks the browser where it is, and the facets stand open where wide.
import { wordsOf } from "./words.js";

const words = wordsOf("suggest");
const WAIT_MS = 120;
const FOLDERS = { performer: "/performers/", venue: "/venues/", city: "/cities/" };

const field = document.querySelector("[data-suggest]");

function address({ kind, id, name, shows_count: count }) {
  if (kind === "show") return count > 1 ? `/shows?q=${encodeURIComponent(name)}` : `/shows/${id}`;
  return FOLDERS[kind] + encodeURIComponent(id);
}

function place({ kind, place: where, starts_at: start, timezone, shows_count: count }) {
  const shows = words("shows", { number: count });
  if (kind !== "show") return [kind === "city" ? "" : where, shows].filter(Boolean).join(" · ");
  if (count > 1) return words("next", { shows, place: where });
  const day = new Date(start).toLocaleDateString(document.documentElement.lang, { timeZone: timezone, day: "numeric", month: "short", year: "numeric" });
  return `${day} · ${where}`;
}

function part(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.dir = "auto";
  element.textContent = text;
  return element;
}

function combobox(input) {
  const list = document.createElement("ul");
  const word = document.createElement("p");
  list.id = "suggestions";
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words("suggestions"));
  word.className = "visually-hidden";
  word.setAttribute("role", "status");
  input.after(list, word);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })) {
    input.setAttribute(name, value);
  }

  let options = [];
  let chosen = -1;
  let timer = 0;
  let asking = null;
  let asked = "";

  function close() {
    asking?.abort();
    clearTimeout(timer);
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(index) {
    chosen = index;
    options.forEach(({ element }, at) => element.setAttribute("aria-selected", String(at === index)));
    if (index < 0) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    input.setAttribute("aria-activedescendant", options[index].element.id);
    options[index].element.scrollIntoView({ block: "nearest" });
  }

  function show(items) {
    options = items.map((item, index) => {
      const element = document.createElement("li");
      element.id = `suggestion-${index}`;
      element.setAttribute("role", "option");
      element.setAttribute("aria-selected", "false");
      element.append(part("b", "", item.name), part("span", "kind", words(item.kind)), part("span", "where", place(item)));
      element.addEventListener("pointerdown", (event) => event.preventDefault());
      element.addEventListener("click", () => location.assign(address(item)));
      return { element, item };
    });
    list.replaceChildren(...options.map(({ element }) => element));
    word.textContent = words("found", { number: items.length });
    choose(-1);
    list.hidden = !items.length;
    input.setAttribute("aria-expanded", String(Boolean(items.length)));
  }

  async function ask() {
    const text = input.value.trim();
    asked = text;
    asking?.abort();
    if (!text) {
      close();
      return;
    }
    asking = new AbortController();
    try {
      const answer = await fetch(`/api/shows/suggestions?q=${encodeURIComponent(text)}`, { signal: asking.signal });
      if (!answer.ok) return;
      const { items } = await answer.json();
      if (document.activeElement === input && input.value.trim() === asked) show(items);
    } catch {
      // Without suggestions the form still searches.
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("blur", close);
  input.form.addEventListener("submit", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) {
        ask();
        return;
      }
      // One place more than there are options: the field itself, with what was typed.
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(((chosen + 1 + step + options.length + 1) % (options.length + 1)) - 1);
    } else if (event.key === "Enter" && chosen >= 0 && !list.hidden) {
      event.preventDefault();
      location.assign(address(options[chosen].item));
    }
  });
}

if (field) combobox(field);

const near = document.querySelector("[data-near]");
if (near && "geolocation" in navigator) {
  const word = document.querySelector("[data-near-word]");
  near.hidden = false;
  near.querySelector("button").addEventListener("click", () => {
    word.textContent = words("asking");
    navigator.geolocation.getCurrentPosition(
      // A hundredth of a degree is about a kilometre: near enough, and no more than needed.
      ({ coords }) => location.assign(`/shows?near=${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}&sort=distance`),
      () => { word.textContent = words("nowhere"); },
      { timeout: 8000, maximumAge: 600000 },
    );
  });
}

// Where there is room, what there is to choose from is always open.
const facets = document.querySelector("[data-facets]");
if (facets) {
  const wide = matchMedia("(width >= 62rem)");
  const follow = () => { facets.open = wide.matches; };
  wide.addEventListener("change", follow);
  follow();
}
