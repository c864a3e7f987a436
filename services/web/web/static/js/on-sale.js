// The form of an on-sale draws its map and prices while somebody types, and gives a section on the map the next zone with
// each click. Without this module its buttons do the same by loading the page again.
const PAUSE_MS = 300;
const form = document.querySelector("form[data-on-sale]");

if (form) {
  const preview = form.querySelector("[data-preview]");
  let timer = 0;
  let asked = 0;

  const live = () => preview.querySelector("[data-house]")?.classList.add("is-live");

  const draw = async () => {
    const mine = ++asked;
    preview.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.dataset.onSale, { method: "POST", body: new FormData(form), redirect: "error" });
      const html = await answer.text();
      if (mine === asked && answer.ok) preview.innerHTML = html;
      live();
    } catch {
      // Offline: the preview stays as it was, and the button at the end says what is wrong.
    } finally {
      if (mine === asked) preview.removeAttribute("aria-busy");
    }
  };

  const soon = (pause = PAUSE_MS) => {
    clearTimeout(timer);
    timer = setTimeout(draw, pause);
  };

  form.addEventListener("input", (event) => {
    const row = event.target.closest("[data-zone]");
    if (row && event.target.name === "zone") {
      const place = [...row.parentElement.children].indexOf(row);
      for (const option of form.querySelectorAll(`option[value="${place}"]`)) option.textContent = `${place + 1} · ${event.target.value}`;
    }
    soon();
  });

  preview.addEventListener("click", (event) => {
    const area = event.target.closest("[data-section]");
    if (!area) return;
    const part = [...form.querySelectorAll("[data-part]")].find((each) => each.dataset.part === area.dataset.section);
    const select = part?.querySelector("select[name=in]");
    if (!select) return;
    select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
    soon(0);
  });

  // Enter in a line of the form draws the preview instead of loading the page again.
  form.addEventListener("submit", (event) => {
    if (event.submitter?.value !== "look") return;
    event.preventDefault();
    draw();
  });
  live();
}
