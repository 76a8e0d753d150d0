/** A line in the log that is no turn: a counsellor's words, or a notice that the conversation changed hands. */

import { el, spoken } from "./dom.js";

/** @param {import("./api.js").Spoken} line */
export function drawLine({ kind, author, text }) {
  if (kind === "notice") return el("p", { class: "change", dir: "auto" }, text);
  return el(
    "article",
    { class: "counsellor" },
    el("p", { class: "who" }, el("bdi", {}, author ?? ""), ", counsellor", spoken(", wrote: ")),
    el("div", { class: "answer", dir: "auto" }, text),
  );
}
