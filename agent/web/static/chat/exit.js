/**
 * Quick exit, for someone whose screen may be seen. The button works as a plain link without this script; the script also
 * clears the page at once, forgets the tab's words, and leaves no step back to the chat.
 */

import { byId } from "./dom.js";
import { forgetTab, keepLeftQuickly } from "./memory.js";

const BLANK = "/static/blank.html";
const TWICE_MS = 1500;

function leave() {
  document.title = "New tab";
  document.body.replaceChildren();
  document.body.className = "";
  forgetTab();
  keepLeftQuickly(true);
  location.replace(BLANK);
}

export function setUpQuickExit() {
  let lastEscape = -Infinity;
  byId("quick-exit").addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat || event.isComposing) return;
    if (event.timeStamp - lastEscape < TWICE_MS) leave();
    lastEscape = event.timeStamp;
  });
}
