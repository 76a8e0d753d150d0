/**
 * Following one turn until its reply is there.
 *
 * EventSource reconnects by itself after a dropped line and replays what was missed. Where it gives up (an HTTP error) or
 * falls silent, the turn itself is asked, and the stream is opened again.
 *
 * @typedef {import("./api.js").Card} Card
 * @typedef {import("./api.js").Reply} Reply
 * @typedef {{
 *   state: (state: string) => void,
 *   card: (card: Card) => void,
 *   sentence: (index: number, text: string) => void,
 *   done: (reply: Reply) => void,
 *   failed: (message: string, help: Card | null) => void,
 *   slow: () => void,
 *   lost: () => void,
 * }} Listener
 */

import { ApiError, eventsUrl, readTurn } from "./api.js";

const SILENCE_MS = 25_000;
const GIVE_UP_MS = 240_000;
const MAX_FAILURES = 5;

/**
 * @param {string} cid
 * @param {string} tid
 * @param {Listener} on  exactly one of done, failed and lost is called, once
 * @returns {() => void} stop listening
 */
export function followTurn(cid, tid, on) {
  const began = Date.now();
  let failures = 0;
  let over = false;
  /** @type {EventSource | null} */
  let source = null;
  /** @type {number | undefined} */
  let timer;

  function stop() {
    over = true;
    source?.close();
    clearTimeout(timer);
  }

  /** @param {() => void} last */
  function finish(last) {
    if (over) return;
    stop();
    last();
  }

  /** @param {() => void} act @param {number} ms */
  function after(act, ms) {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  }

  function open() {
    source = new EventSource(eventsUrl(cid, tid));
    /** @type {(name: string, act: (data: any) => void) => void} */
    const hear = (name, act) =>
      source?.addEventListener(name, (event) => {
        if (over) return;
        failures = 0;
        after(silent, SILENCE_MS);
        act(JSON.parse(event.data));
      });
    hear("state", (data) => on.state(data.state));
    hear("card", (data) => on.card(data));
    hear("sentence", (data) => on.sentence(data.index, data.text));
    hear("done", (data) => finish(() => on.done(data)));
    hear("failed", (data) => finish(() => on.failed(data.message, data.help ?? null)));
    source.addEventListener("error", () => {
      if (source?.readyState === EventSource.CLOSED) ask();
    });
    after(silent, SILENCE_MS);
  }

  function silent() {
    on.slow();
    ask();
  }

  async function ask() {
    source?.close();
    clearTimeout(timer);
    try {
      const turn = await readTurn(cid, tid);
      const reply = turn.reply;
      if (reply) return finish(() => on.done(reply));
      failures = 0;
    } catch (error) {
      failures += 1;
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) {
        return finish(() => on.failed(error.message, error.help));
      }
    }
    if (over) return;
    if (failures >= MAX_FAILURES || Date.now() - began > GIVE_UP_MS) return finish(on.lost);
    after(open, 1000 * 2 ** failures);
  }

  open();
  return stop;
}
