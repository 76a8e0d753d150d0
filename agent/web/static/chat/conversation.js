/**
 * The conversation on this page: starting, sending, resuming, ending.
 *
 * A message shows at once, is kept in the tab until the service has confirmed it, and carries an id chosen here, so that
 * sending it again is always safe.
 *
 * @typedef {import("./turn.js").TurnView} TurnView
 * @typedef {import("./memory.js").Unsent} Unsent
 * @typedef {{giveBack: (text: string, why: string) => void, ended: () => void, changed: () => void,
 *   cardShown: () => void, hands: (hands: import("./api.js").Hands | null) => void, feedLost: () => void,
 *   talking: () => boolean}} Page
 */

import * as api from "./api.js";
import * as connection from "./connection.js";
import { Feed } from "./feed.js";
import * as memory from "./memory.js";
import { followTurn } from "./stream.js";
import { DELIVERED } from "./turn.js";
import { unseen } from "./unseen.js";

const NOT_SENT = "This has not been sent yet. Your words are still here.";
const NO_REPLY = "Your message has arrived, but the reply did not come through.";
const STATES = { reading: "Handhold is reading…", writing: "Handhold is writing…" };

/** Whether the service no longer takes messages here: unknown device, unknown or ended conversation. @param {unknown} error */
const gone = (error) =>
  error instanceof api.ApiError && ([401, 404].includes(error.status) || error.code === "conversation_ended");

export class Conversation {
  /** @param {import("./log.js").Log} log @param {Page} page */
  constructor(log, page) {
    this.log = log;
    this.page = page;
    this.cid = memory.conversation();
    /** @type {Promise<unknown>} messages go out one after another, in the order they were written */
    this.outbox = Promise.resolve();
    /** @type {Set<() => void>} */
    this.streams = new Set();
    this.run = 0;
    this.feed = new Feed({
      line: (line) => this.hear(line),
      hands: (hands) => page.hands(hands),
      lost: () => page.feedLost(),
    });
  }

  /** @param {string} text */
  send(text) {
    const message = { turn_id: api.uuid4(), text };
    memory.keepUnsent(message);
    this.post(message, this.log.add(text, message.turn_id));
    this.log.toEnd();
    this.page.changed();
  }

  /** @param {Unsent} message @param {TurnView} view */
  post(message, view) {
    const run = this.run;
    view.state("Sending…");
    this.outbox = this.outbox.then(() => (run === this.run ? this.deliver(message, view, true) : undefined));
  }

  /** @param {Unsent} message @param {TurnView} view @param {boolean} mayRestart */
  async deliver(message, view, mayRestart) {
    const run = this.run;
    const again = () => this.post(message, view);
    try {
      const cid = await this.ensure();
      await api.sendTurn(cid, message.turn_id, message.text);
      connection.found();
      memory.dropUnsent(message.turn_id);
      if (run !== this.run) return;
      this.follow(cid, message, view);
      if (this.log.spokenAfter(view.node)) this.number(view.node);
    } catch (error) {
      if (run !== this.run) return;
      if (!(error instanceof api.ApiError)) {
        connection.lost();
        view.fail(NOT_SENT, null, again);
      } else if (gone(error) && mayRestart) {
        this.startAnew(message, view);
        await this.deliver(message, view, false);
      } else if (error.status === 413 || error.status === 422) {
        memory.dropUnsent(message.turn_id);
        view.node.remove();
        this.page.giveBack(message.text, error.message);
        if (error.help) this.log.card(error.help);
      } else {
        view.fail(error.message, error.help, again);
      }
    }
  }

  async ensure() {
    if (!this.cid) {
      const { conversation_id } = await api.startConversation();
      this.cid = conversation_id;
      memory.keepConversation(conversation_id);
      memory.keepLeftQuickly(false);
      this.feed.open(conversation_id, 0);
      this.page.changed();
    }
    return this.cid;
  }

  /** The service does not know this device or conversation any more. @param {Unsent} message @param {TurnView} view */
  startAnew(message, view) {
    this.cid = null;
    memory.keepConversation(null);
    this.feed.close();
    this.page.hands(null);
    this.log.forgetOrder();
    view.node.dataset.turn = message.turn_id;
    if (view.node.previousElementSibling) {
      this.log.note("The conversation above is over. This is a new one.");
      this.log.node.append(view.node);
    }
  }

