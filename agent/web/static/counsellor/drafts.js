/**
 * Words in a form that is not saved yet stay in this tab: over a reload, and over a refresh of the page around them. They
 * are about a person, so they go when the counsellor signs out or closes the tab, and nobody else's sign-in sees them.
 *
 * @typedef {Record<string, string>} Values
 * @typedef {{base: string, from: Values, values: Values, sent: boolean}} Draft  ``from``: what the form held at first
 */

const DRAFT = "handhold.form.";
const OPEN = "handhold.form.open.";

/** @param {string} key @returns {any} */
function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} key @param {unknown} value */
function write(key, value) {
  try {
    if (value) sessionStorage.setItem(key, JSON.stringify(value));
    else sessionStorage.removeItem(key);
  } catch {
    // Storage is off or full. The form works without.
  }
}

/** @param {EventTarget | null} target @returns {HTMLFormElement | null} */
const draftForm = (target) => (target instanceof Element ? target.closest("form[data-draft]") : null);

/** @param {HTMLFormElement} form */
const keyOf = (form) => DRAFT + form.dataset.draft;

/** @type {WeakMap<HTMLFormElement, Values>} */
const first = new WeakMap();

/** @param {HTMLFormElement} form @returns {(HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement)[]} */
function controls(form) {
  const all = /** @type {any[]} */ (Array.from(form.elements));
  return all.filter((control) => control.name && control.type !== "hidden" && control.type !== "submit");
}

/** @param {HTMLFormElement} form */
function values(form) {
  /** @type {Values} */
  const found = {};
  for (const control of controls(form)) {
    if (control.type !== "radio" || /** @type {HTMLInputElement} */ (control).checked) found[control.name] = control.value;
  }
  return found;
}

/** @param {HTMLFormElement} form @param {Values} kept */
function fill(form, kept) {
  for (const control of controls(form)) {
    const value = kept[control.name];
    if (value === undefined) continue;
    if (control.type === "radio") /** @type {HTMLInputElement} */ (control).checked = control.value === value;
    else control.value = value;
  }
}

/** @param {HTMLFormElement} form @param {boolean} sent */
function keep(form, sent) {
  write(keyOf(form), { base: form.dataset.base, from: first.get(form), values: values(form), sent });
}

/** @param {HTMLFormElement} form */
function restore(form) {
  first.set(form, values(form));
  const draft = /** @type {Draft | null} */ (read(keyOf(form)));
  if (!draft) return;
  const same = JSON.stringify(draft.values) === JSON.stringify(values(form));
  const answered = draft.sent && draft.base !== form.dataset.base; // saved: the page shows it
  if (same || answered || "givenBack" in form.dataset) return write(keyOf(form), null);
  if (draft.base === form.dataset.base) {
    fill(form, draft.values);
    return say(form, form.dataset.back ?? "What you wrote here is back. It is not saved yet.");
  }
  offer(form, draft);
}

/** A newer version was saved meanwhile: both stay in reach. @param {HTMLFormElement} form @param {Draft} draft */
function offer(form, draft) {
  const note = say(form, "A newer version was saved while you were writing. ");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = "Bring back what I wrote";
  button.addEventListener("click", () => {
    fill(form, own(draft));
    keep(form, false);
    say(form, "What you wrote is back. It is not saved yet.");
  });
  note?.append(button);
}

/** Only what was changed here: the newer version keeps its answers to the other questions. @param {Draft} draft */
function own(draft) {
  return Object.fromEntries(Object.entries(draft.values).filter(([name, value]) => value !== draft.from?.[name]));
}

/** @param {HTMLFormElement} form @param {string} words */
function say(form, words) {
  const note = form.querySelector("[data-draft-note]");
  if (note) note.textContent = words;
  return note;
}

/** It has arrived. @param {HTMLFormElement} form */
export function dropDraft(form) {
  write(keyOf(form), null);
  say(form, "");
}

/** The case is somebody else's by now: what was written for it stays in reach. @param {HTMLElement} place */
function offerLost(place) {
  const key = DRAFT + place.dataset.kept;
  const words = /** @type {Draft | null} */ (read(key))?.values.words?.trim();
  if (!words || place.querySelector("form[data-draft]")) return;
  const why = document.createElement("p");
  why.textContent = "What you wrote here before. Look above whether it was sent, and copy it if you need it:";
  const kept = document.createElement("blockquote");
  kept.dir = "auto";
  kept.textContent = words;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = "Throw it away";
  button.addEventListener("click", () => {
    write(key, null);
    for (const part of [why, kept, button]) part.remove();
  });
  place.append(why, kept, button);
}

/** Brings back what was written, and what was open. Call it again for a part of the page that was replaced. */
export function keepDrafts(root = /** @type {ParentNode} */ (document)) {
  for (const form of root.querySelectorAll("form[data-draft]")) restore(/** @type {HTMLFormElement} */ (form));
  for (const place of root.querySelectorAll("[data-kept]")) offerLost(/** @type {HTMLElement} */ (place));
  for (const part of root.querySelectorAll("details.side-form")) {
    if (read(OPEN + location.pathname + part.id)) part.setAttribute("open", "");
  }
}

for (const happening of ["input", "change"]) {
  document.addEventListener(happening, (event) => {
    const form = draftForm(event.target);
    if (form) keep(form, false);
  });
}

document.addEventListener("submit", (event) => {
  const form = draftForm(event.target);
  if (form) return keep(form, true);
  const leaving = event.target instanceof HTMLFormElement && event.target.getAttribute("action") === "/counsellor/logout";
  if (leaving) forget();
});

document.addEventListener(
  "toggle",
  (event) => {
    const part = event.target;
    if (part instanceof HTMLDetailsElement && part.matches(".side-form")) {
      write(OPEN + location.pathname + part.id, part.open);
    }
  },
  true,
);

function forget() {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(DRAFT)) sessionStorage.removeItem(key);
  } catch {
    // Storage is off: there is nothing to forget.
  }
}
