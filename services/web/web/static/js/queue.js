// Follows one's place in a waiting room: figures are exchanged where they stand, and when another page is due, it is
// shown. How often to ask is for the server to say, since it knows how many do.
const root = document.querySelector("[data-queue]");
const JITTER = 0.2;
let timer = 0;

const part = () => root.querySelector("[data-queue-part]");

async function look() {
  try {
    const answer = await fetch(`/shows/${root.dataset.queue}/queue/part`, { cache: "no-store" });
    if (answer.ok && !answer.redirected) {
      const text = await answer.text();
      const found = new DOMParser().parseFromString(text, "text/html").querySelector("[data-queue-part]");
      if (found.dataset.followed !== part().dataset.followed) {
        location.replace(`/shows/${root.dataset.queue}/queue`);
        return;
      }
      if (found.innerHTML !== part().innerHTML) part().replaceWith(document.adoptNode(found));
    }
  } catch {
    // The network is away; the next look may find it again.
  }
  next();
}

// Not all at the same moment, however many pages were opened at once.
function next() {
  clearTimeout(timer);
  if (document.visibilityState !== "visible") return;
  timer = setTimeout(look, Number(part().dataset.pollMs) * (1 + JITTER * Math.random()));
}

document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? look() : next()));
if (root) next();
