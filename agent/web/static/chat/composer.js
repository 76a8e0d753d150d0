/** The box people write in. */

import { byId } from "./dom.js";
import { draft, keepDraft } from "./memory.js";

const MAX = 4000;
const NEAR = 3600;

/** Characters as the service counts them: an emoji is not two. @param {string} text */
const length = (text) => Array.from(text).length;

export class Composer {
  /** @param {(text: string) => boolean} send  returns false to keep the words in the box */
  constructor(send) {
    this.form = /** @type {HTMLFormElement} */ (byId("composer"));
    this.box = /** @type {HTMLTextAreaElement} */ (byId("message"));
    this.send = send;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.box.addEventListener("keydown", (event) => {
      // While an input method is open, Enter picks a word (229: Safari).
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.submit();
    });
    this.box.addEventListener("input", () => this.changed());
    if (!this.box.value) this.box.value = draft();
    this.changed();
  }

  submit() {
    const text = this.box.value.trim();
    if (!text) return;
    const over = length(text) - MAX;
    if (over > 0) {
      this.complain(`That is ${over} characters too long to send in one go. You could send it in two parts.`);
      return;
    }
    if (!this.send(text)) return;
    this.box.value = "";
    this.changed();
    this.box.focus();
  }

  /** Put words in the box without sending them. @param {string} text */
  fill(text) {
    this.box.value = text;
    this.changed();
    this.box.focus();
    this.box.setSelectionRange(text.length, text.length);
  }

  /** Give back words that could not be sent, before whatever was typed since. @param {string} text @param {string} why */
  giveBack(text, why) {
    this.fill([text, this.box.value].filter(Boolean).join("\n"));
    this.complain(why);
  }

  /** @param {string} words */
  complain(words) {
    const problem = byId("problem");
    problem.textContent = words;
    problem.hidden = false;
  }

  changed() {
    keepDraft(this.box.value);
    byId("problem").hidden = true;
    const left = MAX - length(this.box.value.trim());
    const near = left < MAX - NEAR;
    byId("counter").textContent = !near ? "" : left >= 0 ? `${left} characters left` : `${-left} characters too many`;
    this.resize();
  }

  /** On a phone the keyboard covers half the page: let go of it, so that card and words are seen together. */
  lowerKeyboard() {
    if (!this.box.value && matchMedia("(pointer: coarse)").matches) this.box.blur();
  }

  resize() {
    if (CSS.supports("field-sizing", "content")) return;
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight + 2}px`;
  }
}
