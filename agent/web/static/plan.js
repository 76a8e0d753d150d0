/** The safety plan's page: read it, change it, keep it true when a counsellor writes in it, and lose no word without a network. */

import { listConversations } from "./chat/api.js";
import { byId, el } from "./chat/dom.js";
import { setUpQuickExit } from "./chat/exit.js";
import { PLAN } from "./chat/memory.js";
import { merge } from "./plan/merge.js";

/** @typedef {{revision: number, parts: Record<string, string>, at: string | null, by: string | null}} Plan */

const UNSAVED = PLAN;
const PATH = "/v1/safety-plan";
const NO_LINES = 999_999_999;
const LOOK_MS = 20_000;
const PHONE = /\+?\d[\d ()./-]{4,}\d|\b\d{3}\b/g;

const form = /** @type {HTMLFormElement} */ (byId("plan"));
const parts = Array.from(form.querySelectorAll("[data-part]"), (node) => /** @type {HTMLElement} */ (node));
/** @type {Plan} */
let saved = { revision: 0, parts: {}, at: null, by: null };
let changing = false;

/** @param {HTMLElement} part @returns {HTMLTextAreaElement} */
const box = (part) => /** @type {HTMLTextAreaElement} */ (part.querySelector("textarea"));
/** @param {HTMLElement} part @param {string} css @returns {HTMLElement} */
const inside = (part, css) => /** @type {HTMLElement} */ (part.querySelector(css));
/** @param {HTMLElement} part */
const nameOf = (part) => part.dataset.part ?? "";

const written = () => Object.fromEntries(parts.map((part) => [nameOf(part), box(part).value]));

/** @param {string} method @param {object} [body] @returns {Promise<{status: number, data: any}>} */
async function call(method, body) {
  const headers = body ? { "content-type": "application/json" } : undefined;
  const init = { method, headers, body: body && JSON.stringify(body), cache: /** @type {const} */ ("no-store") };
  const answer = await fetch(PATH, { ...init, signal: AbortSignal.timeout(20_000) });
  return { status: answer.status, data: await answer.json() };
}

function draw() {
  for (const part of parts) {
    inside(part, ".part-read").replaceChildren(...withPhones(saved.parts[nameOf(part)] ?? ""));
    inside(part, ".part-read").hidden = changing;
    inside(part, ".part-write").hidden = !changing;
  }
  for (const id of ["save", "leave"]) byId(id).hidden = !changing;
  for (const id of ["change", "print"]) byId(id).hidden = changing;
  const who = saved.by ? `${saved.by}, a counsellor` : "you";
  byId("saved").textContent = saved.at ? `Saved by ${who}, ${new Date(saved.at).toLocaleString()}.` : "";
  form.hidden = false;
}

/** Numbers can be called with one tap. @param {string} text @returns {(Node | string)[]} */
function withPhones(text) {
  /** @type {(Node | string)[]} */
  const nodes = [];
  let from = 0;
  for (const hit of text.matchAll(PHONE)) {
    nodes.push(text.slice(from, hit.index), el("a", { href: `tel:${hit[0].replace(/[^+\d]/g, "")}` }, hit[0]));
    from = hit.index + hit[0].length;
  }
  return [...nodes, text.slice(from)].filter(Boolean);
}

/** @param {Plan} next  saved by somebody since */
function take(next) {
  if (next.revision <= saved.revision && saved.at) return;
  if (changing) {
    const found = merge(saved.parts, written(), next.parts);
    for (const part of parts) {
      const name = nameOf(part);
      if (box(part).value !== found.parts[name]) box(part).value = found.parts[name];
      if (name in found.beside) besides(part, found.beside[name], next.by ?? "you, in another window");
    }
    say("The plan was changed meanwhile. Your words are still here.");
  }
  saved = next;
  draw();
}

/** @param {HTMLElement} part @param {string} theirs @param {string} by */
function besides(part, theirs, by) {
  const other = inside(part, ".part-other");
  other.hidden = false;
  inside(other, ".part-by").textContent = by;
  inside(other, "blockquote").textContent = theirs || "(empty)";
  inside(other, "button").onclick = () => {
    box(part).value = theirs;
    other.hidden = true;
    keep();
  };
}

/** @param {string} words */
const say = (words) => {
  byId("state").textContent = words;
};

/** @param {string} words */
const complain = (words) => {
  byId("problem").textContent = words;
  byId("problem").hidden = !words;
};

/** Unsaved words stay in this tab over a reload. */
function keep() {
  try {
    if (changing) sessionStorage.setItem(UNSAVED, JSON.stringify({ from: saved, written: written() }));
    else sessionStorage.removeItem(UNSAVED);
  } catch {
    // Storage is off. The words are in the boxes.
  }
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(UNSAVED) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Record<string, string>} words */
function begin(words) {
  changing = true;
  for (const part of parts) {
    box(part).value = words[nameOf(part)] ?? "";
    inside(part, ".part-other").hidden = true;
  }
  draw();
}

function end() {
  changing = false;
  keep();
  complain("");
  draw();
}

async function save() {
  complain("");
  const button = /** @type {HTMLButtonElement} */ (byId("save"));
  button.disabled = true;
  try {
    const { status, data } = await call("PUT", { based_on: saved.revision, parts: written() });
    if (status === 200) {
      saved = data;
      end();
      say("Saved.");
      byId("change").focus();
    } else if (status === 409 && data.plan) take(data.plan);
    else complain(data.error?.message ?? "This could not be saved. Your words are still here.");
  } catch {
    complain("There is no network just now. Your words are still here. Press Save again when it is back.");
  }
  button.disabled = false;
}

async function look() {
  try {
    const { status, data } = await call("GET");
    if (status === 200) take(data);
    return status;
  } catch {
    return 0;
  }
}

/** The bell of the newest conversation rings for the plan, too. */
async function listen() {
  try {
    const newest = (await listConversations()).conversations[0];
    if (!newest) return;
    const feed = new EventSource(`/v1/conversations/${newest.conversation_id}/events?after=${NO_LINES}`);
    feed.addEventListener("plan", look);
  } catch {
    // The page looks again by itself.
  }
}

setUpQuickExit();
byId("change").addEventListener("click", () => {
  begin(saved.parts);
  say("");
  box(parts[0]).focus();
});
byId("leave").addEventListener("click", end);
byId("print").addEventListener("click", () => print());
form.addEventListener("input", keep);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
addEventListener("online", look);
setInterval(look, LOOK_MS);

const status = await look();
if (status === 200) {
  const unsaved = kept();
  say("");
  if (unsaved) {
    const newer = saved;
    saved = unsaved.from;
    begin(unsaved.written);
    if (newer.revision > saved.revision) take(newer);
    else say("What you wrote here is back. It is not saved yet.");
  } else if (!saved.at) say("There is no plan yet. You can write it alone, or with a counsellor. A few words are enough.");
  draw();
  listen();
} else if (status === 401) say("Your plan is kept with your conversations. Start one in the chat, then come back here.");
else say("The plan cannot be loaded just now. The numbers below work.");
