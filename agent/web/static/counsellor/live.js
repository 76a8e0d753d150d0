/**
 * Keeps a case's page true without taking away what is being written. Parts marked data-live are swapped for the server's;
 * a part with a data-key only when its key has changed, and then the words in its boxes are carried over.
 */

import { bell } from "./bell.js";
import { highlightDrivers } from "./highlight.js";
import { offerWords } from "./saved.js";
import { stay } from "./stay.js";
import { localTimes } from "./times.js";
import { setUpWriting } from "./write.js";

const STALE_MS = 20_000;

/** @param {HTMLElement} page */
export function watchCase(page) {
  let freshAt = Date.now();

  async function look() {
    try {
      const response = await fetch(`${page.dataset.page}?again=true`, { cache: "no-store", signal: AbortSignal.timeout(10_000) });
      const next = new DOMParser().parseFromString(await response.text(), "text/html");
      if (response.redirected && !next.querySelector("#case")) return location.reload();
      if (!response.ok || !next.querySelector("#case")) throw new Error(`HTTP ${response.status}`);
      localTimes(next);
      swapAll(next);
      freshAt = Date.now();
    } catch {
      // Said below, once it has lasted.
    }
    const stale = document.getElementById("stale");
    if (!stale) return;
    stale.hidden = Date.now() - freshAt < STALE_MS;
    stale.textContent = stale.hidden ? "" : "This page has not been refreshed for a while. New messages may be missing. Check the server.";
  }

  bell(page.dataset.events ?? "", look);
}

/** @param {Document} next */
function swapAll(next) {
  const before = count();
  const atEnd = innerHeight + scrollY > document.documentElement.scrollHeight - 200;
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = next.getElementById(part.id);
    if (!(part instanceof HTMLElement) || !fresh) continue;
    if (part.dataset.key === undefined ? part.innerHTML !== fresh.innerHTML : part.dataset.key !== fresh.dataset.key) swap(part, fresh);
  }
  highlightDrivers();
  setUpWriting();
  offerWords();
  const added = count() - before;
  if (added > 0) say(`${added} new in the conversation.`);
  if (added > 0 && atEnd) document.getElementById("write")?.scrollIntoView({ block: "end" });
}

/** @param {HTMLElement} part @param {HTMLElement} fresh */
function swap(part, fresh) {
  const written = new Map(Array.from(part.querySelectorAll("textarea"), (box) => [box.id, box.value]));
  const focused = document.activeElement?.id;
  part.replaceChildren(...document.adoptNode(fresh).childNodes);
  if (fresh.dataset.key !== undefined) part.dataset.key = fresh.dataset.key;
  for (const [id, value] of written) restore(part, id, value);
  const again = focused ? document.getElementById(focused) : null;
  if (again && part.contains(again)) again.focus({ preventScroll: true });
  const held = part.querySelector("#stay");
  if (held instanceof HTMLElement) stay(held);
}

/** Words whose box is gone are shown, to be copied. @param {HTMLElement} part @param {string} id @param {string} value */
function restore(part, id, value) {
  if (!value.trim()) return;
  const box = part.querySelector(`#${id}`);
  if (box instanceof HTMLTextAreaElement) {
    box.value = value;
    return;
  }
  const kept = document.createElement("blockquote");
  kept.dir = "auto";
  kept.textContent = value;
  const why = document.createElement("p");
  why.textContent = "This case has changed. What you wrote was not sent. Copy it if you need it:";
  part.append(why, kept);
}

const count = () => document.querySelectorAll("#talk > li").length;

/** @param {string} words */
function say(words) {
  const news = document.getElementById("news");
  if (news) news.textContent = words;
}
