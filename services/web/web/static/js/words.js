// The texts that a module shows, in the language of the page. The server writes them there as JSON, as
// `<script type="application/json" id="...-words">`: a text, or two where a number decides between one and many.
const plural = new Intl.PluralRules(document.documentElement.lang || "en");

// Answers a function of a text's key and its values; `number` chooses the form of a text that has two.
export function wordsOf(name) {
  const texts = JSON.parse(document.getElementById(`${name}-words`)?.textContent ?? "{}");
  return (key, values = {}) => parts(texts[key], values).join("");
}

// The same in pieces, for values that are elements.
export function partsOf(name) {
  const texts = JSON.parse(document.getElementById(`${name}-words`)?.textContent ?? "{}");
  return (key, values = {}) => parts(texts[key], values);
}

function parts(found, values) {
  const text = Array.isArray(found) ? found[plural.select(values.number) === "one" ? 0 : 1] : (found ?? "");
  return text.split(/(%\(\w+\)s|%%)/).map((part) => (part === "%%" ? "%" : part.startsWith("%(") ? values[part.slice(2, -2)] : part));
}
