/**
 * Writing to the person and among counsellors without leaving the page. A message keeps its id until it has arrived, and
 * its words stay in this tab until then (drafts.js): also when the session has ended or the network is gone.
 */

import { uuid4 } from "../chat/api.js";
import { dropDraft } from "./drafts.js";

const SIGNED_OUT = "This was not sent: you are signed out. Your words are kept in this tab. Reload the page, and sign in again.";
const FORMS = { "reply-form": "reply", "aside-form": "aside" };

/** Can be called again after parts of the page were swapped. */
export function setUpWriting() {
  for (const [id, box] of Object.entries(FORMS)) {
    const form = document.getElementById(id);
    if (form instanceof HTMLFormElement && !form.dataset.ready) setUp(form, box);
  }
}

/** @param {HTMLFormElement} form @param {string} name */
function setUp(form, name) {
  form.dataset.ready = "yes";
  const box = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
  const problem = /** @type {HTMLElement} */ (document.getElementById(`${name}-problem`));
  const line = /** @type {HTMLInputElement} */ (form.elements.namedItem("line"));
  const send = /** @type {HTMLButtonElement} */ (form.querySelector("button"));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!box.value.trim() || send.disabled) return;
    send.disabled = true;
    problem.hidden = true;
    try {
      const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
      const headers = { "x-requested-with": "fetch" };
      const answer = await fetch(form.action, { method: "POST", body, headers, redirect: "manual", signal: AbortSignal.timeout(15_000) });
      if (answer.status === 401) throw new Error(SIGNED_OUT);
      if (answer.type !== "opaqueredirect") throw new Error(await complaint(answer));
      box.value = "";
      line.value = uuid4();
      dropDraft(form);
    } catch (error) {
      const words = error instanceof Error && error.name === "Error" ? error.message : "";
      problem.textContent = words || "This was not sent: the server cannot be reached. Your words are still here. Try again.";
      problem.hidden = false;
    }
    send.disabled = false;
    box.focus();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}

/** @param {Response} answer */
async function complaint(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector(".problem:not([hidden])")?.textContent ?? "This was not sent. Reload the page and try again.";
}
