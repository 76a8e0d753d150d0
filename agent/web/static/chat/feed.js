/**
 * What comes by itself while a conversation is open: counsellors' words, notices, and who is with the person.
 *
 * The service says who is here at least every 20 seconds. When it has been silent for longer, the line is gone even if the
 * browser has not noticed (a laptop that slept): `lost` is said, and a new line opened. No line of words is told twice,
 * and none is missed: each has a number, and the service is asked for those above the highest one known.
 *
 * @typedef {import("./api.js").Hands} Hands
 * @typedef {import("./api.js").Spoken} Spoken
 */

import { feedUrl } from "./api.js";

const SILENCE_MS = 30_000;
const STALE_MS = 22_000;
const FIRST_RETRY_MS = 2000;
const LAST_RETRY_MS = 30_000;

export class Feed {
  /** @param {{line: (line: Spoken) => void, hands: (hands: Hands) => void, lost: () => void}} on */
  constructor(on) {
    this.on = on;
    /** @type {string | null} */
    this.cid = null;
    this.after = 0;
    this.heard = 0;
    this.failures = 0;
    /** @type {EventSource | null} */
    this.source = null;
    /** @type {number | undefined} */
    this.silence = undefined;
    /** @type {number | undefined} */
    this.retry = undefined;
    const wake = () => this.wake();
    addEventListener("online", wake);
    addEventListener("pageshow", wake);
    document.addEventListener("visibilitychange", wake);
  }

  /** Listen to this conversation and to no other. @param {string} cid @param {number} after  highest number shown */
  open(cid, after) {
    this.close();
    this.cid = cid;
    this.after = after;
    this.failures = 0;
    this.alive();
    this.connect();
  }

  close() {
    this.cid = null;
    this.source?.close();
    this.source = null;
    clearTimeout(this.silence);
    clearTimeout(this.retry);
  }

  connect() {
    if (!this.cid) return;
    this.source?.close();
    clearTimeout(this.retry);
    const source = new EventSource(feedUrl(this.cid, this.after));
    this.source = source;
    /** @type {(name: string, act: (data: any) => void) => void} */
    const hear = (name, act) =>
      source.addEventListener(name, (event) => {
        if (source !== this.source) return;
        this.failures = 0;
        this.alive();
        act(JSON.parse(event.data));
      });
    hear("line", (line) => this.line(line));
    hear("hands", (hands) => this.on.hands(hands));
    source.addEventListener("error", () => {
      // A line that broke is taken up again by the browser; an answer that was no feed is not.
      if (source === this.source && source.readyState === EventSource.CLOSED) this.later();
    });
  }

  /** @param {Spoken} line */
  line(line) {
    if (line.seq <= this.after) return;
    this.after = line.seq;
    this.on.line(line);
  }

  alive() {
    this.heard = Date.now();
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.silent(), SILENCE_MS);
  }

  silent() {
    this.on.lost();
    this.silence = setTimeout(() => this.silent(), SILENCE_MS);
    this.connect();
  }

  later() {
    const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures);
    this.failures += 1;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), wait);
  }

  /** The page is looked at again, or the network is back: timers slept, so the clock decides. */
  wake() {
    if (!this.cid || document.hidden) return;
    const quiet = Date.now() - this.heard;
    if (quiet > SILENCE_MS) this.on.lost();
    if (quiet > STALE_MS || this.source?.readyState !== EventSource.OPEN) this.connect();
  }
}
