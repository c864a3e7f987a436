// The chart editor draws its map while somebody types, and adds, copies, moves and takes away sections in the page.
// Without this module its buttons do the same by loading the page again.
const PAUSE_MS = 350;
const form = document.querySelector("form[data-chart]");

if (form) {
  const list = form.querySelector("[data-sections]");
  const preview = form.querySelector("[data-preview]");
  let timer = 0;
  let asked = 0;

  const draw = async () => {
    const mine = ++asked;
    preview.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.dataset.chart, { method: "POST", body: new FormData(form) });
      const html = await answer.text();
      if (mine === asked && answer.ok) preview.innerHTML = html;
    } catch {
      // Offline: the map stays as it was, and saving says what is wrong.
    } finally {
      if (mine === asked) preview.removeAttribute("aria-busy");
    }
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(draw, PAUSE_MS);
  };

  // Fields are told apart by their place: ids, labels and the values of buttons follow it.
  const number = () => {
    for (const [place, section] of [...list.children].entries()) {
      for (const field of section.querySelectorAll("input, select, textarea")) {
        const kind = field.id.split("-")[0];
        field.id = `${kind}-${place}`;
        field.parentElement.querySelector("label")?.setAttribute("for", field.id);
        if (field.hasAttribute("aria-describedby")) field.setAttribute("aria-describedby", `${field.id}-error`);
        field.parentElement.querySelector(".error")?.setAttribute("id", `${field.id}-error`);
      }
      for (const button of section.querySelectorAll("button[name=do]")) button.value = `${button.value.split(":")[0]}:${place}`;
    }
  };

  const rename = (section) => {
    const name = section.querySelector("[name=section]").value;
    for (const button of section.querySelectorAll("button[name=do]")) if (name) button.setAttribute("aria-label", `${button.textContent}: ${name}`);
  };

  const copyOf = (section, empty) => {
    const copy = section.cloneNode(true);
    for (const mistake of copy.querySelectorAll(".error")) mistake.remove();
    for (const field of copy.querySelectorAll("input, select, textarea")) {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
      field.value = field.name === "section" || empty ? "" : section.querySelector(`[name=${field.name}]`).value;
    }
    if (empty) copy.querySelector("select").value = "seated";
    return copy;
  };

  const deeds = {
    add: () => {
      const copy = copyOf(list.lastElementChild, true);
      list.append(copy);
      return copy;
    },
    copy: (section) => {
      const copy = copyOf(section, false);
      section.after(copy);
      return copy;
    },
    up: (section) => {
      section.previousElementSibling?.before(section);
      return section;
    },
    remove: (section) => {
      const next = section.nextElementSibling ?? section.previousElementSibling;
      section.remove();
      return next;
    },
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=do]");
    const deed = deeds[button?.value.split(":")[0]];
    // The last section is taken away, and the first added, by the server: there is nothing to copy then.
    if (!deed || list.children.length < (button.value.startsWith("remove") ? 2 : 1)) return;
    event.preventDefault();
    const section = deed(button.closest("[data-section]"));
    number();
    rename(section);
    if (button.value.startsWith("up")) section.querySelector("button[value^=up]").focus();
    else section.querySelector("[name=section]").focus();
    draw();
  });

  form.addEventListener("input", (event) => {
    const section = event.target.closest("[data-section]");
    if (!section) return;
    if (event.target.name === "section") rename(section);
    soon();
  });

  // Enter in a line of the form draws the map instead of loading the page again.
  form.addEventListener("submit", (event) => {
    if (event.submitter?.value !== "look") return;
    event.preventDefault();
    draw();
  });
}
