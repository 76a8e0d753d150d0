/** What is remembered: read it, change it, delete it, switch it off. */

import { ApiError, call, uuid4 } from "./chat/api.js";
import { button, byId, el } from "./chat/dom.js";
import { setUpQuickExit } from "./chat/exit.js";

/** @typedef {{id: string, kind: string, text: string, at: string, used_at: string | null}} Note */

const PATH = "/v1/memory";
const KINDS = { helped: "Helps me", goal: "I want", person: "In my life", talk: "Our talk", other: "Also" };
const on = /** @type {HTMLInputElement} */ (byId("on"));
const text = /** @type {HTMLInputElement} */ (byId("text"));
const kind = /** @type {HTMLSelectElement} */ (byId("kind"));

/** @param {string} at */
const day = (at) => new Date(at).toLocaleDateString(undefined, { day: "numeric", month: "long" });
/** @param {string} words */
const say = (words) => {
  byId("state").textContent = words;
};

/** Do it, look again, and say what came of it. @param {() => Promise<unknown>} deed @param {string} done */
async function tries(deed, done) {
  byId("problem").hidden = true;
  try {
    await deed();
    if (await look()) say(done);
    return true;
  } catch (error) {
    byId("problem").textContent = error instanceof ApiError ? error.message : "There is no network just now. Please try again.";
    byId("problem").hidden = false;
    return false;
  }
}

async function look() {
  try {
    const memory = await call("GET", PATH);
    on.checked = memory.on;
    byId("notes").replaceChildren(...memory.notes.map(draw));
    byId("none").hidden = memory.notes.length > 0;
    byId("all").hidden = memory.notes.length === 0;
    byId("memory").hidden = false;
    say("");
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) say("Start a chat first, then come back here: it is kept with your chats.");
    else say("This cannot be loaded just now. The numbers below work.");
    return false;
  }
}

/** @param {Note} note */
function draw(note) {
  const box = el("input", { value: note.text, maxlength: text.getAttribute("maxlength") ?? "", dir: "auto", "aria-label": "The note" });
  box.hidden = true;
  const words = el("p", { dir: "auto" }, `“${note.text}”`);
  const used = note.used_at ? ` I last came back to it on ${day(note.used_at)}.` : "";
  const change = button("Change", () => {
    if (box.hidden) {
      box.hidden = false;
      words.hidden = true;
      change.textContent = "Save";
      box.focus();
    } else tries(() => call("PUT", `${PATH}/notes/${note.id}`, { kind: note.kind, text: box.value }), "Saved.");
  });
  const drop = button("Delete", () => tries(() => call("DELETE", `${PATH}/notes/${note.id}`), "Deleted."));
  const about = `${KINDS[/** @type {keyof KINDS} */ (note.kind)]}. Noted on ${day(note.at)}.${used}`;
  return el("li", { class: "panel" }, words, box, el("p", { class: "fine" }, about), el("div", { class: "row" }, change, drop));
}

setUpQuickExit();
on.addEventListener("change", () => tries(() => call("PUT", PATH, { on: on.checked }), on.checked ? "Switched on." : "Switched off. What is there stays until you delete it."));
byId("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await tries(() => call("PUT", `${PATH}/notes/${uuid4()}`, { kind: kind.value, text: text.value }), "Kept.")) text.value = "";
});
byId("all").addEventListener("click", () => {
  if (confirm("Delete all notes? They cannot be brought back.")) tries(() => call("DELETE", `${PATH}/notes`), "All notes are deleted.");
});
look();
