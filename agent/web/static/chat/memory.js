/**
 * What this tab remembers: which conversation is open, words not sent yet, the country picked for help.
 *
 * Session storage goes with the tab, so another person who opens the page later does not land in the conversation. Storage
 * may be switched off; then nothing is remembered and everything else works.
 *
 * @typedef {{turn_id: string, text: string}} Unsent
 */

const CONVERSATION = "handhold.conversation";
const DRAFT = "handhold.draft";
const UNSENT = "handhold.unsent";
const COUNTRY = "handhold.country";
const LEFT = "handhold.left";

/** @param {() => Storage} where @param {string} key */
function read(where, key) {
  try {
    return where().getItem(key);
  } catch {
    return null;
  }
}

/** @param {() => Storage} where @param {string} key @param {string | null} value */
function write(where, key, value) {
  try {
    if (value) where().setItem(key, value);
    else where().removeItem(key);
  } catch {
    // Storage is off or full. The page works without.
  }
}

const tab = () => sessionStorage;
const device = () => localStorage;

export const conversation = () => read(tab, CONVERSATION);

/** @param {string | null} cid */
export const keepConversation = (cid) => write(tab, CONVERSATION, cid);

export const draft = () => read(tab, DRAFT) ?? "";

/** @param {string} text */
export const keepDraft = (text) => write(tab, DRAFT, text);

/** @returns {Unsent[]} messages whose arrival was never confirmed, oldest first */
export function unsent() {
  try {
    return JSON.parse(read(tab, UNSENT) ?? "[]");
  } catch {
    return [];
  }
}

/** @param {Unsent} message */
export function keepUnsent(message) {
  const others = unsent().filter((one) => one.turn_id !== message.turn_id);
  write(tab, UNSENT, JSON.stringify([...others, message]));
}

/** @param {string} turn_id */
export function dropUnsent(turn_id) {
  const others = unsent().filter((one) => one.turn_id !== turn_id);
  write(tab, UNSENT, others.length ? JSON.stringify(others) : null);
}

export const country = () => read(device, COUNTRY);

/** @param {string} code */
export const keepCountry = (code) => write(device, COUNTRY, code);

/** Words of the safety plan that are not saved yet. */
export const PLAN = "handhold.plan";

/** Answers to a questionnaire, and words of an exercise, that are not kept yet. */
const CARE = "handhold.care";

/** Forget this tab's conversation and words. */
export function forgetTab() {
  for (const key of [CONVERSATION, DRAFT, UNSENT, PLAN, CARE]) write(tab, key, null);
}

/** @returns {any} what a page put down by `keepCare`, or null */
export function care() {
  try {
    return JSON.parse(read(tab, CARE) ?? "null");
  } catch {
    return null;
  }
}

/** @param {object | null} words */
export const keepCare = (words) => write(tab, CARE, words ? JSON.stringify(words) : null);

/** After a quick exit the page does not offer the last conversation by itself; it stays reachable from the menu. */
export const leftQuickly = () => read(device, LEFT) === "1";

/** @param {boolean} left */
export const keepLeftQuickly = (left) => write(device, LEFT, left ? "1" : null);
