// A form marked data-once is sent once: its button says that it is busy and further clicks do nothing.
// A select marked data-submit sends its form by itself, and the button that did so before is put away.
// The browser's time zone goes along from now on, so that times elsewhere can be told on this clock as well.
const HALTED = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (HALTED.has(form)) {
    event.preventDefault();
    return;
  }
  HALTED.add(form);
  const button = event.submitter ?? form.querySelector("button");
  button?.setAttribute("aria-busy", "true");
});

// A page that comes back from the history is ready to be used again.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

for (const select of document.querySelectorAll("select[data-submit]")) {
  select.form.querySelector("[data-needless]")?.classList.add("visually-hidden");
  select.addEventListener("change", () => select.form.requestSubmit());
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`timezone=${zone}`)) {
  document.cookie = `timezone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
}

// The first field with a mistake gets the focus, so that its message is read out.
document.querySelector("[aria-invalid=true]")?.focus();
