/** After a conversation has ended: whether it helped, and how it was. Nobody has to answer. */

import { ApiError, giveFeedback } from "./api.js";
import { lost } from "./connection.js";
import { byId } from "./dom.js";

const THANKS = "Thank you. You can change it as long as this page is open.";

/** @param {() => string | null} current  the conversation that has ended */
export function setUpFeedback(current) {
  for (const group of document.querySelectorAll(".feedback [role=group]")) {
    const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (group.querySelectorAll("button"));
    for (const pressed of buttons) {
      pressed.addEventListener("click", async () => {
        const cid = current();
        if (!cid) return;
        try {
          await giveFeedback(cid, JSON.parse(pressed.dataset.says ?? "{}"));
        } catch (error) {
          if (error instanceof ApiError) byId("feedback-status").textContent = error.message;
          else lost();
          return;
        }
        for (const one of buttons) one.setAttribute("aria-pressed", String(one === pressed));
        byId("feedback-status").textContent = THANKS;
      });
    }
  }
}

/** Another conversation: nothing is said of it yet. */
export function clearFeedback() {
  for (const pressed of document.querySelectorAll(".feedback button")) pressed.setAttribute("aria-pressed", "false");
  byId("feedback-status").textContent = "";
}
