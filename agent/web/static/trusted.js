/** The page of the trusted contact: whom you named, naming somebody, taking it back. */

import { byId } from "./chat/dom.js";
import { setUpQuickExit } from "./chat/exit.js";

/**
 * @typedef {{called: string, name: string, how: string, email: string, phone: string, agreed_at: string,
 *   test: "none" | "waiting" | "sent" | "failed", tested_at: string | null}} Contact
 * @typedef {{available: boolean, version: string, contact: Contact | null, ended: {what: string, at: string} | null}} Trusted
 */

const PATH = "/v1/trusted-contact";
const LOOK_MS = 3000;
const FIELDS = ["called", "name", "how", "email", "phone"];
const form = /** @type {HTMLFormElement} */ (byId("form"));
const agreed = /** @type {HTMLInputElement} */ (byId("agreed"));
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {string} at */
const when = (at) => new Date(at).toLocaleString(undefined, { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (byId(id));

/** @param {string} method @param {string} [path] @param {object} [body] @returns {Promise<{status: number, data: any}>} */
async function call(method, path = PATH, body = undefined) {
  const headers = body ? { "content-type": "application/json" } : undefined;
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: "no-store", signal: AbortSignal.timeout(20_000) });
  return { status: answer.status, data: await answer.json() };
}

/** @param {Trusted} trusted */
function draw(trusted) {
  clearTimeout(timer);
  const { contact, ended, available } = trusted;
  byId("named").hidden = !contact;
  form.hidden = !available;
  byId("form-title").textContent = contact ? "Name somebody else, or change it" : "Name somebody";
  say(contact ? "" : endedWords(ended));
  if (!contact) return;
  byId("named-name").textContent = contact.name;
  byId("named-facts").textContent = [contact.how, contact.email, contact.phone, `You agreed on ${when(contact.agreed_at)}.`].filter(Boolean).join(" · ");
  byId("named-test").textContent = testWords(contact);
  byId("again").hidden = contact.test === "waiting" || !available;
  if (contact.test === "waiting") timer = setTimeout(look, LOOK_MS);
}

/** @param {Contact} contact */
function testWords(contact) {
  const at = contact.tested_at ? when(contact.tested_at) : "";
  if (contact.test === "sent") return `The first message went out on ${at}. They have not said no.`;
  if (contact.test === "waiting") return "The first message is on its way.";
  return "The first message could not be sent. Check the address. Until it has gone out, they cannot be reached.";
}

/** @param {{what: string, at: string} | null} ended */
function endedWords(ended) {
  if (ended?.what === "refused") {
    return `The person you named said no on ${when(ended.at)}. That can have many reasons, and need not be about you. You can name somebody else.`;
  }
  return ended?.what === "revoked" ? `You took it back on ${when(ended.at)}. Nobody is named, and their address is deleted.` : "";
}

/** @param {string} words */
function say(words) {
  byId("state").textContent = words;
}

/** @param {string} words */
function complain(words) {
  byId("problem").textContent = words;
  byId("problem").hidden = !words;
  if (words) byId("problem").scrollIntoView({ block: "nearest" });
}

/** @param {string} method @param {string} [path] @param {object} [body] @returns {Promise<boolean>} */
async function act(method, path, body) {
  complain("");
  try {
    const { status, data } = await call(method, path, body);
    if (status === 200) {
      draw(data);
      return true;
    }
    if (status === 401) {
      say("Start a conversation in the chat first, then come back here.");
      form.hidden = true;
    } else complain(data.error?.message ?? "That did not work. Please try again.");
  } catch {
    complain("Handhold cannot be reached just now. Nothing was changed. Please try again.");
  }
  return false;
}

const look = () => act("GET");

setUpQuickExit();
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { ...Object.fromEntries(FIELDS.map((id) => [id, input(id).value])), agreed: agreed.checked, version: form.dataset.version };
  if (!(await act("PUT", PATH, body))) return;
  form.reset();
  byId("named").scrollIntoView({ block: "center" });
});
byId("revoke").addEventListener("click", () => act("DELETE"));
byId("again").addEventListener("click", () => act("POST", `${PATH}/test`));
look();
