/**
 * One turn in the log: the person's words, what is happening in words, and the reply as it arrives.
 *
 * @typedef {import("./api.js").Card} Card
 * @typedef {import("./api.js").Reply} Reply
 * @typedef {import("./api.js").Source} Source
 */

import { drawCard } from "./card.js";
import { button, el, spoken } from "./dom.js";
import { askIfHelped } from "./helped.js";

/** Instead of an answer by the program, while a counsellor talks. */
export const DELIVERED = "Delivered";

export class TurnView {
  /** @param {string} text @param {() => void} changed  called after anything was added */
  constructor(text, changed) {
    this.changed = changed;
    /** @type {HTMLElement[]} */
    this.spans = [];
    this.cardShown = false;
    const said = el("div", { class: "said", dir: "auto" }, spoken("You wrote: "), text);
    this.cards = el("div", { class: "turn-card" });
    this.words = el("div", { class: "answer", dir: "auto" });
    this.after = el("div", { class: "turn-after" });
    this.note = el("p", { class: "turn-state", "aria-live": "off" });
    this.node = el("article", { class: "turn" }, said, this.cards, this.words, this.after, this.note);
    this.words.hidden = true;
    this.note.hidden = true;
  }

  /** Say in words what is happening; "" when nothing is. @param {string} words @param {boolean} [busy] */
  state(words, busy = true) {
    this.note.textContent = words;
    this.note.hidden = !words;
    this.note.classList.toggle("busy", busy);
    this.changed();
  }

  /** @param {Card} card */
  card(card) {
    if (this.cardShown) return;
    this.cardShown = true;
    this.cards.append(drawCard(card, { short: true }));
    this.changed();
  }

  /** Sentences may come twice after a reconnect; each is shown once. @param {number} index @param {string} text */
  sentence(index, text) {
    if (this.spans[index]) return;
    if (this.words.hidden) this.words.append(spoken("Handhold wrote: "));
    const span = el("span", { class: "sentence" }, text);
    const next = this.spans.find((one, at) => one && at > index) ?? null;
    this.spans[index] = span;
    this.words.insertBefore(span, next);
    if (index > 0 && !/\s$/.test(span.previousSibling?.textContent ?? " ")) span.before(" ");
    this.words.hidden = false;
    this.changed();
  }

  /** @param {Reply} reply @param {(helped: string) => Promise<void>} tell  what the person says of something they tried */
  done(reply, tell) {
    this.clear();
    if (reply.card) this.card(reply.card);
    reply.sentences.forEach((text, index) => this.sentence(index, text));
    this.settle(reply);
    if (reply.origin === "relay") {
      this.node.classList.add("relayed");
      this.state(DELIVERED, false);
    }
    if (reply.from_notes) this.after.append(el("p", { class: "sources" }, "From what you told before. ", el("a", { href: "/memory" }, "See or change it")));
    if (reply.sources.length) this.after.append(el("p", { class: "sources" }, "From: ", cite(reply.sources)));
    if (reply.asks_if_helped) this.after.append(askIfHelped(tell));
    this.changed();
  }

  /** Put the reply's own line breaks between the sentences; if they do not add up to the text, show the text. @param {Reply} reply */
  settle(reply) {
    let at = 0;
    for (const [index, sentence] of reply.sentences.entries()) {
      const found = reply.text.indexOf(sentence, at);
      const gap = found < 0 ? null : reply.text.slice(at, found);
      if (gap === null || gap.trim()) return this.replaceWords(reply.text);
      const before = this.spans[index].previousSibling;
      if (gap.includes("\n") && before?.nodeType === Node.TEXT_NODE) before.textContent = gap;
      at = found + sentence.length;
    }
    if (reply.text.slice(at).trim()) this.replaceWords(reply.text);
  }

  /** @param {string} text */
  replaceWords(text) {
    this.words.replaceChildren(spoken("Handhold wrote: "), text);
    this.words.hidden = false;
  }

  /**
   * What went wrong, in this turn's place. The help that comes with an error is drawn once, not under every failed try.
   * @param {string} message @param {Card | null} help @param {(() => void) | null} again
   */
  fail(message, help, again) {
    this.clear();
    const words = el("p", {}, message);
    this.failure = el("div", { class: "failure" }, words);
    if (again) {
      this.failure.append(
        button("Try again", () => {
          this.clear();
          again();
        }),
      );
    }
    if (help && !document.querySelector(".log .card")) this.card(help);
    this.after.append(this.failure);
    this.changed();
  }

  clear() {
    this.failure?.remove();
    this.state("");
  }
}

/** "Worry time (Handhold), Sleep problems (NHS)". @param {Source[]} sources */
const cite = (sources) =>
  sources.map(({ title, publisher }) => (publisher ? `${title} (${publisher})` : title)).join(", ");
