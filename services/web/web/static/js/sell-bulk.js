// Choosing listings: all of a page at once, and what can be done with them opens with the first choice.
import { wordsOf } from "./words.js";

const words = wordsOf("bulk");
const form = document.querySelector("#bulk");
const all = form?.querySelector("[data-all] input");

if (all) {
  const several = form.querySelector(".several");
  const picks = [...form.querySelectorAll("input[name=pick]")];
  const follow = () => {
    const chosen = picks.filter((pick) => pick.checked).length;
    all.checked = chosen === picks.length && chosen > 0;
    all.indeterminate = chosen > 0 && chosen < picks.length;
    several.querySelector(".small-title").textContent = chosen ? words("chosen", { number: chosen }) : words("several");
    if (chosen) several.open = true;
  };
  all.closest("[data-all]").hidden = false;
  all.addEventListener("change", () => {
    for (const pick of picks) pick.checked = all.checked;
    follow();
  });
  for (const pick of picks) pick.addEventListener("change", follow);
  follow();
}
