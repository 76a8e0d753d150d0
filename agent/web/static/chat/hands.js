/**
 * Who is with the person: the strip above the message box, the line under the page's name, and the buttons that ask for
 * a person. The words come with the page (escalation/data/hands.yaml); what they say comes from the record.
 *
 * @typedef {import("./api.js").Hands} Hands
 */

import { phoneWays } from "./connection.js";
import { byId, el } from "./dom.js";

const DAY_MS = 86_400_000;

/** @param {Date} at @param {number} days */
const isInDays = (at, days) => at.toDateString() === new Date(Date.now() + days * DAY_MS).toDateString();

/** A time on the person's own clock: "21:04", "21:04 yesterday", "08:00 on Tuesday 24 November". @param {string | null} when */
function clock(when) {
  if (!when) return "";
  const at = new Date(when);
  const time = at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  if (isInDays(at, 0)) return time;
  if (isInDays(at, 1)) return `${time} tomorrow`;
  if (isInDays(at, -1)) return `${time} yesterday`;
  return `${time} on ${at.toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" })}`;
}

export class HandsStrip {
  constructor() {
    this.node = byId("hands");
    this.honest = byId("honest");
    this.program = this.honest.textContent ?? "";
    /** @type {Hands | null} */
    this.hands = null;
    /** What the strip says now, so that it is not said again. */
    this.shown = "";
  }

  /** Whether a counsellor answers instead of the program, as far as is known. */
  get talking() {
    return this.hands?.state === "talking";
  }

  /** Say what is true now. @param {Hands | null} hands  null: no conversation is open @returns {boolean} whether it is new */
  show(hands) {
    this.hands = hands;
    const waits = hands?.state === "listed" || hands?.state === "told";
    const alone = waits && !hands.on_duty;
    const changed = this.say(
      hands ? [this.sentence(hands), alone ? this.words(hands.duty_at ? "off_duty_until" : "off_duty", hands) : ""] : [],
      alone,
    );
    this.honest.textContent = hands?.state === "talking" ? this.words(plural("answers", hands), hands) : this.program;
    this.offer(!hands || !["taken", "talking"].includes(hands.state));
    return changed;
  }

  /** The record cannot be seen: what was true may not be true any more. @returns {boolean} whether that is new */
  lost() {
    if (!this.hands || this.hands.state === "nobody") return false;
    if (this.talking) this.honest.textContent = this.words("answers_lost", this.hands);
    this.offer(true);
    return this.say([this.words("lost", this.hands)], true);
  }

  /** @param {Hands} hands */
  sentence(hands) {
    return hands.state === "nobody" ? "" : this.words(plural(hands.drafting ? `${hands.state}_drafts` : hands.state, hands), hands);
  }

  /** @param {string} key @param {Hands} hands */
  words(key, { names, at, duty_at }) {
    const filled = { names: names.join(" and "), at: clock(at), duty: clock(duty_at) };
    return (this.node.getAttribute(`data-${key}`) ?? "").replace(
      /\{(names|at|duty)\}/g,
      (_, name) => filled[/** @type {"names" | "at" | "duty"} */ (name)],
    );
  }

  /** @param {string[]} sentences @param {boolean} ways  whether phone numbers go with it */
  say(sentences, ways) {
    const words = sentences.filter(Boolean).join(" ");
    if (words === this.shown) return false;
    this.shown = words;
    const said = words ? [el("p", { dir: "auto" }, words)] : [];
    if (ways) {
      said[0].append(el("span", { class: "hands-ways" }, ` ${this.node.getAttribute("data-ways")}`));
      said.push(el("p", { class: "line-ways hands-ways" }, ...phoneWays()));
    }
    this.node.replaceChildren(...said);
    return true;
  }

  /** @param {boolean} wanted  whether asking for a person makes sense */
  offer(wanted) {
    for (const button of document.querySelectorAll(".ask-person")) {
      /** @type {HTMLElement} */ (button).hidden = !wanted;
    }
  }
}

/** @param {string} key @param {Hands} hands */
const plural = (key, hands) => (["taken", "talking", "talking_drafts", "answers"].includes(key) && hands.names.length > 1 ? `${key}_two` : key);
