/** The message log: turns and other lines in order, notes between them, and where the page is scrolled to. */

import { drawCard } from "./card.js";
import { byId, el } from "./dom.js";
import { drawLine } from "./line.js";
import { TurnView } from "./turn.js";

const NEAR_END_PX = 160;

export class Log {
  constructor() {
    this.node = byId("log");
    this.status = byId("status");
    this.follow = true;
    /** @type {HTMLElement | null} */
    this.newest = null;
    /** What somebody else said last, until it has been in sight. @type {HTMLElement | null} */
    this.unread = null;
    addEventListener("scroll", () => {
      const { scrollHeight } = document.documentElement;
      this.follow = scrollHeight - innerHeight - scrollY < NEAR_END_PX;
      this.offerUnread();
    }, { passive: true });
    byId("newer").addEventListener("click", () => {
      this.unread?.scrollIntoView({ block: "center" });
      this.offerUnread();
    });
  }

  /** @param {string} text @param {string} turn_id @param {number} [seq]  its number, where it is known already */
  add(text, turn_id, seq) {
    const view = new TurnView(text, () => this.reveal());
    view.node.dataset.turn = turn_id;
    this.node.append(view.node);
    if (seq) this.seat(view.node, seq);
    this.newest = view.node;
    return view;
  }

  /** What somebody else said, at its place among the turns. @param {import("./api.js").Spoken} line */
  line(line) {
    const node = drawLine(line);
    this.node.append(node);
    this.seat(node, line.seq);
    if (!node.nextElementSibling) this.newest = node;
    this.unread ??= node;
    this.reveal();
    this.offerUnread();
  }

  /** Words that came out of sight are offered, and nothing moves under a thumb. */
  offerUnread() {
    const edge = byId("bottom").getBoundingClientRect().top;
    if (this.unread && this.unread.getBoundingClientRect().bottom <= Math.min(edge, innerHeight)) this.unread = null;
    byId("newer").hidden = !this.unread;
  }

  /** Put it where its number belongs among those whose number is known. @param {HTMLElement} node @param {number} seq */
  seat(node, seq) {
    node.dataset.seq = String(seq);
    const others = this.numbered().filter((one) => one !== node);
    const later = others.find((one) => Number(one.dataset.seq) > seq);
    const before = others.filter((one) => Number(one.dataset.seq) < seq).pop();
    if (later && comesAfter(node, later)) later.before(node);
    else if (before && comesAfter(before, node)) before.after(node);
  }

  numbered() {
    return /** @type {HTMLElement[]} */ (Array.from(this.node.querySelectorAll(":scope > [data-seq]")));
  }

  /** Turns whose number is not known yet, newest first. */
  unnumbered() {
    const found = this.node.querySelectorAll(":scope > [data-turn]:not([data-seq])");
    return /** @type {HTMLElement[]} */ (Array.from(found)).reverse();
  }

  /** Whether somebody else's words stand below it. @param {HTMLElement} node */
  spokenAfter(node) {
    return this.numbered().some((one) => !one.dataset.turn && comesAfter(one, node));
  }

  /** What stands here belongs to a conversation that is over: the numbers of the next one begin again. */
  forgetOrder() {
    for (const one of this.node.children) {
      const { dataset } = /** @type {HTMLElement} */ (one);
      delete dataset.seq;
      delete dataset.turn;
    }
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
    this.unread = null;
    byId("newer").hidden = true;
    setTimeout(() => this.node.setAttribute("aria-live", "polite"), 500);
  }

  clear() {
    this.node.replaceChildren();
    this.newest = null;
    this.unread = null;
    byId("newer").hidden = true;
    this.follow = true;
  }

  /** @returns {boolean} */
  get empty() {
    return !this.node.hasChildNodes();
  }
}

/** @param {Node} one @param {Node} other */
const comesAfter = (one, other) => Boolean(other.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
