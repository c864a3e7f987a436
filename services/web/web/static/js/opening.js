// The clock of a sale that opens later. It runs on the server's time, as the clock of a hold does, and lets the page's
// buttons work when it has come to its end. The seats' service decides by its own clock whether it has.
import { wordsOf } from "./words.js";

const banner = document.querySelector("[data-opening]");

if (banner) {
  const words = wordsOf("opening");
  const left = banner.querySelector("[data-opening-left]");
  const { opensMs, nowMs } = banner.dataset;
  const entry = performance.getEntriesByType("navigation")[0];
  const opensAt = Number(opensMs) - Number(nowMs) + (entry?.responseStart ?? 0);
  const two = (number) => String(number).padStart(2, "0");
  let timer = 0;

  const text = (seconds) => {
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    if (hours >= 48) return words("days", { number: Math.floor(hours / 24) });
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  };

  const open = () => {
    banner.classList.add("is-open");
    banner.querySelector("[data-opening-title]").textContent = words("open");
    banner.querySelector("[data-opening-said]").textContent = words("open");
    for (const button of document.querySelectorAll("button[data-opens]")) button.disabled = false;
  };

  const tick = () => {
    const ms = opensAt - performance.now();
    if (ms <= 0) {
      open();
      return;
    }
    const now = text(Math.ceil(ms / 1000));
    if (left.textContent !== now) left.textContent = now;
    clearTimeout(timer);
    timer = setTimeout(tick, Math.min(60_000, Math.max(50, (ms % 1000) + 20)));
  };
  tick();
  document.addEventListener("visibilitychange", () => document.hidden || tick());
  // Rows that a filter brings in after the moment were written before it, or just at it.
  document.addEventListener("offers:shown", () => banner.classList.contains("is-open") && open());
}
