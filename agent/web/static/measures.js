/** Questionnaires: fill one in, see what it comes to, look back. Answers not kept yet stay in this tab. */

import { ApiError, call, Unreachable, uuid4 } from "./chat/api.js";
import { button, byId, el } from "./chat/dom.js";
import { setUpQuickExit } from "./chat/exit.js";
import { care, conversation, keepCare, keepConversation } from "./chat/memory.js";

/**
 * @typedef {{points: number, text: string}} Option
 * @typedef {{key: string, title: string, about: string, stem: string, items: {text: string, danger: boolean}[],
 *   options: Option[], most: number, due: string | null, licence: string, sources: string[]}} Measure
 * @typedef {{id: string, measure: string, at: string, total: number | null, band: string | null, words: string | null,
 *   since: "better" | "worse" | "about the same" | null, danger: boolean}} Result
 */

const PATH = "/v1/measures";
const RATHER_NOT = "I would rather not say";
const SINCE = {
  better: "That is better than last time, by more than chance.",
  worse: "That is harder than last time, by more than chance. It is a good time to tell somebody.",
  "about the same": "That is about the same as last time.",
};

const BESIDE = "Whatever the sum is, that one answer matters more than all the others.";

/** @type {Measure[]} */
let measures = [];
/** @type {Result[]} */
let results = [];
/** @type {{id: string, measure: string, answers: (number | null)[]} | null} */
let filling = null;

/** @param {string} at */
const day = (at) => new Date(at).toLocaleDateString(undefined, { day: "numeric", month: "long", year: "numeric" });
/** @param {string} words */
const say = (words) => {
  byId("state").textContent = words;
};
/** @param {string} words */
const complain = (words) => {
  byId("problem").textContent = words;
  byId("problem").hidden = !words;
};

/** @param {"list" | "ask" | "result"} part */
function show(part) {
  for (const id of ["list", "ask", "result"]) byId(id).hidden = id !== part;
  say("");
  scrollTo(0, 0);
}

async function look() {
  try {
    ({ measures, results } = await call("GET", PATH));
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) say("Start a chat first, then come back here: it is kept with your chats.");
    else say("This cannot be loaded just now. The numbers below work.");
    return false;
  }
}

function drawList() {
  byId("measures").replaceChildren(
    ...measures.map((m) => {
      const due = m.due && new Date(m.due) > new Date() ? `It makes sense again from ${day(m.due)}. ` : "";
      const fill = button("Fill it in", () => begin(m), "button button-main");
      fill.setAttribute("aria-label", `Fill in ${m.title}`);
      return el("li", { class: "panel" }, el("h2", {}, m.title), el("p", {}, m.about), el("p", { class: "fine" }, due), fill);
    }),
  );
  byId("earlier").replaceChildren(...measures.map(drawEarlier));
  show("list");
}

/** All that was filled in, newest first, as a table: it reads well aloud and prints. @param {Measure} m */
function drawEarlier(m) {
  const mine = results.filter((r) => r.measure === m.key).reverse();
  if (!mine.length) return "";
  const rows = mine.map((r) => {
    const bar = el("meter", { min: "0", max: String(m.most), value: String(r.total ?? 0), "aria-hidden": "true" });
    const forget = button("Delete", () => drop(r), "button button-plain");
    forget.setAttribute("aria-label", `Delete ${m.title} of ${day(r.at)}`);
    const total = r.total === null ? "not all answered" : `${r.total} of ${m.most}${r.band ? `, ${r.band}` : ""}`;
    return el("tr", {}, el("td", {}, day(r.at)), el("td", {}, total, r.total === null ? "" : bar), el("td", {}, forget));
  });
  const head = el("tr", {}, ...["Day", "Points", ""].map((t) => el("th", { scope: "col" }, t)));
  const table = el("table", { class: "care-table" }, el("caption", {}, `${m.title}, before`), el("thead", {}, head), el("tbody", {}, ...rows));
  return table;
}

/** @param {Result} result */
async function drop(result) {
  if (!confirm(`Delete this one of ${day(result.at)}? It cannot be brought back.`)) return;
  complain("");
  try {
    await call("DELETE", `${PATH}/results/${result.id}`);
    if (await look()) drawList();
  } catch {
    complain("It could not be deleted just now. Please try again.");
  }
}

