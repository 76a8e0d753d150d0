/** Exercises: choose one, do it step by step, put it away, take it up again, look back on what came of it. */

import { ApiError, call, Unreachable, uuid4 } from "./chat/api.js";
import { button, byId, el } from "./chat/dom.js";
import { setUpQuickExit } from "./chat/exit.js";
import { askIfHelped } from "./chat/helped.js";
import { care, conversation, keepCare, keepConversation } from "./chat/memory.js";
import { hush, pace } from "./exercises/breath.js";

/**
 * @typedef {import("./exercises/breath.js").Breath} Breath
 * @typedef {{number: number, text: string, kind: "do" | "write" | "rate" | "breathe", breath: Breath | null}} Step
 * @typedef {"usual" | "gentle"} Level
 * @typedef {{key: string, name: string, about: string, minutes: number, source: string, homework: string, not_with: string[],
 *   begin_at: Level, steps: Record<Level, Step[]>}} Exercise
 * @typedef {{id: string, revision: number, exercise: string, level: Level, state: "running" | "put_away" | "finished",
 *   at: number, words: Record<string, string>, intends: string, look_back_at: string | null, outcome: string | null,
 *   updated_at: string}} Practice
 * @typedef {{do: string, words?: string, days?: number, outcome?: string}} Move
 */

const PATH = "/v1/exercises";
const OUTCOMES = [
  ["did", "I did it"],
  ["tried", "I tried"],
  ["not_yet", "Not yet"],
];
const ANSWERED = { did: "You did it.", tried: "You tried.", not_yet: "Not yet, and that is all right." };
const NO_NETWORK = "There is no network just now. You can go on. It is kept here and sent when the network is back.";

/** @type {Exercise[]} */
let exercises = [];
/** @type {Practice[]} */
let practices = [];
/** @type {Practice | null} the one on the page, as far as it has come here */
let now = null;
/** @type {Move[]} done here, not kept there yet */
let waiting = [];
let sending = false;

/** @param {string} id */
const area = (id) => /** @type {HTMLTextAreaElement} */ (byId(id));
/** @param {string} id */
const field = (id) => /** @type {HTMLInputElement} */ (byId(id));
/** @param {string} key */
const exercise = (key) => /** @type {Exercise} */ (exercises.find((one) => one.key === key));
/** @param {Practice} practice */
const stepsOf = (practice) => exercise(practice.exercise).steps[practice.level];
/** @param {string} name */
const capital = (name) => name.slice(0, 1).toUpperCase() + name.slice(1);
/** @param {string} at */
const day = (at) => new Date(at).toLocaleDateString(undefined, { day: "numeric", month: "long" });

/** @param {string} words */
const say = (words) => {
  byId("state").textContent = words;
};
/** @param {string} words */
const complain = (words) => {
  byId("problem").textContent = words;
  byId("problem").hidden = !words;
};

/** @param {"list" | "practice" | "finished"} part */
function show(part) {
  for (const id of ["list", "practice", "finished"]) byId(id).hidden = id !== part;
  hush();
  scrollTo(0, 0);
}

async function look() {
  try {
    ({ exercises, practices } = await call("GET", PATH));
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) say("Start a chat first, then come back here: it is kept with your chats.");
    else say("This cannot be loaded just now. The numbers below work.");
    return false;
  }
}

async function toList() {
  now = null;
  keepCare(null);
  byId("taken-up").hidden = true;
  if (await look()) drawList();
}

function drawList() {
  say("");
  const due = practices.filter((p) => p.intends && !p.outcome && (!p.look_back_at || new Date(p.look_back_at) <= new Date()));
  byId("looking-back").replaceChildren(...due.map(drawDue));
  const open = practices.filter((p) => p.state !== "finished");
  byId("unfinished").replaceChildren(...open.map(drawOpen));
  byId("exercises").replaceChildren(
    ...exercises.map((e) => {
      const start = button("Begin", () => begin(e), "button button-main");
      start.setAttribute("aria-label", `Begin ${e.name}`);
      const minutes = e.minutes === 1 ? "1 minute" : `${e.minutes} minutes`;
      return el("li", { class: "panel" }, el("h2", {}, capital(e.name)), el("p", {}, e.about), el("p", { class: "fine" }, `About ${minutes}.`), start);
    }),
  );
  byId("done").replaceChildren(...drawDone(practices.filter((p) => p.state === "finished")));
  show("list");
}

