/** "Did this help?" after something was tried: three answers, none of them needed, and the last one counts. */

import { ApiError } from "./api.js";
import { button, el } from "./dom.js";

const ANSWERS = /** @type {const} */ ([
  ["yes", "Yes"],
  ["a_little", "A little"],
  ["no", "No"],
]);
const THANKS = { yes: "Good to know.", a_little: "Thank you. A little counts.", no: "Thank you. Then something else may fit better." };

/** @param {(helped: string) => Promise<void>} tell @returns {HTMLElement} */
export function askIfHelped(tell) {
  const status = el("p", { class: "fine", role: "status" });
  const buttons = ANSWERS.map(([helped, words]) => {
    const one = button(words, async () => {
      try {
        await tell(helped);
      } catch (error) {
        status.textContent = error instanceof ApiError ? error.message : "There is no network just now. You can say it later.";
        return;
      }
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === one));
      status.textContent = THANKS[helped];
    });
    one.setAttribute("aria-pressed", "false");
    return one;
  });
  const group = el("div", { class: "row", role: "group", "aria-label": "Did this help?" }, ...buttons);
  return el("div", { class: "helped" }, el("p", { class: "fine" }, "Did this help? You do not have to answer."), group, status);
}