  /** @param {string} cid @param {Unsent} message @param {TurnView} view */
  follow(cid, message, view) {
    const quiet = this.page.talking(); // a counsellor answers, so nothing is to be waited for
    const words = quiet ? DELIVERED : STATES.reading;
    view.state(words, !quiet);
    this.log.say(words);
    /** @param {() => void} act */
    const last = (act) => {
      this.streams.delete(stop);
      act();
    };
    const again = () => this.post(message, view);
    const stop = followTurn(cid, message.turn_id, {
      state: (name) => quiet || view.state(name === "writing" ? STATES.writing : STATES.reading),
      card: (card) => {
        view.card(card);
        this.page.cardShown();
      },
      sentence: (index, text) => view.sentence(index, text),
      done: (reply) => last(() => (connection.found(), view.done(reply, saying(cid, message.turn_id)))),
      failed: (words, help) => last(() => view.fail(words, help, again)),
      slow: () => quiet || view.state("This is taking longer than usual. Your message has arrived."),
      lost: () => last(() => (connection.lost(), view.fail(NO_REPLY, null, again))),
    });
    this.streams.add(stop);
  }

  /** Show a stored conversation again, and go on waiting for replies that were not there yet. @param {string} cid */
  async resume(cid) {
    this.forget();
    this.cid = cid;
    const run = this.run;
    let history;
    try {
      history = await api.readConversation(cid);
    } catch (error) {
      if (run !== this.run) return;
      if (gone(error)) this.cid = null;
      else {
        connection.lost();
        this.log.note("The earlier messages could not be loaded. Reload the page to try again.");
        this.feed.open(cid, 0);
      }
      if (!this.cid) memory.keepConversation(null);
      this.showUnsent(new Set());
      return this.page.changed();
    }
    if (run !== this.run) return;
    memory.keepConversation(cid);
    this.page.hands(history.ended_at ? null : history.hands);
    this.log.quietly(() => this.showAll(cid, history));
    const last = Math.max(0, ...history.lines.map((line) => line.seq));
    if (!history.ended_at) this.feed.open(cid, last);
    this.showUnsent(new Set(history.turns.map((turn) => turn.turn_id)));
    this.page.changed();
    if (history.ended_at) this.page.ended();
    this.log.toEnd();
  }

  /** @param {string} cid @param {import("./api.js").History} history */
  showAll(cid, { turns, lines }) {
    const said = [
      ...turns.map((turn) => ({ seq: turn.seq, show: () => this.show(cid, turn) })),
      ...lines.map((line) => ({ seq: line.seq, show: () => this.log.line(line) })),
    ];
    said.sort((one, other) => one.seq - other.seq).forEach(({ show }) => show());
  }

  /** @param {string} cid @param {import("./api.js").Turn} turn */
  show(cid, turn) {
    const view = this.log.add(turn.text, turn.turn_id, turn.seq);
    if (turn.reply) view.done(turn.reply, saying(cid, turn.turn_id));
    else this.follow(cid, turn, view);
  }

  /** Somebody else's words have come: shown at once, and moved if they were said before the newest turns. @param {import("./api.js").Spoken} line */
  async hear(line) {
    this.log.line(line);
    this.page.changed();
    unseen();
    for (const node of this.log.unnumbered()) {
      const seq = await this.number(node);
      if (seq && seq < line.seq) return;
    }
  }

  /** Ask for the number of a turn and seat it. @param {HTMLElement} node @returns {Promise<number>} 0 if it has none yet */
  async number(node) {
    const { cid, run } = this;
    if (!cid || !node.dataset.turn) return 0;
    try {
      const { seq } = await api.readTurn(cid, node.dataset.turn);
      if (run === this.run && node.dataset.turn) this.log.seat(node, seq);
      return seq;
    } catch {
      return 0; // it stays where it is
    }
  }

  /** @param {Set<string>} arrived ids the service has */
  showUnsent(arrived) {
    for (const message of memory.unsent()) {
      if (arrived.has(message.turn_id)) memory.dropUnsent(message.turn_id);
      else {
        const view = this.log.add(message.text, message.turn_id);
        view.fail(NOT_SENT, null, () => this.post(message, view));
      }
    }
  }

  async end() {
    if (!this.cid) return;
    try {
      await api.endConversation(this.cid);
      connection.found();
      this.feed.close();
      this.page.hands(null);
      this.page.ended();
    } catch (error) {
      if (error instanceof api.ApiError) this.log.note(error.message);
      else connection.lost();
    }
  }

  /** Let go of what is on the page. The service keeps it. */
  forget() {
    this.run += 1;
    for (const stop of this.streams) stop();
    this.streams.clear();
    this.outbox = Promise.resolve();
    this.cid = null;
    this.feed.close();
    this.page.hands(null);
    this.log.clear();
  }
}

/** What is said of something that was tried. @param {string} cid @param {string} tid */
const saying = (cid, tid) => (/** @type {string} */ helped) => api.sayHelped(cid, tid, helped);
