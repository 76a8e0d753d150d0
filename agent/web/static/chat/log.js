/** The message log: turns in order, notes between them, and where the page is scrolled to. */

import { drawCard } from "./card.js";
import { byId, el } from "./dom.js";
import { TurnView } from "./turn.js";

const NEAR_END_PX = 160;

export class Log {
  constructor() {
    this.node = byId("log");
    this.status = byId("status");
    this.follow = true;
    /** @type {HTMLElement | null} */
    this.newest = null;
    addEventListener("scroll", () => {
      const { scrollHeight } = document.documentElement;
      this.follow = scrollHeight - innerHeight - scrollY < NEAR_END_PX;
    }, { passive: true });
  }

  /** @param {string} text */
  add(text) {
    const view = new TurnView(text, () => this.reveal());
    this.node.append(view.node);
    this.newest = view.node;
    return view;
  }

  /** The person has just sent something: go to the end, wherever they were reading. */
  toEnd() {
    this.follow = true;
    this.reveal();
  }

  /** Keep the newest words in sight, but never push the start of the newest turn off the top. */
  reveal() {
    if (!this.follow || !this.newest) return;
    const header = /** @type {HTMLElement} */ (document.querySelector(".top"));
    const covered = getComputedStyle(header).position === "sticky" ? header.offsetHeight : 0;
    const start = this.newest.getBoundingClientRect().top + scrollY - covered - 12;
    const end = document.documentElement.scrollHeight - innerHeight;
    scrollTo({ top: Math.max(0, Math.min(start, end)) });
    this.follow = true;
  }

  /** A line from the page itself. @param {string} words */
  note(words) {
    this.node.append(el("p", { class: "log-note" }, words));
  }

  /** Help that belongs to no turn, once. @param {import("./api.js").Card} card */
  card(card) {
    if (!this.node.querySelector(".card")) this.node.append(drawCard(card, { short: true }));
  }

  /** Say something to screen readers only. @param {string} words */
  say(words) {
    this.status.textContent = words;
  }

  /** Fill the log without a screen reader reading all of it. @param {() => void} fill */
  quietly(fill) {
    this.node.setAttribute("aria-live", "off");
    fill();
    setTimeout(() => this.node.setAttribute("aria-live", "polite"), 500);
  }

  clear() {
    this.node.replaceChildren();
    this.newest = null;
    this.follow = true;
  }

  /** @returns {boolean} */
  get empty() {
    return !this.node.hasChildNodes();
  }
}
