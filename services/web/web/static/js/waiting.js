// Follows one's place in a line: the page asks where one stands, and shows it when it has changed.
const root = document.querySelector("[data-line]");
const { line, stage } = root.dataset;
const POLL_MS = 5000;
let timer = 0;

async function look() {
  try {
    const answer = await fetch(`/shows/${line}/waiting/stage`, { cache: "no-store" });
    if (answer.ok && (await answer.text()) !== stage) location.replace(`/shows/${line}/waiting`);
  } catch {
    // The network is away; the next look may find it again.
  }
}

// A page that nobody looks at does not ask; it looks at once when it is seen again.
function follow() {
  clearInterval(timer);
  if (document.visibilityState === "visible") {
    look();
    timer = setInterval(look, POLL_MS);
  }
}

document.addEventListener("visibilitychange", follow);
timer = setInterval(look, POLL_MS);
