// The card field. It belongs to the payment provider and lives in a frame of theirs: the number never reaches us,
// only the name of what it stands for, which the form then carries like any other value.
import { wordsOf } from "./words.js";

const ANSWER_MAX_MS = 20000;
const words = wordsOf("card");

const fields = document.querySelector("[data-card]");
const form = fields.closest("form");
const choice = fields.querySelector("[data-card-choice]");
const place = fields.querySelector("[data-card-field]");
const error = fields.querySelector("[data-card-error]");
const token = fields.querySelector("[data-card-token]");
const button = form.querySelector("button");
const dark = matchMedia("(prefers-color-scheme: dark)");
if (choice) {
  choice.disabled = false;
  choice.checked = !fields.dataset.again;
}

// The frame of local runs says beside its fields what is wrong with them; the provider's own leaves it to the page.
const explain = (wrong) => (fields.dataset.speaks ? "" : (wrong?.message ?? ""));

function say(text) {
  error.textContent = text;
  error.hidden = !text;
}

function look() {
  const { color, fontFamily } = getComputedStyle(place);
  const muted = getComputedStyle(place.querySelector("[data-muted]") ?? place).color;
  const bad = getComputedStyle(error).color;
  return { base: { color, fontFamily, fontSize: "16px", iconColor: color, "::placeholder": { color: muted } }, invalid: { color: bad, iconColor: bad } };
}

function mount() {
  const stripe = globalThis.Stripe?.(fields.dataset.card);
  if (!stripe) return say(words("away"));
  const style = look();
  place.replaceChildren();
  const card = stripe.elements().create("card", { hidePostalCode: true, style });
  card.mount(place);
  card.on?.("change", (event) => say(explain(event.error)));
  card.on?.("focus", () => choice?.click());
  dark.addEventListener("change", () => card.update?.({ style: look() }));
  return () => {
    const late = new Promise((_, reject) => setTimeout(reject, ANSWER_MAX_MS));
    return Promise.race([stripe.createPaymentMethod({ type: "card", card }), late]);
  };
}

const ask = mount();
let asking = false;

// Before the guard against a second click sees the form: it is sent once the provider has answered.
form.addEventListener("submit", async (event) => {
  const typed = !form.elements.payment_method || form.elements.payment_method.value === "card";
  if (!typed || token.value) return;
  event.preventDefault();
  event.stopPropagation();
  if (asking || !ask) return;
  asking = true;
  button.setAttribute("aria-busy", "true");
  say("");
  try {
    const { paymentMethod, error: refused } = await ask();
    if (paymentMethod) {
      token.value = paymentMethod.id;
      form.requestSubmit(button);
      return;
    }
    say(explain(refused));
  } catch {
    say(words("slow"));
  } finally {
    asking = false;
  }
  button.removeAttribute("aria-busy");
});
