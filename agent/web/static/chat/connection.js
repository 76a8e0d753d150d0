/** The notice that the line is gone. It keeps phone numbers in reach: phones work when the page does not. */

import { byId } from "./dom.js";

const OFFLINE = "You are offline. Your words stay on this page. Phone lines may still work:";
const UNREACHABLE = "Handhold cannot be reached right now. Your words stay on this page. Phone lines still work:";

const WAYS = 2;

/** The first phone numbers of the help card, to be shown elsewhere. */
export const phoneWays = () =>
  Array.from(byId("help-card").querySelectorAll('a[href^="tel:"]'))
    .slice(0, WAYS)
    .map((way) => way.cloneNode(true));

/** @param {string} words */
function show(words) {
  byId("offline-ways").replaceChildren(...phoneWays());
  byId("offline-words").textContent = words;
  byId("offline").hidden = false;
}

export const offline = () => navigator.onLine === false;

/** Show the notice: a call did not get through. */
export const lost = () => show(offline() ? OFFLINE : UNREACHABLE);

/** Take the notice away: a call got through. */
export const found = () => {
  byId("offline").hidden = true;
};

export function setUpConnection() {
  addEventListener("offline", lost);
  addEventListener("online", found);
  if (offline()) lost();
}
