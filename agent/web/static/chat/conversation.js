/**
 * The conversation on this page: starting, sending, resuming, ending.
 *
 * A message shows at once, is kept in the tab until the service has confirmed it, and carries an id chosen here, so that
 * sending it again is always safe.
 *
 * @typedef {import("./turn.js").TurnView} TurnView
 * @typedef {import("./memory.js").Unsent} Unsent
 * @typedef {{giveBack: (text: string, why: string) => void, ended: () => void, changed: () => void,
 *   cardShown: () => void}} Page
 */

import * as api from "./api.js";
import * as connection from "./connection.js";
import * as memory from "./memory.js";
import { followTurn } from "./stream.js";

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
  }

  /** @param {string} text */
  send(text) {
    const message = { turn_id: api.uuid4(), text };
    memory.keepUnsent(message);
    this.post(message, this.log.add(text));
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
      if (run === this.run) this.follow(cid, message, view);
    } catch (error) {
      if (run !== this.run) return;
      if (!(error instanceof api.ApiError)) {
        connection.lost();
        view.fail(NOT_SENT, null, again);
      } else if (gone(error) && mayRestart) {
        this.startAnew(view);
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
      this.page.changed();
    }
    return this.cid;
  }

  /** The service does not know this device or conversation any more. @param {TurnView} view */
  startAnew(view) {
    this.cid = null;
    memory.keepConversation(null);
    if (view.node.previousElementSibling) {
      this.log.note("The conversation above is over. This is a new one.");
      this.log.node.append(view.node);
    }
  }

  /** @param {string} cid @param {Unsent} message @param {TurnView} view */
  follow(cid, message, view) {
    view.state(STATES.reading);
    this.log.say(STATES.reading);
    /** @param {() => void} act */
    const last = (act) => {
      this.streams.delete(stop);
      act();
    };
    const again = () => this.post(message, view);
    const stop = followTurn(cid, message.turn_id, {
      state: (name) => view.state(name === "writing" ? STATES.writing : STATES.reading),
      card: (card) => {
        view.card(card);
        this.page.cardShown();
      },
      sentence: (index, text) => view.sentence(index, text),
      done: (reply) => last(() => (connection.found(), view.done(reply))),
      failed: (words, help) => last(() => view.fail(words, help, again)),
      slow: () => view.state("This is taking longer than usual. Your message has arrived."),
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
      }
      if (!this.cid) memory.keepConversation(null);
      this.showUnsent(new Set());
      return this.page.changed();
    }
    if (run !== this.run) return;
    memory.keepConversation(cid);
    this.log.quietly(() => history.turns.forEach((turn) => this.show(cid, turn)));
    this.showUnsent(new Set(history.turns.map((turn) => turn.turn_id)));
    this.page.changed();
    if (history.ended_at) this.page.ended();
    this.log.toEnd();
  }

  /** @param {string} cid @param {import("./api.js").Turn} turn */
  show(cid, turn) {
    const view = this.log.add(turn.text);
    if (turn.reply) view.done(turn.reply);
    else this.follow(cid, turn, view);
  }

  /** @param {Set<string>} arrived ids the service has */
  showUnsent(arrived) {
    for (const message of memory.unsent()) {
      if (arrived.has(message.turn_id)) memory.dropUnsent(message.turn_id);
      else {
        const view = this.log.add(message.text);
        view.fail(NOT_SENT, null, () => this.post(message, view));
      }
    }
  }

  async end() {
    if (!this.cid) return;
    try {
      await api.endConversation(this.cid);
      connection.found();
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
    this.log.clear();
  }
}
