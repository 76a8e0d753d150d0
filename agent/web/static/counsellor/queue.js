/**
 * Keeps the queue fresh without moving the reader. Rows are matched by case: a row that stays keeps its link, and with it
 * the focus. When the list cannot be refreshed the page says so loudly: a stale queue looks like a quiet night.
 */

import { bell } from "./bell.js";
import { localTimes } from "./times.js";

const STALE_MS = 20_000;
const TIERS = ["none", "low", "moderate", "high", "imminent"];

/** @param {HTMLElement} queue */
export function watchQueue(queue) {
  const title = document.title;
  const seen = new Map(rowsOf(queue).map((row) => [row.getAttribute("data-case"), state(row)]));
  let unread = 0;
  let freshAt = Date.now();

  async function refresh() {
    try {
      const response = await fetch(queue.dataset.refresh ?? "", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
      const next = new DOMParser().parseFromString(await response.text(), "text/html");
      if (response.status === 401 || response.status === 403 || (response.redirected && !next.querySelector("#case-list"))) {
        return location.reload();
      }
      if (!response.ok || !next.querySelector("#case-list")) throw new Error(`HTTP ${response.status}`);
      localTimes(next);
      merge(queue, next);
      freshAt = Date.now();
      announce();
    } catch {
      // Said below, once it has lasted.
    }
    sayFreshness(freshAt);
  }

  function announce() {
    const told = [];
    for (const row of rowsOf(queue)) {
      const id = row.getAttribute("data-case");
      const before = seen.get(id);
      const news = whatIsNew(before, state(row));
      seen.set(id, state(row));
      // What was new of it before may not be true any more: somebody took it, or has looked.
      if (!same(before, state(row))) row.querySelector(".tag.new")?.remove();
      if (!news) continue;
      row.querySelector(".case-link")?.after(newTag(news.tag));
      told.push(`${news.words}: ${row.getAttribute("data-tier")}, ${row.getAttribute("data-domains")}.`);
    }
    if (!told.length || queue.dataset.show !== "live") return;
    unread += told.length;
    document.title = `(${unread} new) ${title}`;
    say(told.join(" "));
  }

  function read() {
    if (document.hidden || !unread) return;
    unread = 0;
    document.title = title;
  }

  document.addEventListener("visibilitychange", read);
  for (const event of ["pointerdown", "keydown"]) document.addEventListener(event, read);
  bell(queue.dataset.events ?? "", refresh);
}

/** @param {string} words */
function newTag(words) {
  const tag = document.createElement("span");
  tag.className = "tag new";
  tag.textContent = words;
  return tag;
}

/** @param {ParentNode} root */
const rowsOf = (root) => Array.from(root.querySelectorAll("[data-case]"));

/** @param {Element} row */
const state = (row) => ({
  tier: TIERS.indexOf(row.getAttribute("data-tier") ?? ""),
  waits: row.getAttribute("data-status") === "open",
  look: row.hasAttribute("data-look"),
});

/** @param {State | undefined} before @param {State} now */
const same = (before, now) => before?.tier === now.tier && before.waits === now.waits && before.look === now.look;

/** @typedef {ReturnType<typeof state>} State @param {State | undefined} before @param {State} now */
function whatIsNew(before, now) {
  if (!before) return { tag: "New", words: "New case" };
  if (now.tier > before.tier) return { tag: "Worse", words: "Worse now" };
  if (now.waits && !before.waits) return { tag: "Waits again", words: "Waits again" };
  if (now.look && !before.look) return { tag: "Second look", words: "A second look is wanted" };
  return null;
}

/** @param {string} words */
function say(words) {
  const news = document.getElementById("news");
  if (news) news.textContent = words;
}

/** @param {number} freshAt */
function sayFreshness(freshAt) {
  const time = new Date(freshAt).toLocaleTimeString();
  const stale = document.getElementById("stale");
  const fresh = document.getElementById("freshness");
  const isStale = Date.now() - freshAt > STALE_MS;
  if (fresh) fresh.textContent = isStale ? "" : `Refreshes by itself. Last: ${time}.`;
  if (!stale || stale.hidden === !isStale) return;
  stale.textContent = isStale
    ? `This list has not been refreshed since ${time}. New cases may be missing. Reload the page, or check the server.`
    : "";
  stale.hidden = !isStale;
}

/** @param {HTMLElement} queue @param {Document} next */
function merge(queue, next) {
  for (const part of ["#queue-head", "#queue-foot"]) swap(queue.querySelector(part), next.querySelector(part));
  const list = queue.querySelector("#case-list");
  const focused = document.activeElement;
  if (!list) return;
  const old = new Map(Array.from(list.children, (row) => [row.getAttribute("data-case"), row]));
  const rows = Array.from(next.querySelectorAll("#case-list > [data-case]"), (row) => {
    const kept = old.get(row.getAttribute("data-case"));
    return kept ? update(kept, row) : document.adoptNode(row);
  });
  const same = rows.length === list.children.length && rows.every((row, at) => row === list.children[at]);
  if (same) return;
  list.replaceChildren(...rows);
  if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
}

/** @param {Element} kept @param {Element} row */
function update(kept, row) {
  kept.className = row.className;
  for (const name of ["data-tier", "data-domains", "data-status"]) kept.setAttribute(name, row.getAttribute(name) ?? "");
  kept.toggleAttribute("data-look", row.hasAttribute("data-look"));
  for (const part of kept.querySelectorAll("[data-part]")) {
    swap(part, row.querySelector(`[data-part="${part.getAttribute("data-part")}"]`));
  }
  return kept;
}

/** @param {Element | null} old @param {Element | null} next */
function swap(old, next) {
  if (old && next && old.textContent !== next.textContent) old.replaceChildren(...next.childNodes);
}
