/** The chat page: puts the parts together. If this never runs, the help card in the page is still there. */

import { ApiError, listConversations } from "./chat/api.js";
import { Composer } from "./chat/composer.js";
import { lost, offline, setUpConnection } from "./chat/connection.js";
import { Conversation } from "./chat/conversation.js";
import { button, byId, el } from "./chat/dom.js";
import { closeDrop, setUpDrops } from "./chat/drop.js";
import { setUpQuickExit } from "./chat/exit.js";
import { clearFeedback, setUpFeedback } from "./chat/feedback.js";
import { HandsStrip } from "./chat/hands.js";
import { setUpHelp } from "./chat/help.js";
import { Log } from "./chat/log.js";
import * as memory from "./chat/memory.js";

const EARLIER_SHOWN = 3;
/** The service knows these words (agent/policy/plan.py, ASK_FOR_PERSON). */
const ASK_FOR_PERSON = "I would like to talk to a person.";
const ASK_AGAIN_MS = 5000;

setUpQuickExit();
setUpDrops(["help", "menu"]);
setUpHelp();
setUpConnection();

const log = new Log();
const strip = new HandsStrip();
const composer = new Composer(send);
const conversation = new Conversation(log, {
  giveBack: (text, why) => composer.giveBack(text, why),
  ended: () => showEnded(true),
  changed: refresh,
  cardShown: () => composer.lowerKeyboard(),
  hands: (hands) => {
    if (strip.show(hands)) log.reveal();
  },
  feedLost: () => {
    if (strip.lost()) log.reveal();
  },
  talking: () => strip.talking,
});

setUpFeedback(() => conversation.cid);

/** @param {string} text */
function send(text) {
  if (offline()) {
    lost();
    return false;
  }
  conversation.send(text);
  return true;
}

/** Ask for a person in the person's own name. @param {HTMLButtonElement} pressed */
function askForPerson(pressed) {
  const help = /** @type {HTMLDetailsElement} */ (byId("help"));
  if (help.open) closeDrop(help);
  if (!byId("ended").hidden) startNew();
  if (!send(ASK_FOR_PERSON)) return;
  pressed.disabled = true; // a second tap of a shaking hand is no second message
  setTimeout(() => (pressed.disabled = false), ASK_AGAIN_MS);
}

function refresh() {
  byId("intro").hidden = !log.empty;
  /** @type {HTMLButtonElement} */ (byId("end-conversation")).disabled = !conversation.cid || !byId("ended").hidden;
}

/** @param {boolean} ended */
function showEnded(ended) {
  byId("ended").hidden = !ended;
  byId("composer").hidden = ended;
  if (ended) byId("again").focus();
  else clearFeedback();
  refresh();
}

function startNew() {
  conversation.forget();
  memory.forgetTab();
  showEnded(false);
  closeMenu();
  composer.fill("");
  log.say("A new conversation. The message box is empty.");
}

/** @param {string} cid */
function goOn(cid) {
  closeMenu();
  memory.keepLeftQuickly(false);
  showEnded(false);
  composer.box.focus();
  conversation.resume(cid);
}

function closeMenu() {
  const menu = /** @type {HTMLDetailsElement} */ (byId("menu"));
  if (menu.open) closeDrop(menu);
}

/** @param {string} at */
const when = (at) =>
  new Date(at).toLocaleString(undefined, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** @returns {Promise<import("./chat/api.js").Summary[]>} this device's conversations, newest first */
async function earlier() {
  try {
    return (await listConversations()).conversations;
  } catch (error) {
    if (!(error instanceof ApiError)) lost();
    return [];
  }
}

async function fillMenu() {
  const others = (await earlier()).filter((one) => one.conversation_id !== conversation.cid).slice(0, EARLIER_SHOWN);
  byId("earlier").hidden = others.length === 0;
  byId("earlier-list").replaceChildren(
    ...others.map((one) =>
      el("li", {}, button(when(one.started_at), () => goOn(one.conversation_id), "button button-wide")),
    ),
  );
}

async function offerLast() {
  if (memory.leftQuickly()) return;
  const last = (await earlier())[0];
  if (!last || last.ended_at || conversation.cid || !log.empty) return;
  byId("resume-button").addEventListener("click", () => goOn(last.conversation_id));
  byId("resume").hidden = false;
}

for (const starter of document.querySelectorAll(".starter")) {
  starter.addEventListener("click", () => composer.fill(starter.textContent ?? ""));
}
for (const ask of document.querySelectorAll(".ask-person")) {
  ask.addEventListener("click", () => askForPerson(/** @type {HTMLButtonElement} */ (ask)));
}
byId("new-conversation").addEventListener("click", startNew);
byId("again").addEventListener("click", startNew);
byId("end-conversation").addEventListener("click", () => {
  closeMenu();
  conversation.end();
});
byId("menu").addEventListener("toggle", () => {
  if (/** @type {HTMLDetailsElement} */ (byId("menu")).open) fillMenu();
});

byId("boot").remove();
byId("menu").hidden = false;
byId("bottom").hidden = false;
strip.show(null);
if (conversation.cid) conversation.resume(conversation.cid);
else {
  conversation.showUnsent(new Set());
  refresh();
  offerLast();
}
