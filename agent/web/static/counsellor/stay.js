/** While a counsellor has a case open, the server hears from the page. When it is theirs no longer, the page says so. */

const EVERY_MS = 30_000;

/** @type {number | undefined} the last page part that asked; an older one stops */
let turn;

/** @param {HTMLElement} note */
export function stay(note) {
  const mine = (turn = (turn ?? 0) + 1);
  const body = new URLSearchParams({ csrf: note.dataset.csrf ?? "", fence: note.dataset.fence ?? "" });

  async function beat() {
    if (mine !== turn) return;
    try {
      const answer = await fetch(note.dataset.stay ?? "", { method: "POST", body, signal: AbortSignal.timeout(10_000) });
      if (answer.status === 409) return lost("You no longer have this case. Reload the page to see who does.");
      if (answer.redirected || answer.status === 401) return lost("You are signed out. Sign in again to keep this case.");
      tell(answer.ok ? "It stays yours while this page is open." : "The server does not answer. You may lose this case.");
    } catch {
      tell("The server cannot be reached. You may lose this case.");
    }
    setTimeout(beat, EVERY_MS);
  }

  /** @param {string} words */
  function lost(words) {
    note.className = "alarm";
    note.setAttribute("role", "alert");
    tell(words);
  }

  /** @param {string} words */
  function tell(words) {
    if (note.textContent !== words) note.textContent = words;
  }

  setTimeout(beat, EVERY_MS);
}
