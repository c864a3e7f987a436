// The seat map, made livelier: zoom and pan by buttons, wheel, pinch and keys, arrow keys between sections, a card
// with what a section has, and the seats of a listing once there is room for them. Without this the sections are
// links that filter the list. Listings and map speak through events on the document:
// "offers:lit" (a listing is pointed at) and "offers:shown" (the page has other listings and colours).
const panel = document.querySelector("[data-map-panel]");
const svg = panel?.querySelector("[data-canvas]");
const NEAREST = 14;
const SEATS_AT = 2.6;
const WHEEL = 0.0018;
const KEY_STEP = 0.16;

function start() {
  const [left, top, width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const zones = [...svg.querySelectorAll("[data-section]")];
  const byName = new Map(zones.map((zone) => [zone.dataset.section, zone]));
  const card = panel.querySelector("[data-map-card]");
  const tools = panel.querySelector("[data-map-tools]");
  const layer = svg.querySelector("[data-seats-layer]");
  const show = document.querySelector("[data-show]").dataset.show;
  const view = { x: left, y: top, scale: 1 };
  let frame = 0;
  let unit = 1;

  // What the view box is: the whole map at scale 1, kept within the map.
  const size = () => ({ w: width / view.scale, h: height / view.scale });
  function clamp() {
    view.scale = Math.min(NEAREST, Math.max(1, view.scale));
    const { w, h } = size();
    view.x = Math.min(left + width - w, Math.max(left, view.x));
    view.y = Math.min(top + height - h, Math.max(top, view.y));
  }
  function draw() {
    frame = 0;
    const { w, h } = size();
    svg.setAttribute("viewBox", `${view.x.toFixed(2)} ${view.y.toFixed(2)} ${w.toFixed(2)} ${h.toFixed(2)}`);
    measure();
    svg.classList.toggle("is-near", view.scale > 1.01);
    const [nearer, further] = tools.querySelectorAll("button");
    nearer.disabled = view.scale >= NEAREST;
    further.disabled = view.scale <= 1;
    seats.look();
  }
  function later() {
    clamp();
    frame ||= requestAnimationFrame(draw);
  }
  // User units per pixel: labels keep their size on the screen, and those without room step back.
  function measure() {
    const box = svg.getBoundingClientRect();
    const { w, h } = size();
    unit = Math.max(w / box.width, h / box.height);
    svg.style.setProperty("--u", unit.toFixed(3));
    for (const zone of zones) label(zone);
  }
  function label(zone) {
    const [roomX, roomY] = zone.dataset.room.split(" ").map(Number);
    const [name, price] = zone.querySelectorAll("tspan");
    const fits = (text) => text.length * 6.9 * unit <= roomX - 4 * unit;
    const full = zone.dataset.section;
    const said = fits(full) ? full : fits(name.dataset.short) ? name.dataset.short : "";
    const priced = said && price.textContent && fits(price.textContent) && roomY >= 30 * unit;
    if (name.textContent !== said) name.textContent = said;
    name.setAttribute("visibility", said && roomY >= 13 * unit ? "visible" : "hidden");
    price.setAttribute("visibility", priced ? "visible" : "hidden");
    zone.querySelector("text").setAttribute("dy", priced ? "-0.6em" : "0");
  }
  function zoom(factor, clientX, clientY) {
    const box = svg.getBoundingClientRect();
    const before = unit;
    const middleX = view.x + size().w / 2;
    const middleY = view.y + size().h / 2;
    // The point under the fingers stays where it is.
    const dx = clientX === undefined ? 0 : (clientX - box.left - box.width / 2) * before;
    const dy = clientY === undefined ? 0 : (clientY - box.top - box.height / 2) * before;
    const old = view.scale;
    view.scale = Math.min(NEAREST, Math.max(1, view.scale * factor));
    const kept = old / view.scale;
    view.x = middleX + dx - dx * kept - size().w / 2;
    view.y = middleY + dy - dy * kept - size().h / 2;
    later();
  }
  function whole() {
    Object.assign(view, { x: left, y: top, scale: 1 });
    later();
  }
  function reveal(zone) {
    if (view.scale <= 1) return;
    const { w, h } = size();
    const [x, y] = [Number(zone.dataset.x), Number(zone.dataset.y)];
    if (x > view.x && x < view.x + w && y > view.y && y < view.y + h) return;
    view.x = x - w / 2;
    view.y = y - h / 2;
    later();
  }

  // The card of the section that is pointed at.
  function tell(zone) {
    card.replaceChildren();
    if (!zone) return;
    const name = document.createElement("b");
    name.dir = "auto";
    name.textContent = zone.dataset.section;
    card.append(name, zone.dataset.facts);
  }
  const zoneOf = (event) => event.target.closest?.("[data-section]");
  svg.addEventListener("pointerover", (event) => {
    const zone = zoneOf(event);
    if (zone) tell(zone);
    else if (!svg.contains(document.activeElement)) tell(null);
  });
  svg.addEventListener("pointerleave", () => tell(document.activeElement?.closest?.("[data-section]")));
  // Not on the drawing itself, which Chromium would make a stop of the Tab key for it.
  const holder = svg.parentElement;
  holder.addEventListener("focusin", (event) => {
    const zone = zoneOf(event);
    tell(zone);
    if (!zone) return;
    rove(zone);
    reveal(zone);
  });
  holder.addEventListener("focusout", () => tell(null));

  // One stop for the Tab key; arrows go on from there: sideways in the chart's order, up and down to the nearest.
  function rove(zone) {
    for (const other of zones) other.setAttribute("tabindex", other === zone ? "0" : "-1");
  }
  function upOrDown(zone, down) {
    const [x, y] = [Number(zone.dataset.x), Number(zone.dataset.y)];
    let best = null;
    let least = Infinity;
    for (const other of zones) {
      const dx = Math.abs(Number(other.dataset.x) - x);
      const dy = (Number(other.dataset.y) - y) * (down ? 1 : -1);
      if (dy > 8 && dx + dy < least && dx < dy * 2.5) [best, least] = [other, dx + dy];
    }
    return best;
  }
  svg.addEventListener("keydown", (event) => {
    const zone = zoneOf(event);
    if (!zone || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = zones.indexOf(zone);
    const next = {
      ArrowRight: () => zones[at + 1], ArrowLeft: () => zones[at - 1], Home: () => zones[0], End: () => zones.at(-1),
      ArrowDown: () => upOrDown(zone, true), ArrowUp: () => upOrDown(zone, false),
    }[event.key];
    if (next) (next() ?? zone).focus({ preventScroll: true });
    else if (event.key === "+" || event.key === "=") near(zone);
    else if (event.key === "-") zoom(1 / 1.5);
    else if (event.key === "0") whole();
    else if (event.key === " ") zone.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    else return;
    event.preventDefault();
  });
  function near(zone) {
    view.x = Number(zone.dataset.x) - size().w / 2;
    view.y = Number(zone.dataset.y) - size().h / 2;
    clamp();
    zoom(1.5);
  }
  rove(zones.find((zone) => zone.hasAttribute("aria-current")) ?? zones[0]);

  tools.classList.remove("is-waiting");
  tools.addEventListener("click", (event) => {
    const how = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (how === "all") whole();
    else if (how) zoom(how === "in" ? 1.6 : 1 / 1.6);
  });

  // The wheel scrolls the page until somebody uses the map; a pinch on a track pad is a wheel with ctrl.
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && view.scale <= 1.01 && !svg.contains(document.activeElement)) return;
    if (!event.ctrlKey && view.scale <= 1.01 && event.deltaY > 0) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * WHEEL * (event.ctrlKey ? 5 : 1)), event.clientX, event.clientY);
  }, { passive: false });

  // Dragging and pinching. A drag is no click on the section under it.
  const fingers = new Map();
  let moved = 0;
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return { far: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  };
  svg.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    if (!fingers.size) moved = 0;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  addEventListener("pointermove", (event) => {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    const before = fingers.size === 2 ? spread() : null;
    const [dx, dy] = [event.clientX - finger.x, event.clientY - finger.y];
    Object.assign(finger, { x: event.clientX, y: event.clientY });
    moved += Math.abs(dx) + Math.abs(dy);
    if (before) {
      const after = spread();
      zoom(after.far / Math.max(1, before.far), after.x, after.y);
    } else if (fingers.size === 1 && view.scale > 1.01 && moved > 6) {
      view.x -= dx * unit;
      view.y -= dy * unit;
      svg.classList.add("is-held");
      later();
    }
  });
  const lift = (event) => {
    fingers.delete(event.pointerId);
    svg.classList.remove("is-held");
  };
  addEventListener("pointerup", lift);
  addEventListener("pointercancel", lift);
  svg.addEventListener("click", (event) => {
    if (moved > 8 && event.isTrusted && event.detail) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, { capture: true });

  const seats = seatLayer({ layer, byName, show, scale: () => view.scale });
  document.addEventListener("offers:lit", (event) => {
    for (const zone of zones) zone.classList.toggle("is-lit", zone.dataset.section === event.detail?.section);
    seats.light(event.detail);
  });
  document.addEventListener("offers:shown", () => {
    measure();
    seats.look();
  });
  new ResizeObserver(() => later()).observe(svg);
  draw();
}

