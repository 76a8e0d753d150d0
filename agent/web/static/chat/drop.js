/** The two panels that drop from the header. They are plain <details>, so they open without this script too. */

import { byId } from "./dom.js";

/**
 * Close on Escape, on a tap outside, and when another panel opens.
 * @param {string[]} ids
 */
export function setUpDrops(ids) {
  const drops = ids.map((id) => /** @type {HTMLDetailsElement} */ (byId(id)));
  for (const drop of drops) {
    drop.addEventListener("toggle", () => {
      if (drop.open) for (const other of drops) if (other !== drop) other.open = false;
    });
    drop.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && drop.open) closeDrop(drop);
    });
  }
  document.addEventListener("pointerdown", (event) => {
    for (const drop of drops) if (drop.open && !drop.contains(/** @type {Node} */ (event.target))) drop.open = false;
  });
}

/** @param {HTMLDetailsElement} drop */
export function closeDrop(drop) {
  drop.open = false;
  drop.querySelector("summary")?.focus();
}
