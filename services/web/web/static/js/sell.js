// The sell form, made quicker: what buyers see is worked out while the price is typed,
// and only the fields that the chosen section needs are shown. The server decides both again.
const price = document.querySelector("[data-price]");
const preview = document.querySelector("[data-preview]");
const section = document.querySelector("[data-section]");

function minorUnits(text, places) {
  const plain = text.replace(/[\s\u00a0\u202f'’_]/g, "");
  if (!/^\d[\d.,]*$/.test(plain)) return null;
  const at = Math.max(plain.lastIndexOf("."), plain.lastIndexOf(","));
  let [head, part] = at < 0 ? [plain, ""] : [plain.slice(0, at), plain.slice(at + 1)];
  if (!part || head.includes(plain[at]) || (part.length === 3 && places !== 3)) [head, part] = [plain, ""];
  if (part.length > places || !/^(\d+|\d{1,3}([.,]\d{3})+)$/.test(head)) return null;
  return Number(head.replace(/[.,]/g, "")) * 10 ** places + Number(part.padEnd(places, "0") || 0);
}

if (price) {
  const { currency, decimals, fee, sellerFee, step, locale } = price.dataset;
  const empty = `Buyers see one all-in price: yours plus ${fee} %. You receive yours less ${sellerFee} %.`;
  const style = new Intl.NumberFormat(locale, { style: "currency", currency, minimumFractionDigits: +decimals, maximumFractionDigits: +decimals });
  price.addEventListener("input", () => {
    const unit = minorUnits(price.value, +decimals);
    if (!unit) {
      preview.textContent = empty;
      return;
    }
    const share = (percent) => Math.floor((unit * percent + 50 * step) / (100 * step)) * step;
    const amount = (minor) => {
      const strong = document.createElement("strong");
      strong.textContent = style.format(minor / 10 ** decimals);
      return strong;
    };
    preview.replaceChildren(
      "Buyers see ", amount(unit + share(fee)), " per ticket, all-in. You receive ", amount(unit - share(sellerFee)),
      ` per ticket sold, after our ${sellerFee} %.`,
    );
  });
}

if (section) {
  const sort = () => {
    const kind = section.selectedOptions[0]?.dataset.kind ?? "seated";
    for (const group of document.querySelectorAll("[data-for]")) group.hidden = group.dataset.for !== kind;
  };
  section.addEventListener("change", sort);
  sort();
}
