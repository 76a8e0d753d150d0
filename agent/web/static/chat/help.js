/** "Help now": the card in the header, and the country it is for. */

import { readHelp } from "./api.js";
import { drawCard } from "./card.js";
import { byId } from "./dom.js";
import { closeDrop } from "./drop.js";
import { country, keepCountry } from "./memory.js";

export function setUpHelp() {
  const drop = /** @type {HTMLDetailsElement} */ (byId("help"));
  const picker = /** @type {HTMLSelectElement} */ (byId("country"));
  byId("country-picker").hidden = false;
  byId("help-close").hidden = false;
  byId("help-close").addEventListener("click", () => closeDrop(drop));
  picker.addEventListener("change", () => pick(picker));

  const kept = country();
  const known = Array.from(picker.options, (option) => option.value);
  if (kept && kept !== picker.value && known.includes(kept)) {
    picker.value = kept;
    pick(picker);
  }
}

let asked = 0;

/** @param {HTMLSelectElement} picker */
async function pick(picker) {
  const code = picker.value;
  if (!code) return;
  const words = byId("country-status");
  const mine = (asked += 1);
  words.textContent = "Looking up the numbers…";
  try {
    const card = await readHelp(code);
    if (mine !== asked) return;
    byId("help-card").replaceChildren(drawCard(card));
    keepCountry(code);
    words.textContent = "";
  } catch {
    if (mine !== asked) return;
    words.textContent = "The numbers for that country could not be loaded. The ones below are still right for their own country.";
    picker.value = byId("help-card").querySelector("section")?.dataset.country ?? "";
  }
}
