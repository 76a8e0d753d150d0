/**
 * Two people write in one plan. A part that only one of them changed is theirs; a part that both changed differently stays
 * as it is written here, and the other's words are shown beside it. Nothing is lost.
 *
 * @typedef {Record<string, string>} Parts
 *
 * @param {Parts} base what both started from
 * @param {Parts} mine as it stands in the boxes
 * @param {Parts} theirs as it was saved meanwhile
 * @returns {{parts: Parts, beside: Parts}} ``beside``: their words for parts that both changed
 */
export function merge(base, mine, theirs) {
  /** @type {Parts} */
  const parts = {};
  /** @type {Parts} */
  const beside = {};
  for (const name of Object.keys(theirs)) {
    const here = (mine[name] ?? "").trim();
    const untouched = here === (base[name] ?? "").trim();
    parts[name] = untouched ? theirs[name] : mine[name];
    if (!untouched && here !== theirs[name].trim() && theirs[name] !== base[name]) beside[name] = theirs[name];
  }
  return { parts, beside };
}
