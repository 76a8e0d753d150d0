/**
 * A help card drawn from JSON. The same card as templates/_card.html; change both together.
 *
 * @typedef {import("./api.js").Card} Card
 * @typedef {import("./api.js").Line} Line
 */

import { el, spoken } from "./dom.js";

const FULL_LINES = 5;
const SHORT_LINES = 2;
const NUMBER = /^[+0-9 \-().]*$/;
let made = 0;

/**
 * What goes into a tel: link: "112 (in many countries)" -> "112", "(02) 8893 7603" -> "0288937603". Empty where the words
 * are not plainly one number: no link is better than a wrong one.
 * @param {string} text
 */
export function dial(text) {
  const first = text.split(/[,;/]/)[0];
  const number = NUMBER.test(first) ? first : first.split("(")[0];
  return NUMBER.test(number) ? number.replace(/[^+0-9]/g, "") : "";
}

/**
 * What goes into an sms: link: "Text SHOUT to 85258" -> "85258?&body=SHOUT" ("?&" suits both iOS and Android). Only for
 * exactly that form, "Text 07860 077333" and a bare short code; empty for any other note.
 * @param {string} text
 */
export function sms(text) {
  const words = text.trim().split(/\s+/);
  const named = /^(text|sms)$/i.test(words[0]);
  if (named) words.shift();
  const keyed = words.length > 2 && words[1] === "to" && /^\p{Lu}+$/u.test(words[0]);
  const number = words.slice(keyed ? 2 : 0).join("");
  if (!number || !NUMBER.test(number) || !(named || keyed || number.length < 7)) return "";
  return dial(number) + (keyed ? `?&body=${words[0]}` : "");
}

/**
 * Only http and https addresses become links.
 * @param {string} web
 */
export const address = (web) => (/^https?:\/\//.test(web) ? web : `https://${web}`);

/** @param {string} label @param {string} href @param {string} [extra] */
const way = (label, href, extra = "") => el("a", { class: `way ${extra}`.trim(), href }, label);

/** @param {string} number */
const emergency = (number) =>
  dial(number) ? way(`Call ${number}`, `tel:${dial(number)}`, "way-urgent") : el("strong", {}, number);

/** @param {Line} line */
function phoneWays({ phone, text }) {
  const found = [];
  if (phone) found.push(dial(phone) ? way(`Call ${phone}`, `tel:${dial(phone)}`) : el("strong", {}, phone));
  if (text && sms(text)) found.push(way(/^(text|sms)/i.test(text) ? text : `Text ${text}`, `sms:${sms(text)}`));
  else if (text) found.push(el("span", {}, text));
  return found;
}

/** @param {Line} line */
function webWays({ name, web }) {
  if (!web) return [];
  const link = way("Website", address(web), "way-web");
  link.append(spoken(` of ${name} (opens a new tab)`));
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return [link];
}

/** @param {string} text */
const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** @param {Line} line @param {boolean} short  leaves out the website where there is a number */
function item(line, short) {
  const about = [capital(line.audience ?? ""), line.hours].filter(Boolean).join(" · ");
  const byPhone = phoneWays(line);
  const ways = short && byPhone.length ? byPhone : [...byPhone, ...webWays(line)];
  return el(
    "li",
    { class: "line" },
    el("p", { class: "line-name" }, line.name),
    ...(about ? [el("p", { class: "line-about" }, about)] : []),
    el("p", { class: "line-ways" }, ...ways),
  );
}

/** @param {Line[]} lines @param {boolean} [short] */
const list = (lines, short = false) => el("ul", { class: "lines" }, ...lines.map((line) => item(line, short)));

/** @param {string} label @param {...HTMLElement} folded */
const more = (label, ...folded) => el("details", { class: "more" }, el("summary", {}, label), ...folded);

/** @param {Card} card */
const dated = ({ updated }) =>
  updated ? [el("p", { class: "fine" }, `Numbers looked up on ${updated}. They can change.`)] : [];

/**
 * @param {Card} card
 * @param {{short?: boolean}} [options] short: two lines and the rest folded, so that a reply stays in sight beside it
 * @returns {HTMLElement} a section with a heading
 */
export function drawCard(card, { short = false } = {}) {
  const id = `card-${(made += 1)}`;
  const title = card.international ? "Help wherever you are" : `Help: ${card.country_name}`;
  const numbers = card.emergency.map(emergency);
  const section = el(
    "section",
    { class: short ? "card card-short" : "card", "aria-labelledby": id, "data-country": card.country ?? "" },
    el("h2", { class: "card-title", id }, title),
    el("p", { class: "card-lead" }, "If there is danger now, call:"),
    el("p", { class: "card-emergency" }, ...(numbers.length ? numbers : [el("strong", {}, "your local emergency number")])),
  );
  if (short && card.lines.length) {
    section.append(
      list(card.lines.slice(0, SHORT_LINES), true),
      more("All lines and websites", list(card.lines), ...dated(card)),
    );
    return section;
  }
  if (card.lines.length) {
    section.append(
      el("p", { class: "card-lead" }, "To talk or write with a person:"),
      list(card.lines.slice(0, FULL_LINES)),
    );
  }
  const rest = card.lines.slice(FULL_LINES);
  if (rest.length) section.append(more(`${rest.length} more`, list(rest)));
  section.append(...dated(card));
  return section;
}