// The seats of the chosen sections, and which of them are for sale; fetched once, when there is room for them.
function seatLayer({ layer, byName, show, scale }) {
  const known = new Map();
  let shown = "";
  let lit = null;

  function chosen() {
    const names = [...byName].filter(([, zone]) => zone.hasAttribute("aria-current")).map(([name]) => name);
    return scale() >= SEATS_AT || names.length === 1 ? names.slice(0, 4) : [];
  }
  async function fetched(name) {
    if (!known.has(name)) {
      known.set(name, null);
      try {
        const answer = await fetch(`/shows/${show}/seats?section=${encodeURIComponent(name)}`);
        known.set(name, answer.ok ? await answer.json() : { radius: 0, rows: {} });
        look();
      } catch {
        known.delete(name);
      }
    }
    return known.get(name);
  }
  const dots = (points) => points.map(([x, y]) => `M${x} ${y}h0`).join("");
  function path(kind, points, radius) {
    const drawn = document.createElementNS("http://www.w3.org/2000/svg", "path");
    drawn.setAttribute("class", kind);
    drawn.setAttribute("d", dots(points));
    drawn.setAttribute("stroke-width", radius * 2);
    return drawn;
  }
  const places = (plan, row, names) => names.map((name) => plan.rows[row]?.[name]).filter(Boolean);
  function look() {
    const names = chosen();
    const drawn = [];
    for (const [name, zone] of byName) zone.classList.toggle("has-seats", false);
    for (const name of names) {
      void fetched(name);
      const plan = known.get(name);
      if (!plan?.radius) continue;
      byName.get(name).classList.add("has-seats");
      const free = [...document.querySelectorAll("[data-list] > [data-id]:not(.is-faded)")]
        .filter((row) => row.dataset.section === name)
        .flatMap((row) => places(plan, row.dataset.row, row.dataset.seats.split(" ")));
      drawn.push(path("seat-all", Object.values(plan.rows).flatMap((row) => Object.values(row)), plan.radius));
      drawn.push(path("seat-free", free, plan.radius));
      if (lit?.section === name) drawn.push(path("seat-lit", places(plan, lit.row, lit.seats), plan.radius * 1.45));
    }
    const print = drawn.map((each) => each.getAttribute("d")).join();
    if (print === shown) return;
    shown = print;
    layer.replaceChildren(...drawn);
  }
  return { look, light: (detail) => { lit = detail; look(); } };
}

if (svg) start();
