/** Puts authored words into the reply box, where the counsellor changes them. Nothing is sent from here. */

const reply = () => /** @type {HTMLTextAreaElement | null} */ (document.querySelector("textarea#reply"));

/** Shows the buttons of a page, or of a part that came later, when there is a box to put words into. */
export function offerWords(root = /** @type {ParentNode} */ (document)) {
  if (!reply()) return;
  for (const button of root.querySelectorAll("[data-insert]")) button.removeAttribute("hidden");
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-insert]") : null;
  const words = document.getElementById(button?.getAttribute("data-insert") ?? "")?.textContent?.trim();
  const box = reply();
  if (words && box && !box.disabled && !box.readOnly) insert(box, words);
});

/** At the cursor, apart from what stands around it. @param {HTMLTextAreaElement} box @param {string} words */
function insert(box, words) {
  const before = box.value.slice(0, box.selectionStart);
  const after = box.value.slice(box.selectionEnd);
  const lead = before && !/\s$/.test(before) ? " " : "";
  const tail = after && !/^\s/.test(after) ? " " : "";
  box.setRangeText(lead + words + tail, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}
