/**
 * The conversation API, one function a call. The device cookie goes along by itself.
 *
 * Two errors come out: `ApiError` when the service answered no, `Unreachable` when it did not answer.
 *
 * @typedef {{name: string, phone?: string | null, text?: string | null, web?: string | null, hours?: string | null,
 *   audience?: string | null}} Line
 * @typedef {{country: string | null, country_name: string | null, emergency: string[], lines: Line[],
 *   updated: string | null, international: boolean}} Card
 * @typedef {{id: string, title: string, publisher: string}} Source
 * @typedef {{text: string, sentences: string[], origin: string, card: Card | null, sources: Source[],
 *   from_notes?: boolean, asks_if_helped?: boolean}} Reply
 * @typedef {{turn_id: string, seq: number, text: string, status: "received" | "answered", reply: Reply | null}} Turn
 * @typedef {{seq: number, kind: "counsellor" | "notice", author: string | null, text: string, at: string}} Spoken
 * @typedef {{state: "nobody" | "listed" | "told" | "coming" | "taken" | "talking", at: string | null, names: string[],
 *   on_duty: boolean, duty_at: string | null, drafting: boolean}} Hands
 * @typedef {{conversation_id: string, started_at: string, ended_at: string | null}} Summary
 * @typedef {Summary & {turns: Turn[], lines: Spoken[], hands: Hands}} History
 */

const TIMEOUT_MS = 20_000;

export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} message words that can be shown
   * @param {string} code stable
   * @param {Card | null} help
   * @param {any} data all that was answered
   */
  constructor(status, message, code = "", help = null, data = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.help = help;
    this.data = data;
  }
}

export class Unreachable extends Error {}

const NO_CONTENT = 204;

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export async function call(method, path, body) {
  /** @type {RequestInit} */
  const init = { method, credentials: "same-origin", cache: "no-store", signal: timeout() };
  if (body) {
    init.headers = { "content-type": "application/json" };
    init.body = JSON.stringify(body);
  }
  let response;
  let answer;
  try {
    response = await fetch(path, init);
    answer = await response.text();
  } catch {
    throw new Unreachable();
  }
  const data = parse(answer);
  if (response.status === NO_CONTENT) return undefined;
  if (response.ok && data) return data;
  const error = data?.error;
  throw new ApiError(response.status, error?.message ?? "Something went wrong on our side.", error?.code, error?.help, data);
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function timeout() {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), TIMEOUT_MS);
  return controller.signal;
}

/** @param {string} cid */
const conversation = (cid) => `/v1/conversations/${encodeURIComponent(cid)}`;

/** @param {string} cid @param {string} tid */
const turn = (cid, tid) => `${conversation(cid)}/turns/${encodeURIComponent(tid)}`;

/** @returns {Promise<{conversation_id: string}>} */
export const startConversation = () => call("POST", "/v1/conversations", { locale: locale() });

/** @returns {Promise<{conversations: Summary[]}>} */
export const listConversations = () => call("GET", "/v1/conversations");

/** @param {string} cid @returns {Promise<History>} */
export const readConversation = (cid) => call("GET", conversation(cid));

/** @param {string} cid @returns {Promise<{ended_at: string}>} */
export const endConversation = (cid) => call("POST", `${conversation(cid)}/end`, {});

/** @param {string} cid @param {{satisfaction?: number, helped?: boolean}} said @returns {Promise<void>} */
export const giveFeedback = (cid, said) => call("PUT", `${conversation(cid)}/feedback`, said);

/**
 * Safe to repeat with the same turn_id: it is stored once.
 * @param {string} cid
 * @param {string} turn_id
 * @param {string} text
 */
export const sendTurn = (cid, turn_id, text) => call("POST", `${conversation(cid)}/turns`, { turn_id, text });

/** @param {string} cid @param {string} tid @returns {Promise<Turn>} */
export const readTurn = (cid, tid) => call("GET", turn(cid, tid));

/** @param {string} cid @param {string} tid @param {string} helped @returns {Promise<void>} */
export const sayHelped = (cid, tid, helped) => call("PUT", `${turn(cid, tid)}/helped`, { helped });

/** @param {string} cid @param {string} tid */
export const eventsUrl = (cid, tid) => `${turn(cid, tid)}/events`;

/** What others say here, and who is here. @param {string} cid @param {number} after  the highest number already shown */
export const feedUrl = (cid, after) => `${conversation(cid)}/events?${new URLSearchParams({ after: String(after) })}`;

/** @param {string} country @returns {Promise<Card>} */
export const readHelp = (country) =>
  call("GET", `/v1/help?${new URLSearchParams({ locale: locale(), country })}`);

export const locale = () => navigator.language || "en";

/** A random (version 4) UUID; `randomUUID` is missing on plain-http pages, which self-hosted ones can be. */
export function uuid4() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
