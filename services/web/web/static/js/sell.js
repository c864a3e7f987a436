// The sell form, made quicker: the chart of a section, what buyers see and what similar seats cost come while one chooses
// and types. The server decides all of it again.
import { partsOf } from "./words.js";

const words = partsOf("price");
const price = document.querySelector("[data-price]");
const preview = document.querySelector("[data-preview]");
const section = document.querySelector("[data-section]");
const form = document.querySelector("[data-sell]");
const PAUSE_MS = 250;

function minorUnits(text, places) {
  const plain = text.replace(/[\s\u00a0\u202f'’_]/g, "");
  if (!/^\d[\d.,]*$/.test(plain)) return null;
  const at = Math.max(plain.lastIndexOf("."), plain.lastIndexOf(","));
  let [head, part] = at < 0 ? [plain, ""] : [plain.slice(0, at), plain.slice(at + 1)];
  if (!part || head.includes(plain[at]) || (part.length === 3 && places !== 3)) [head, part] = [plain, ""];
  if (part.length > places || !/^(\d+|\d{1,3}([.,]\d{3})+)$/.test(head)) return null;
  return Number(head.replace(/[.,]/g, "")) * 10 ** places + Number(part.padEnd(places, "0") || 0);
}

function showPreview() {
  const { currency, decimals, fee, sellerFee, step, locale } = price.dataset;
  const style = new Intl.NumberFormat(locale, { style: "currency", currency, minimumFractionDigits: +decimals, maximumFractionDigits: +decimals });
  const unit = minorUnits(price.value, +decimals);
  if (!unit) {
    preview.replaceChildren(...words("none", { fee, seller_fee: sellerFee }));
    return;
  }
  const share = (percent) => Math.floor((unit * percent + 50 * step) / (100 * step)) * step;
  const amount = (minor) => {
    const strong = document.createElement("strong");
    strong.textContent = style.format(minor / 10 ** decimals);
    return strong;
  };
  const net = unit - share(sellerFee);
  const count = Number(preview.dataset.count ?? 0);
  const values = { buyer: amount(unit + share(fee)), seller: amount(net), percent: sellerFee, total: amount(net * count), count };
  preview.replaceChildren(...words(count > 1 ? "several" : "one", values));
}

if (price) price.addEventListener("input", showPreview);

// One question at a time, and only the latest answer counts.
function follower(place, path, names) {
  let asked = 0;
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const turn = ++asked;
      const query = new URLSearchParams(names.map((name) => [name, form.elements[name]?.value ?? ""]));
      const answer = await fetch(`${form.dataset.sell}/${path}?${query}`, { redirect: "error" }).catch(() => null);
      if (!answer?.ok || turn !== asked) return;
      const text = await answer.text();
      if (turn !== asked) return;
      place.innerHTML = text;
      place.dispatchEvent(new Event("filled"));
    }, PAUSE_MS);
  };
}

function seatsTyped(text) {
  const seats = [];
  for (const part of text.trim().replace(/\s*[-–]\s*/g, "-").split(/[,;\s]+/).filter(Boolean)) {
    const range = /^(\d{1,5})-(\d{1,5})$/.exec(part);
    if (!range) seats.push(part);
    else for (let seat = +range[1]; seat <= +range[2] && seats.length < 100; seat++) seats.push(String(seat));
  }
  return seats;
}

if (form) {
  const chart = form.querySelector("[data-seats]");
  const guide = form.querySelector("[data-guide]");
  const { row, seats, quantity } = form.elements;
  const askChart = follower(chart, "seats", ["section"]);
  const askGuide = follower(guide, "guidance", ["section", "row", "seats", "quantity", "price"]);
  const kind = () => section.selectedOptions[0]?.dataset.kind ?? "seated";

  function counted() {
    preview.dataset.count = kind() === "standing" ? Number(quantity.value) || 0 : seatsTyped(seats.value).length;
    if (price.value) showPreview();
  }

  function fields() {
    for (const group of form.querySelectorAll("[data-for]")) group.hidden = group.dataset.for !== kind();
  }

  // One stop for the Tab key: arrows lead through the chart.
  function roam(spots) {
    const first = spots.find((spot) => spot.checked) ?? spots[0];
    for (const spot of spots) spot.tabIndex = spot === first ? 0 : -1;
  }

  function drawn() {
    const wanted = new Set(seatsTyped(seats.value));
    const spots = [...chart.querySelectorAll("input:not(:disabled)")];
    for (const spot of spots) spot.checked = spot.closest("[data-line]").dataset.line === row.value.trim() && wanted.has(spot.dataset.seat);
    roam(spots);
  }

  chart.addEventListener("change", ({ target }) => {
    const line = target.closest("[data-line]");
    for (const spot of chart.querySelectorAll("input:checked")) if (spot.closest("[data-line]") !== line) spot.checked = false;
    const chosen = [...line.querySelectorAll("input:checked")];
    row.value = chosen.length ? line.dataset.line : "";
    seats.value = chosen.map((spot) => spot.dataset.seat).join(", ");
    counted();
    askGuide();
  });

  chart.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -1e6], End: [0, 1e6] };
    const step = steps[event.key];
    if (!step || !event.target.matches("input[name=pick]")) return;
    event.preventDefault();
    const lines = [...chart.querySelectorAll("[data-line]")].map((line) => [...line.querySelectorAll("input:not(:disabled)")]).filter((line) => line.length);
    const at = lines.findIndex((line) => line.includes(event.target));
    const line = lines[Math.min(Math.max(at + step[0], 0), lines.length - 1)];
    const place = Math.min(Math.max(lines[at].indexOf(event.target) + step[1], 0), line.length - 1);
    event.target.tabIndex = -1;
    line[place].tabIndex = 0;
    line[place].focus();
  });

  chart.addEventListener("filled", drawn);
  guide.addEventListener("filled", () => {
    form.querySelector("[data-said]").textContent = guide.querySelector(".chance p, .suggest p")?.innerText ?? "";
  });
  section.addEventListener("change", () => {
    fields();
    chart.replaceChildren();
    if (kind() !== "standing" && section.value) askChart();
    counted();
    askGuide();
  });
  for (const field of [row, seats]) field.addEventListener("input", () => { drawn(); counted(); askGuide(); });
  quantity.addEventListener("input", () => { counted(); askGuide(); });
  price.addEventListener("input", askGuide);
  guide.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=use_price]");
    if (!button) return;
    event.preventDefault();
    price.value = button.value;
    price.dispatchEvent(new Event("input", { bubbles: true }));
    price.focus();
  });
  fields();
  drawn();
}