/** @param {Practice} p */
function drawDue(p) {
  const row = el("div", { class: "row" }, ...OUTCOMES.map(([outcome, words]) => button(words, () => answer(p, outcome))));
  return el("div", { class: "panel" }, el("h2", {}, "You set out to do something"), el("p", { dir: "auto" }, `“${p.intends}”`), el("p", {}, "How did it go?"), row);
}

/** @param {Practice} p @param {string} outcome */
async function answer(p, outcome) {
  try {
    await call("POST", `${PATH}/practices/${p.id}/moves`, { based_on: p.revision, do: "look_back", outcome });
    await toList();
    say(outcome === "not_yet" ? "Thank you. It can wait, or be made smaller." : "Thank you for saying so.");
  } catch (error) {
    refused(error);
  }
}

/** @param {Practice} p */
function drawOpen(p) {
  const e = exercise(p.exercise);
  const on = button("Go on", () => takeUp(p), "button button-main");
  on.setAttribute("aria-label", `Go on with ${e.name}`);
  return el(
    "div",
    { class: "panel" },
    el("h2", {}, capital(e.name)),
    el("p", {}, `You were at step ${p.at + 1} of ${stepsOf(p).length} on ${day(p.updated_at)}. Your words are kept.`),
    el("div", { class: "row" }, on, button("Delete it", () => forget(p), "button button-plain")),
  );
}

/** @param {Practice[]} finished */
function drawDone(finished) {
  if (!finished.length) return [];
  return [
    el("h2", {}, "Done before"),
    ...finished.map((p) => {
      const outcome = p.outcome ? [el("p", {}, ANSWERED[/** @type {keyof ANSWERED} */ (p.outcome)])] : [];
      const plan = p.intends ? [el("p", { dir: "auto" }, `You set out to: “${p.intends}”`)] : [];
      const inside = [el("dl", { class: "care-words" }, ...readBack(p)), ...plan, ...outcome, button("Delete it", () => forget(p), "button button-plain")];
      return el("details", { class: "more" }, el("summary", {}, `${capital(exercise(p.exercise).name)}, ${day(p.updated_at)}`), ...inside);
    }),
  ];
}

/** The words of a practice under the steps they answer. @param {Practice} p */
function readBack(p) {
  const all = exercise(p.exercise).steps;
  return [...all.usual].flatMap((step) => {
    const words = p.words[String(step.number)];
    const shown = all[p.level].find((one) => one.number === step.number) ?? step;
    return words ? [el("dt", {}, shown.text), el("dd", { dir: "auto" }, words)] : [];
  });
}

/** @param {Practice} p */
async function forget(p) {
  if (!confirm("Delete this, with all you wrote in it? It cannot be brought back.")) return;
  try {
    await call("DELETE", `${PATH}/practices/${p.id}`);
    await toList();
  } catch (error) {
    refused(error);
  }
}

/** @param {Exercise} e */
async function begin(e) {
  complain("");
  try {
    now = await call("PUT", `${PATH}/practices/${uuid4()}`, { exercise: e.key, level: e.begin_at });
    draw();
  } catch (error) {
    refused(error);
  }
}

/** @param {Practice} p */
function takeUp(p) {
  complain("");
  now = p;
  if (p.state === "put_away") does({ do: "take_up" });
  draw();
}

/** @param {unknown} error */
function refused(error) {
  complain(error instanceof ApiError ? error.message : "There is no network just now. Please try again in a moment.");
}

/** Show the step that is due. */
function draw() {
  if (!now) return;
  const e = exercise(now.exercise);
  const steps = stepsOf(now);
  const step = steps[now.at];
  const words = now.words[String(step.number)] ?? "";
  say("");
  byId("name").textContent = capital(e.name);
  byId("where").textContent = `Step ${now.at + 1} of ${steps.length}`;
  byId("step").textContent = step.text;
  const not = e.not_with.length ? `Not the right one with: ${e.not_with.join("; ")}. ` : "";
  byId("source").textContent = `${not}After ${e.source}.`;
  byId("write").hidden = step.kind !== "write";
  area("words").value = words;
  byId("rate").hidden = step.kind !== "rate";
  field("number").value = words || "5";
  byId("number-shown").textContent = field("number").value;
  byId("breath").hidden = step.kind !== "breathe" || !step.breath;
  byId("no-hold-label").hidden = !step.breath?.hold;
  byId("before").hidden = now.at === 0;
  byId("shorter").hidden = now.level === "gentle" || e.steps.gentle.length === e.steps.usual.length;
  byId("next").textContent = now.at + 1 === steps.length ? "That was it" : "Next";
  show("practice");
  byId("step").focus();
}

