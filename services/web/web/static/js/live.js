// Follows an order: the server says "changed", the page asks for the new stage and shows it.
// Where a stream cannot be kept open the page asks every two seconds instead.
const POLL_MS = 2000;
const root = document.querySelector("[data-order]");
const { order, stage, follow } = root.dataset;
let asking = false;
let poll = 0;

async function look() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch(`/orders/${order}/stage`, { cache: "no-store" });
    if (answer.ok && (await answer.text()) !== stage) {
      stop();
      location.replace(follow);
    }
  } catch {
    // The network is away; the next look may find it again.
  } finally {
    asking = false;
  }
}

const stream = new EventSource(`/orders/${order}/events`);
stream.addEventListener("changed", look);
stream.addEventListener("open", () => {
  clearInterval(poll);
  poll = 0;
  look();
});
stream.addEventListener("error", () => {
  poll ||= setInterval(look, POLL_MS);
});

function stop() {
  stream.close();
  clearInterval(poll);
}

addEventListener("pagehide", stop);
