// The frame with the card's fields. It talks to the page over one port only, and to the provider.
(() => {
  "use strict";

  const fields = { number: document.querySelector("#number"), expiry: document.querySelector("#expiry"), cvc: document.querySelector("#cvc") };
  const brand = document.querySelector("#brand");
  const wrong = document.querySelector("#wrong");
  const form = document.querySelector("form");
  const BRANDS = [
    ["visa", "Visa", /^4/],
    ["mastercard", "Mastercard", /^(5[1-5]|2[2-7])/],
    ["amex", "American Express", /^3[47]/],
  ];
  const FIELD_OF = { number: "number", exp_month: "expiry", exp_year: "expiry", cvc: "cvc" };
  let port = null;

  const digits = (field) => field.value.replace(/\D/g, "");
  const brandOf = (number) => BRANDS.find(([, , pattern]) => pattern.test(number)) ?? ["unknown", "", /^/];

  function luhnOk(number) {
    let sum = 0;
    [...number].reverse().forEach((digit, place) => {
      const value = Number(digit) * (place % 2 ? 2 : 1);
      sum += value > 9 ? value - 9 : value;
    });
    return sum % 10 === 0;
  }

  function expiry() {
    const [month = "", year = ""] = fields.expiry.value.split("/").map((part) => part.trim());
    return { month: Number(month), year: year.length === 2 ? 2000 + Number(year) : Number(year), whole: /^\d{1,2}$/.test(month) && /^(\d{2}|\d{4})$/.test(year) };
  }

  // Each check answers what is wrong with its field: nothing, not yet whole, or a fault that more typing cannot mend.
  const checks = {
    number() {
      const number = digits(fields.number);
      const length = brandOf(number)[0] === "amex" ? 15 : 16;
      if (number.length < length) return ["incomplete_number", "The card number is not complete."];
      return luhnOk(number) ? null : ["invalid_number", "The card number is not valid. Please check its digits."];
    },
    expiry() {
      const { month, year, whole } = expiry();
      if (!whole) return ["incomplete_expiry", "The expiry date is not complete."];
      if (month < 1 || month > 12) return ["invalid_expiry_month", "The expiry month is not valid."];
      const now = new Date();
      const past = year * 12 + month - 1 < now.getFullYear() * 12 + now.getMonth();
      return past ? ["invalid_expiry_year_past", "The card has expired. Please use another one."] : null;
    },
    cvc() {
      const length = brandOf(digits(fields.number))[0] === "amex" ? 4 : 3;
      return digits(fields.cvc).length < length ? ["incomplete_cvc", "The security code is not complete."] : null;
    },
  };

  const faultOf = (name) => {
    const found = checks[name]();
    return found && { type: "validation_error", code: found[0], message: found[1], param: name };
  };

  function show(error) {
    wrong.textContent = error?.message ?? "";
    for (const [name, field] of Object.entries(fields)) {
      field.setAttribute("aria-invalid", String(error !== undefined && error !== null && (FIELD_OF[error.param] ?? error.param) === name));
    }
  }

  function changed() {
    const faults = Object.keys(fields).map(faultOf).filter(Boolean);
    const error = faults.find(({ code }) => code.startsWith("invalid"));
    brand.textContent = brandOf(digits(fields.number))[1];
    show(error);
    const empty = Object.values(fields).every((field) => !field.value);
    tell("change", { complete: faults.length === 0, empty, brand: brandOf(digits(fields.number))[0], error });
  }

  // Typing at the end groups the digits; whoever corrects in the middle is left in peace.
  function group(field, grouped) {
    if (field.selectionEnd === field.value.length && field.value !== grouped) field.value = grouped;
  }

  function grouped(number) {
    const pattern = brandOf(number)[0] === "amex" ? /^(\d{1,4})(\d{1,6})?(\d{1,5})?/ : /^(\d{1,4})(\d{1,4})?(\d{1,4})?(\d{1,7})?/;
    return (number.match(pattern) ?? []).slice(1).filter(Boolean).join(" ");
  }

  fields.number.addEventListener("input", () => group(fields.number, grouped(digits(fields.number))));
  fields.expiry.addEventListener("input", ({ inputType }) => {
    const typed = digits(fields.expiry);
    const deleting = inputType?.startsWith("delete");
    if (!fields.expiry.value.includes("/") && !deleting && typed.length >= 2) group(fields.expiry, `${typed.slice(0, 2)} / ${typed.slice(2)}`);
    if (/^[2-9]$/.test(fields.expiry.value) && !deleting) group(fields.expiry, `0${typed} / `);
  });
  form.addEventListener("input", changed);
  form.addEventListener("focusin", () => tell("focus", {}));
  form.addEventListener("focusout", ({ relatedTarget }) => relatedTarget || tell("blur", {}));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    port?.postMessage({ event: "submit" });
  });

  function tell(event, detail) {
    port?.postMessage({ event, detail });
  }

  async function create({ key, details }) {
    const fault = Object.keys(fields).map(faultOf).find(Boolean);
    if (fault) return refuse(fault);
    const { month, year } = expiry();
    const params = new URLSearchParams({
      type: "card",
      "card[number]": digits(fields.number),
      "card[exp_month]": month,
      "card[exp_year]": year,
      "card[cvc]": digits(fields.cvc),
    });
    for (const [name, value] of Object.entries(details.billing_details ?? {})) {
      if (typeof value === "string") params.set(`billing_details[${name}]`, value);
      else for (const [part, text] of Object.entries(value ?? {})) params.set(`billing_details[${name}][${part}]`, text);
    }
    try {
      const answer = await fetch("/dev/provider/v1/payment_methods", { method: "POST", headers: { authorization: `Bearer ${key}` }, body: params });
      const told = await answer.json();
      return answer.ok ? { paymentMethod: told } : refuse(told.error);
    } catch {
      return refuse({ type: "api_connection_error", message: "The provider cannot be reached. Please try again." });
    }
  }

  function refuse(error) {
    show(error);
    fields[FIELD_OF[error.param] ?? error.param]?.focus();
    return { error };
  }

  function dress(style) {
    const { color, fontFamily, fontSize } = style?.base ?? {};
    if (color) document.body.style.color = color;
    if (fontFamily) document.body.style.fontFamily = fontFamily;
    if (fontSize) document.body.style.fontSize = fontSize;
  }

  const commands = {
    style: ({ style }) => dress(style),
    focus: () => fields.number.focus(),
    blur: () => document.activeElement?.blur(),
    clear() {
      form.reset();
      changed();
    },
    async create(asked) {
      port.postMessage({ event: "answer", id: asked.id, answer: await create(asked) });
    },
  };

  addEventListener("message", ({ origin, data, ports }) => {
    if (origin !== location.origin || data?.do !== "begin" || port) return;
    [port] = ports;
    port.onmessage = ({ data: told }) => commands[told.do]?.(told);
    dress(data.style);
    new ResizeObserver(() => port.postMessage({ event: "resize", height: document.documentElement.offsetHeight })).observe(document.documentElement);
    tell("ready", {});
  });
})();