/** What stands in the step on the page. */
function written() {
  if (!now) return "";
  const { kind } = stepsOf(now)[now.at];
  return kind === "write" ? area("words").value.trim() : kind === "rate" ? field("number").value : "";
}

/** Do it here at once, and keep it there when that can be done. @param {Move} move */
function does(move) {
  waiting.push(move);
  send();
}

async function send() {
  if (sending || !now) return;
  sending = true;
  const about = now;
  while (waiting.length) {
    const move = waiting[0];
    try {
      const { practice, taken_up } = await call("POST", `${PATH}/practices/${about.id}/moves`, { based_on: about.revision, ...move });
      waiting.shift();
      about.revision = practice.revision;
      about.intends = practice.intends;
      if (taken_up) {
        byId("taken-up").hidden = false;
        if (conversation()) keepConversation(taken_up.conversation_id);
      }
      keepCare(waiting.length ? { practice: about, moves: waiting } : null);
      if (!waiting.length) complain("");
    } catch (error) {
      if (error instanceof Unreachable) {
        complain(NO_NETWORK);
        keepCare({ practice: about, moves: waiting });
        break;
      }
      waiting = [];
      refused(error);
      if (error instanceof ApiError && error.data?.practice) {
        // Newer there: what was written here is put beside it and goes along with the next steps.
        const newer = error.data.practice;
        now = { ...newer, words: { ...newer.words, ...about.words } };
        keepCare({ practice: now, moves: [] });
        if (now?.state === "finished") drawFinished();
        else draw();
      }
    }
  }
  sending = false;
}

function next() {
  if (!now) return;
  const step = stepsOf(now)[now.at];
  const words = written();
  if (words) now.words[String(step.number)] = words;
  const last = now.at + 1 === stepsOf(now).length;
  if (last) now.state = "finished";
  else now.at += 1;
  does({ do: "go_on", words });
  if (last) drawFinished();
  else draw();
}

function drawFinished() {
  if (!now) return;
  const { homework } = exercise(now.exercise);
  byId("read-back").replaceChildren(...readBack(now));
  const { id } = now;
  byId("helped").replaceChildren(askIfHelped((helped) => call("PUT", `${PATH}/practices/${id}/helped`, { helped })));
  byId("homework").hidden = !homework;
  byId("homework-asks").textContent = homework;
  area("intends").value = now.intends;
  show("finished");
  byId("finished-title").focus();
}

setUpQuickExit();
byId("next").addEventListener("click", next);
byId("before").addEventListener("click", () => {
  if (!now) return;
  now.at -= 1;
  does({ do: "go_back" });
  draw();
});
byId("shorter").addEventListener("click", async () => {
  if (!now) return;
  const here = now;
  try {
    const { practice } = await call("POST", `${PATH}/practices/${here.id}/moves`, { based_on: here.revision, do: "make_gentler" });
    now = practice;
    draw();
  } catch (error) {
    refused(error);
  }
});
byId("stop").addEventListener("click", async () => {
  const words = written();
  if (now && words) now.words[String(stepsOf(now)[now.at].number)] = words;
  does({ do: "put_away", words });
  while (sending) await new Promise((done) => setTimeout(done, 50));
  if (!waiting.length) {
    await toList();
    say("It is put away. You can go on with it whenever you like.");
  }
});
byId("breathe").addEventListener("click", () => {
  const breath = now && stepsOf(now)[now.at].breath;
  if (breath) pace(breath, { hold: !field("no-hold").checked, sound: field("sound").checked });
});
byId("number").addEventListener("input", () => {
  byId("number-shown").textContent = field("number").value;
});
byId("words").addEventListener("input", () => {
  if (now) keepCare({ practice: { ...now, words: { ...now.words, [stepsOf(now)[now.at].number]: area("words").value } }, moves: waiting });
});
byId("homework").addEventListener("submit", (event) => {
  event.preventDefault();
  does({ do: "intend", words: area("intends").value, days: Number(field("days").value) });
  say("Kept. I shall ask how it went.");
});
byId("to-list").addEventListener("click", toList);
addEventListener("online", send);

if (await look()) {
  const before = care();
  if (before?.practice && exercise(before.practice.exercise)) {
    now = before.practice;
    waiting = before.moves;
    send();
    if (before.practice.state === "finished") drawFinished();
    else draw();
    say("What you wrote here is back.");
  } else drawList();
}
