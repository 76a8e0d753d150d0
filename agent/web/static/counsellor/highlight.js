/** Marks the words that raised a case where they stand in the conversation. The page lists them without this, too. */

export function highlightDrivers() {
  for (const driver of document.querySelectorAll("[data-words][data-seq]")) {
    const words = driver.getAttribute("data-words")?.trim();
    const seq = driver.getAttribute("data-seq");
    if (!words) continue;
    const turns = seq ? document.querySelectorAll(`[data-turn="${CSS.escape(seq)}"]`) : [];
    for (const turn of turns) mark(turn, words);
  }
}

/** @param {Element} node @param {string} words */
function mark(node, words) {
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  /** @type {Text[]} */
  const texts = [];
  while (walker.nextNode()) texts.push(/** @type {Text} */ (walker.currentNode));
  const pattern = new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+"), "iu");
  for (const text of texts) {
    if (text.parentElement?.closest("mark")) continue;
    for (let rest = /** @type {Text | null} */ (text); rest; ) {
      const hit = pattern.exec(rest.data);
      if (!hit) break;
      const found = rest.splitText(hit.index);
      rest = found.splitText(hit[0].length);
      const around = document.createElement("mark");
      found.replaceWith(around);
      around.append(found);
    }
  }
}
