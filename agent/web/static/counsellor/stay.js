/**
 * While a counsellor is at a case of theirs, the server hears from the page. An open page alone is nobody: without a sign
 * of them for a while the page asks, and falls silent. When the case is theirs no longer, it says so.
 */

const EVERY_MS = 30_000;
const IDLE_MS = 3 * 60_000;
const ASK_MS = 2000;

let active = Date.now();
for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"]) {
  addEventListener(kind, () => (active = Date.now()), { passive: true, capture: true });
}

/** @type {number | undefined} the last page part that asked; an older one stops */
let turn;

/** @param {HTMLElement} note */
export function stay(note) {
  const mine = (turn = (turn ?? 0) + 1);
  const body = new URLSearchParams({ csrf: note.dataset.csrf ?? "", fence: note.dataset.fence ?? "" });

  async function beat() {
    if (mine !== turn) return;
    if (Date.now() - active > IDLE_MS) {
      warn("Are you still there? Press a key or move the mouse, or this case goes back to the list in a few minutes.");
      setTimeout(beat, ASK_MS);
      return;
    }
    try {
      const answer = await fetch(note.dataset.stay ?? "", { method: "POST", body, signal: AbortSignal.timeout(10_000) });
      if (answer.status === 409) return warn("You no longer have this case. Reload the page to see who does.");
      if (answer.redirected || answer.status === 401) return warn("You are signed out. Sign in again to keep this case.");
      calm();
      tell(answer.ok ? "It stays yours while you are at this page." : "The server does not answer. You may lose this case.");
    } catch {
      tell("The server cannot be reached. You may lose this case.");
    }
    setTimeout(beat, EVERY_MS);
  }

  /** @param {string} words */
  function warn(words) {
    note.className = "alarm";
    note.setAttribute("role", "alert");
    tell(words);
  }

  function calm() {
    note.className = "fine";
    note.setAttribute("role", "status");
  }

  /** @param {string} words */
  function tell(words) {
    if (note.textContent !== words) note.textContent = words;
  }

  setTimeout(beat, EVERY_MS);
}
