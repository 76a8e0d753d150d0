/** The reminder: by e-mail where the service can send it, or as a file for the person's own calendar. */

import { ApiError, call, uuid4 } from "../chat/api.js";
import { byId, el } from "../chat/dom.js";
import { calendar } from "./calendar.js";

/** @typedef {{available: boolean, state: "none" | "waiting" | "on", email: string, at: string, days: number[], zone: string,
 *   quiet_from: string, quiet_to: string}} Reminder */

const PATH = "/v1/reminder";
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const STATES = {
  none: "",
  waiting: "A letter is on its way to you. Press the link in it, and the reminders will come. If none has come within a quarter of an hour, look among unwanted mail; a reminder that you asked for earlier may still be on, too.",
  on: "It is on.",
};
/** @param {string} id */
const field = (id) => /** @type {HTMLInputElement} */ (byId(id));
/** @param {string} words */
const say = (words) => {
  byId("reminder-state").textContent = words;
};

const chosen = () =>
  [...byId("days").querySelectorAll("input")].filter((box) => box.checked).map((box) => Number(box.value));

/** @param {Reminder} reminder */
function draw(reminder) {
  const days = reminder.state === "none" ? DAYS.keys() : reminder.days;
  const wanted = new Set(days);
  byId("days").replaceChildren(
    ...DAYS.map((name, n) => {
      const box = el("input", { type: "checkbox", value: String(n) });
      box.checked = wanted.has(n);
      return el("label", { class: "choice" }, box, ` ${name}`);
    }),
  );
  byId("by-mail").hidden = !reminder.available;
  byId("ask").hidden = !reminder.available;
  byId("no-more").hidden = reminder.state === "none";
  byId("ask").textContent = reminder.state === "none" ? "Remind me by e-mail" : "Change it";
  if (reminder.state !== "none") {
    field("email").value = reminder.email;
    field("at").value = reminder.at;
    field("quiet-from").value = reminder.quiet_from;
    field("quiet-to").value = reminder.quiet_to;
  }
  say(STATES[reminder.state]);
}

/** @param {() => Promise<unknown>} deed */
async function tries(deed) {
  try {
    await deed();
    draw(await call("GET", PATH));
  } catch (error) {
    say(error instanceof ApiError ? error.message : "There is no network just now. Please try again.");
  }
}

export async function setUpReminder() {
  await tries(async () => undefined);
  byId("remind").addEventListener("submit", (event) => {
    event.preventDefault();
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const wanted = { email: field("email").value, at: field("at").value, days: chosen(), zone: timeZone, quiet_from: field("quiet-from").value, quiet_to: field("quiet-to").value };
    tries(() => call("PUT", PATH, wanted));
  });
  byId("no-more").addEventListener("click", () => tries(() => call("DELETE", PATH)));
  byId("calendar").addEventListener("click", () => {
    const days = chosen();
    if (!days.length || !field("at").value) return say("Choose a time and at least one day first.");
    const file = new Blob([calendar(field("at").value, days, new Date(), uuid4())], { type: "text/calendar" });
    const link = el("a", { href: URL.createObjectURL(file), download: "five-minutes.ics" });
    link.click();
    URL.revokeObjectURL(link.href);
    say("A file for your calendar was made. Open it to put the reminder in. It says “Five minutes” and no more.");
  });
}
