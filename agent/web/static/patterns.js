/** How it has been: check in with a tap, see what it shows. Words that sound like danger are taken up in the chat. */

import { ApiError, call, uuid4 } from "./chat/api.js";
import { button, byId, el } from "./chat/dom.js";
import { setUpQuickExit } from "./chat/exit.js";
import { conversation, keepConversation } from "./chat/memory.js";
import { setUpReminder } from "./patterns/reminder.js";

/**
 * @typedef {{id: string, at: string, mood: number, slept: string | null, triggers: string[], words: string}} CheckIn
 * @typedef {{trigger: string, times: number, difference: number}} Weight
 * @typedef {{name: string, yes: number, a_little: number, no: number}} Tried
 */

const PATH = "/v1/patterns";
const MOODS = ["Very low", "Low", "In between", "Fairly good", "Good"];
const SLEPT = { badly: "Badly", so_so: "So-so", well: "Well" };
const TRIGGERS = {
  sleep: "Sleep", work: "Work", study: "Study", money: "Money", home: "Home", family: "Family", partner: "Partner",
  friends: "Friends", alone: "Being alone", body: "My body", health: "Health", food: "Food", drink: "Drink or drugs",
  the_past: "The past", the_news: "The news", conflict: "A quarrel",
};
const WAYS = {
  little: "There is too little here yet to say which way it goes. After about two weeks there may be more.",
  steady: "The last week looks much like the weeks before it.",
  harder: "The last week looks harder for you than the weeks before it. It is a good time to tell somebody, to look at your plan, or to talk about it here.",
  lighter: "The last week looks lighter for you than the weeks before it.",
};
const SHOWN = 30;

/** @param {string} at */
const day = (at) => new Date(at).toLocaleString(undefined, { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
/** @param {string} words */
const say = (words) => {
  byId("state").textContent = words;
};
/** @param {string} words */
const complain = (words) => {
  byId("problem").textContent = words;
  byId("problem").hidden = !words;
};
const words = /** @type {HTMLTextAreaElement} */ (byId("words"));
/** The check-in on the page: the same id until it is kept, so that a second try is the same one. */
let id = uuid4();

/** @param {string} parent @param {"radio" | "checkbox"} type @param {string} name @param {[string, string][]} options */
function choices(parent, type, name, options) {
  byId(parent).replaceChildren(
    ...options.map(([value, label]) => el("label", { class: "choice pick" }, el("input", { type, name, value }), el("span", {}, label))),
  );
}

/** @param {string} name */
const picked = (name) =>
  /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll(`input[name=${name}]:checked`)]).map((one) => one.value);

async function look() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  try {
    const found = await call("GET", `${PATH}?${new URLSearchParams({ zone: timeZone })}`);
    draw(found);
    byId("patterns").hidden = false;
    say("");
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) say("Start a chat first, then come back here: it is kept with your chats.");
    else say("This cannot be loaded just now. The numbers below work.");
    return false;
  }
}

/** @param {{check_ins: CheckIn[], way: keyof WAYS, weights: Weight[], helped: Tried[]}} found */
function draw({ check_ins, way, weights, helped }) {
  byId("way").hidden = check_ins.length === 0;
  byId("way-words").textContent = WAYS[way];
  byId("way-next").hidden = way !== "harder";
  fill("weights", weights.map(weigh));
  fill("helped", helped.map(({ name, yes, a_little, no }) => `${capital(name)}: ${told(yes, a_little, no)}`));
  byId("earlier").replaceChildren(...table(check_ins));
}

/** @param {string} part @param {string[]} lines */
function fill(part, lines) {
  byId(part).hidden = lines.length === 0;
  byId(`${part}-list`).replaceChildren(...lines.map((line) => el("li", {}, line)));
}

/** @param {Weight} weight */
const weigh = ({ trigger, times, difference }) =>
  `${TRIGGERS[/** @type {keyof TRIGGERS} */ (trigger)]}, ${times} times: ${difference < 0 ? "lower" : "higher"} than otherwise`;

/** @param {number} yes @param {number} a_little @param {number} no */
const told = (yes, a_little, no) =>
  [[yes, "helped"], [a_little, "helped a little"], [no, "did not help"]]
    .filter(([count]) => count)
    .map(([count, said]) => `${said} ${count === 1 ? "once" : `${count} times`}`)
    .join(", ");

/** @param {string} name */
const capital = (name) => name.slice(0, 1).toUpperCase() + name.slice(1);

/** All check-ins as a table: it reads well aloud and prints. @param {CheckIn[]} all */
function table(all) {
  if (!all.length) return [];
  const rows = all.slice(0, SHOWN).map((one) => {
    const more = [one.slept ? `slept ${SLEPT[/** @type {keyof SLEPT} */ (one.slept)].toLowerCase()}` : "", ...one.triggers.map((t) => TRIGGERS[/** @type {keyof TRIGGERS} */ (t)].toLowerCase())].filter(Boolean).join(", ");
    const drop = button("Delete", () => forget(one), "button button-plain");
    drop.setAttribute("aria-label", `Delete the check-in of ${day(one.at)}`);
    const said = one.words ? [el("br"), el("span", { dir: "auto" }, `“${one.words}”`)] : [];
    return el(
      "tr",
      {},
      el("td", {}, day(one.at)),
      el("td", {}, el("meter", { min: "0", max: "5", value: String(one.mood), "aria-hidden": "true" }), ` ${MOODS[one.mood - 1]}`),
      el("td", {}, more, ...said),
      el("td", {}, drop),
    );
  });
  const head = el("tr", {}, ...["When", "How it was", "More", ""].map((name) => el("th", { scope: "col" }, name)));
  const caption = el("caption", { class: "visually-hidden" }, "Your check-ins, the newest first");
  const whole = el("table", { class: "care-table" }, caption, el("thead", {}, head), el("tbody", {}, ...rows));
  return [el("details", { class: "more" }, el("summary", {}, "Earlier check-ins"), whole)];
}

/** @param {CheckIn} one */
async function forget(one) {
  try {
    await call("DELETE", `${PATH}/check-ins/${one.id}`);
    if (await look()) say("Deleted.");
  } catch (error) {
    complain(error instanceof ApiError ? error.message : "There is no network just now. Please try again.");
  }
}

setUpQuickExit();
choices("moods", "radio", "mood", MOODS.map((label, n) => [String(n + 1), label]));
choices("sleep", "radio", "slept", Object.entries(SLEPT));
choices("triggers", "checkbox", "trigger", Object.entries(TRIGGERS));
byId("check-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  complain("");
  const [mood] = picked("mood");
  if (!mood) return complain("Choose one of the five first.");
  try {
    const { taken_up } = await call("PUT", `${PATH}/check-ins/${id}`, { mood: Number(mood), slept: picked("slept")[0] ?? null, triggers: picked("trigger"), words: words.value });
    id = uuid4();
    byId("taken-up").hidden = !taken_up;
    if (taken_up && conversation()) keepConversation(taken_up.conversation_id);
    scrollTo(0, 0);
    if (taken_up) byId("taken-up").focus();
    /** @type {HTMLFormElement} */ (byId("check-in")).reset();
    if (await look()) say(taken_up ? "Kept." : "Kept. Thank you for looking at how you are.");
  } catch (error) {
    complain(error instanceof ApiError ? error.message : "There is no network just now. Your words are still here. Please try again in a moment.");
  }
});
if (await look()) setUpReminder();
