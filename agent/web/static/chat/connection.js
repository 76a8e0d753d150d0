/** The notice that the line is gone. It keeps phone numbers in reach: phones work when the page does not. */

import { byId } from "./dom.js";

const OFFLINE = "You are offline. Your words stay on this page. Phone lines may still work:";
const UNREACHABLE = "Handhold cannot be reached right now. Your words stay on this page. Phone lines still work:";

/** The first emergency number and the first line of the help card, to be shown elsewhere. */
export function phoneWays() {
  const card = byId("help-card");
  const urgent = card.querySelector('.card-emergency a[href^="tel:"]');
  const line = card.querySelector('.line a[href^="tel:"]');
  const ways = [urgent, line].flatMap((way) => (way ? [/** @type {HTMLElement} */ (way.cloneNode(true))] : []));
  const name = line?.closest(".line")?.querySelector(".line-name")?.textContent;
  if (name) ways[ways.length - 1].textContent = `Call ${name}: ${line?.textContent?.replace(/^Call /, "")}`;
  return ways;
}

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
