/** A reminder as a file for the person's own calendar: nothing of it is kept here, and its title says nothing. */

const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const WEEK = 7;

/** @param {Date} day @param {string} at  as "19:00" */
const stamp = (day, at) => {
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${day.getFullYear()}${two(day.getMonth() + 1)}${two(day.getDate())}T${at.replace(":", "")}00`;
};

/**
 * RFC 5545, in floating local time: it rings by the clock of the place where the person is.
 * @param {string} at @param {number[]} days  Monday is 0 @param {Date} now @param {string} uid
 */
export function calendar(at, days, now, uid) {
  const first = new Date(now);
  while (!days.includes((first.getDay() + WEEK - 1) % WEEK)) first.setDate(first.getDate() + 1);
  return [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Handhold//EN",
    "BEGIN:VEVENT",
    `UID:${uid}`,
    `DTSTAMP:${now.toISOString().replace(/[-:]|\.\d+/g, "")}`,
    `DTSTART:${stamp(first, at)}`,
    "DURATION:PT5M",
    `RRULE:FREQ=WEEKLY;BYDAY=${days.map((day) => DAYS[day]).join(",")}`,
    "SUMMARY:Five minutes",
    "TRANSP:TRANSPARENT",
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    "DESCRIPTION:Five minutes",
    "TRIGGER:PT0M",
    "END:VALARM",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ].join("\r\n");
}