/** @param {Measure} m @param {(number | null)[]} [answers] @param {string} [id] */
function begin(m, answers = [], id = uuid4()) {
  filling = { id, measure: m.key, answers };
  byId("ask-title").textContent = m.title;
  byId("ask-stem").textContent = m.stem;
  byId("ask-licence").textContent = [m.licence, ...m.sources].join(" ");
  byId("ask-items").replaceChildren(...m.items.map((item, n) => drawItem(m, item, n, answers)));
  show("ask");
  byId("ask-title").focus();
}

/** @param {Measure} m @param {{text: string, danger: boolean}} item @param {number} n @param {(number | null)[]} answers */
function drawItem(m, item, n, answers) {
  const choices = [...m.options.map((o) => [String(o.points), o.text]), ["", RATHER_NOT]];
  const boxes = choices.map(([value, words]) => {
    const box = el("input", { type: "radio", name: `q${n}`, value });
    box.checked = n < answers.length && String(answers[n] ?? "") === value;
    return el("label", { class: "choice" }, box, words);
  });
  const note = item.danger ? [el("p", { class: "fine" }, "Any answer here but the first goes into our chat as well, so that you are not alone with it.")] : [];
  return el("fieldset", { class: "panel" }, el("legend", {}, `${n + 1}. ${item.text}`), ...note, ...boxes);
}

/** @returns {(number | null | undefined)[]} undefined where nothing is chosen */
function chosen() {
  const sets = Array.from(byId("ask-items").children);
  return sets.map((set) => {
    const box = /** @type {HTMLInputElement | null} */ (set.querySelector("input:checked"));
    if (!box) return undefined;
    return box.value === "" ? null : Number(box.value);
  });
}

async function keep() {
  if (!filling) return;
  const answers = chosen();
  const open = answers.findIndex((a) => a === undefined);
  if (open >= 0) {
    complain(`Question ${open + 1} has no answer yet. “${RATHER_NOT}” is an answer, too.`);
    const first = byId("ask-items").children[open].querySelector("input");
    if (first) first.focus();
    return;
  }
  complain("");
  const press = /** @type {HTMLButtonElement} */ (byId("keep"));
  press.disabled = true;
  try {
    const kept = await call("PUT", `${PATH}/results/${filling.id}`, { measure: filling.measure, answers });
    filling = null;
    keepCare(null);
    if (kept.taken_up && conversation()) keepConversation(kept.taken_up.conversation_id);
    await look();
    drawResult(kept.result, kept.taken_up !== null);
  } catch (error) {
    if (error instanceof Unreachable) complain("There is no network just now. Your answers are still here. Press the button again when it is back.");
    else complain(error instanceof ApiError ? error.message : "This could not be kept. Your answers are still here.");
  }
  press.disabled = false;
}

/** @param {Result} result @param {boolean} takenUp */
function drawResult(result, takenUp) {
  const m = measures.find((one) => one.key === result.measure);
  byId("result-title").textContent = result.total === null ? "Kept" : `${m?.title}: ${result.total} of ${m?.most}`;
  byId("taken-up").hidden = !takenUp;
  const left = "Because not all questions were answered, there is no sum. Your answers are kept all the same.";
  const sum = [result.band && `Called “${result.band}”.`, result.words].filter(Boolean).join(" ");
  byId("result-words").textContent = takenUp ? BESIDE : result.total === null ? left : sum;
  byId("result-since").textContent = result.since && !takenUp ? SINCE[result.since] : "";
  show("result");
  byId("result-title").focus();
}

setUpQuickExit();
byId("ask").addEventListener("change", () => {
  if (filling) keepCare({ measure: { ...filling, answers: chosen().map((a) => (a === undefined ? "open" : a)) } });
});
byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  keep();
});
byId("leave").addEventListener("click", () => {
  filling = null;
  keepCare(null);
  complain("");
  drawList();
});
byId("back").addEventListener("click", drawList);

if (await look()) {
  const before = care()?.measure;
  const m = before && measures.find((one) => one.key === before.measure);
  if (m) {
    begin(m, before.answers, before.id);
    say("Your answers from before are back. They are not kept yet.");
  } else drawList();
}
