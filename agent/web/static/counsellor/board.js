/**
 * Keeps the wallboard fresh. Nothing in the replaced part takes focus, so the reader stays where they are. Numbers that
 * could not be refreshed are said to be old, loudly: a board that stands still looks like a quiet night.
 */

import { localTimes } from "./times.js";

const EVERY_MS = 10_000;
const STALE_MS = 30_000;

/** @param {HTMLElement} board */
export function watchBoard(board) {
  let freshAt = Date.now();

  async function refresh() {
    try {
      const response = await fetch(board.dataset.refresh ?? "", { cache: "no-store", signal: AbortSignal.timeout(8000) });
      const next = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("board-now");
      if (response.redirected || response.status === 401 || response.status === 403) return location.reload();
      if (!response.ok || !next) throw new Error(`HTTP ${response.status}`);
      localTimes(next);
      board.replaceChildren(next);
      freshAt = Date.now();
    } catch {
      // Said below, once it has lasted.
    }
    say(freshAt);
    setTimeout(refresh, EVERY_MS);
  }

  setTimeout(refresh, EVERY_MS);
}

/** @param {number} freshAt */
function say(freshAt) {
  const time = new Date(freshAt).toLocaleTimeString();
  const isStale = Date.now() - freshAt > STALE_MS;
  const fresh = document.getElementById("board-freshness");
  const stale = document.getElementById("board-stale");
  document.querySelector("main")?.classList.toggle("old", isStale);
  if (fresh) fresh.textContent = isStale ? "" : `Refreshes every 10 seconds. Last: ${time}.`;
  if (!stale || stale.hidden === !isStale) return;
  stale.textContent = isStale ? `These numbers are old. They stand as at ${time}. Check the server, and look at the list of cases.` : "";
  stale.hidden = !isStale;
}
