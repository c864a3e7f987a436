// The clock of a hold. It runs on the server's time: the page says what time it was there when it was written,
// and a monotonic timer counts on from then, so that a wrong or changed clock on this machine does not matter. That
// timer stands still while the machine sleeps: a page that comes back in sight asks the server how much is left.
import { wordsOf } from "./words.js";

const words = wordsOf("countdown");
const SPOKEN_AT = new Set([300, 120, 60, 30, 10]);
const LOW_S = 60;

function leftText(seconds) {
  const minutes = Math.floor(seconds / 60);
  return minutes ? words("minutes", { number: minutes }) : words("seconds", { number: seconds });
}

function start(clock) {
  const { endsMs, nowMs, over, ask } = clock.dataset;
  const digits = clock.querySelector("[data-digits]");
  const bar = clock.querySelector("[data-bar]");
  const spoken = clock.querySelector("[data-spoken]");
  // The page was written a little before it arrived; what passed since the request was answered counts too.
  const entry = performance.getEntriesByType("navigation")[0];
  let endsAt = Number(endsMs) - Number(nowMs) + (entry?.responseStart ?? 0);
  const left = () => (endsAt - performance.now()) / 1000;
  let said = -1;
  let timer = 0;

  const tick = () => {
    const seconds = Math.max(0, Math.ceil(left()));
    digits.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    bar.value = seconds;
    clock.classList.toggle("is-low", seconds <= LOW_S);
    if (SPOKEN_AT.has(seconds) && said !== seconds) {
      said = seconds;
      spoken.textContent = leftText(seconds);
    }
    if (left() <= 0) {
      location.replace(over);
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(tick, Math.max(50, (left() % 1) * 1000 + 20));
  };
  tick();

  document.addEventListener("visibilitychange", async () => {
    if (document.hidden || !ask) return;
    try {
      const asked = performance.now();
      const answer = await fetch(ask, { cache: "no-store" });
      if (!answer.ok || answer.redirected) return;
      // Half of the way there and back: what was left when the server wrote it is a little less by now.
      endsAt = (asked + performance.now()) / 2 + Number(await answer.text());
      tick();
    } catch {
      // Without the network the clock goes on as it was.
    }
  });
}

for (const clock of document.querySelectorAll("[data-clock]")) start(clock);
