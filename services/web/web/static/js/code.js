// Entry codes rotate. Shortly after a code has run out its new drawing is fetched; in between nothing is asked.
const LATE_MS = 300;
const AGAIN_MS = 5000;

function follow(panel) {
  const due = Number(panel.dataset.rotatesMs);
  if (due) setTimeout(() => renew(panel), Math.max(AGAIN_MS, due - Date.now() + LATE_MS));
}

async function renew(panel) {
  try {
    const answer = await fetch(panel.dataset.code, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status);
    const drawing = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
    panel.replaceChildren(document.importNode(drawing, true));
    panel.dataset.rotatesMs = answer.headers.get("Rotates-At-Ms") ?? "0";
    follow(panel);
  } catch {
    setTimeout(() => renew(panel), AGAIN_MS);
  }
}

for (const panel of document.querySelectorAll("[data-code]")) follow(panel);
