/**
 * A help card drawn from JSON. The same card as templates/_card.html; change both together.
 *
 * @typedef {import("./api.js").Card} Card
 * @typedef {import("./api.js").Line} Line
 */

import { el, spoken } from "./dom.js";

const SHOWN_LINES = 4;
let made = 0;

/**
 * "116 123 (free)" -> "116123".
 * @param {string} phone
 */
export const dial = (phone) => phone.split("(")[0].split(",")[0].replace(/[^+0-9]/g, "");

/**
 * "SHOUT to 85258" -> "85258?&body=SHOUT"; "" when there is no number in it.
 * @param {string} text
 */
export function sms(text) {
  if (text.toLowerCase() === text.toUpperCase()) return dial(text);
  const tokens = text.split(/\s+/).map((token) => token.replace(/^["'“”‘’.,;:()+]+|["'“”‘’.,;:()+]+$/g, ""));
  const number = tokens.find((token) => /^[0-9]+$/.test(token));
  const word = tokens.find((token) => /^\p{Lu}{2,}$/u.test(token) && token !== "SMS");
  return number ? number + (word ? `?&body=${word}` : "") : "";
}

/**
 * Only http and https addresses become links.
 * @param {string} web
 */
export const address = (web) => (/^https?:\/\//.test(web) ? web : `https://${web}`);

/** @param {string} label @param {string} href @param {string} [extra] */
const way = (label, href, extra = "") => el("a", { class: `way ${extra}`.trim(), href }, label);

/** @param {string} number */
const emergency = (number) => way(`Call ${number}`, `tel:${dial(number)}`, "way-urgent");

/** @param {Line} line */
function ways(line) {
  const found = [];
  if (line.phone) found.push(way(`Call ${line.phone}`, `tel:${dial(line.phone)}`));
  if (line.text) {
    const words = /^(text|sms)/i.test(line.text) ? line.text : `Text ${line.text}`;
    const number = sms(line.text);
    found.push(number ? way(words, `sms:${number}`) : el("span", {}, words));
  }
  if (line.web) {
    const link = way("Website", address(line.web), "way-web");
    link.append(spoken(` of ${line.name} (opens a new tab)`));
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    found.push(link);
  }
  return found;
}

/** @param {Line} line */
function item(line) {
  const about = [line.audience, line.hours].filter(Boolean).join(" · ");
  return el(
    "li",
    { class: "line" },
    el("p", { class: "line-name" }, line.name),
    ...(about ? [el("p", { class: "line-about" }, about)] : []),
    el("p", { class: "line-ways" }, ...ways(line)),
  );
}

/** @param {Line[]} lines */
const list = (lines) => el("ul", { class: "lines" }, ...lines.map(item));

/**
 * @param {Card} card
 * @returns {HTMLElement} a section with a heading
 */
export function drawCard(card) {
  const id = `card-${(made += 1)}`;
  const title = card.international ? "Help wherever you are" : `Help in ${card.country_name}`;
  const numbers = card.emergency.length
    ? card.emergency.map(emergency)
    : [el("strong", {}, "your local emergency number")];
  const section = el(
    "section",
    { class: "card", "aria-labelledby": id, "data-country": card.country ?? "" },
    el("h2", { class: "card-title", id }, title),
    el("p", { class: "card-lead" }, "If you or someone else is in danger now, call:"),
    el("p", { class: "card-emergency" }, ...numbers),
  );
  if (card.lines.length) {
    section.append(
      el("p", { class: "card-lead" }, "To talk or write with a person:"),
      list(card.lines.slice(0, SHOWN_LINES)),
    );
  }
  const rest = card.lines.slice(SHOWN_LINES);
  if (rest.length) section.append(el("details", { class: "more" }, el("summary", {}, `${rest.length} more`), list(rest)));
  if (card.updated) section.append(el("p", { class: "fine" }, `Numbers last checked: ${card.updated}.`));
  return section;
}
