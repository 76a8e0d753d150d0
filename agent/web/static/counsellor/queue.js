/**
 * Keeps the queue fresh without moving the reader. Rows are matched by case: a row that stays keeps its link, and with it
 * the focus. When the list cannot be refreshed the page says so loudly: a stale queue looks like a quiet night.
 */

import { bell } from "./bell.js";
import { localTimes } from "./times.js";

const STALE_MS = 20_000;

/** @param {HTMLElement} queue */
export function watchQueue(queue) {
  const title = document.title;
  const seen = new Set(ids(queue));
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
    const rows = Array.from(queue.querySelectorAll("[data-case]"));
    const added = rows.filter((row) => !seen.has(row.getAttribute("data-case") ?? ""));
    for (const row of added) {
      seen.add(row.getAttribute("data-case") ?? "");
      row.querySelector(".case-link")?.after(newTag());
    }
    if (!added.length || queue.dataset.show !== "live") return;
    unread += added.length;
    document.title = `(${unread} new) ${title}`;
    say(added.map((row) => `New case: ${row.getAttribute("data-tier")}, ${row.getAttribute("data-domains")}.`).join(" "));
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

function newTag() {
  const tag = document.createElement("span");
  tag.className = "tag new";
  tag.textContent = "New";
  return tag;
}

/** @param {ParentNode} root */
const ids = (root) => Array.from(root.querySelectorAll("[data-case]"), (row) => row.getAttribute("data-case") ?? "");

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
  for (const name of ["data-tier", "data-domains"]) kept.setAttribute(name, row.getAttribute(name) ?? "");
  for (const part of kept.querySelectorAll("[data-part]")) {
    swap(part, row.querySelector(`[data-part="${part.getAttribute("data-part")}"]`));
  }
  return kept;
}

/** @param {Element | null} old @param {Element | null} next */
function swap(old, next) {
  if (old && next && old.textContent !== next.textContent) old.replaceChildren(...next.childNodes);
}
