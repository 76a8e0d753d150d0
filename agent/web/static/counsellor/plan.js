/** Brings the form of the safety plan up to date when the person has saved it: parts nobody touched here, and nothing else. */

import { merge } from "../plan/merge.js";

export function followPlan() {
  const view = document.getElementById("plan-view");
  const form = /** @type {HTMLFormElement | null} */ (document.getElementById("plan-form"));
  if (!view || !form) return;
  const based = /** @type {HTMLInputElement} */ (form.elements.namedItem("based_on"));

  function follow() {
    const saved = /** @type {HTMLElement[]} */ (Array.from(view?.querySelectorAll("[data-saved]") ?? []));
    const revision = saved[0]?.dataset.at ?? "0";
    if (Number(revision) <= Number(based.value)) return;
    const boxes = /** @type {HTMLTextAreaElement[]} */ (Array.from(form?.querySelectorAll("textarea") ?? []));
    const theirs = Object.fromEntries(saved.map((part) => [part.dataset.saved ?? "", part.textContent ?? ""]));
    const base = Object.fromEntries(boxes.map((box) => [box.name, box.dataset.base ?? ""]));
    const found = merge(base, Object.fromEntries(boxes.map((box) => [box.name, box.value])), theirs);
    for (const box of boxes) {
      box.dataset.base = theirs[box.name];
      if (box.value !== found.parts[box.name]) box.value = found.parts[box.name];
      if (box.name in found.beside) beside(box.name, found.beside[box.name]);
    }
    based.value = revision;
    if (form) form.dataset.base = revision;
    const note = form?.querySelector("[data-draft-note]");
    if (note) note.textContent = "The person has changed the plan. What you wrote is still here and not saved yet.";
  }

  /** @param {string} name @param {string} words */
  function beside(name, words) {
    const part = /** @type {HTMLElement | null} */ (form?.querySelector(`[data-beside="${name}"]`));
    const quote = part?.querySelector("blockquote");
    if (!part || !quote) return;
    quote.textContent = words || "(empty)";
    part.hidden = false;
  }

  new MutationObserver(follow).observe(view, { childList: true, subtree: true });
}
