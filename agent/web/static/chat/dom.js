/** Building elements. Data becomes text nodes and attributes only, never markup. */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/**
 * The element with this id. Throws if the template has lost it.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`no element #${id}`);
  return node;
}

/**
 * A button that does one thing.
 * @param {string} label
 * @param {() => void} act
 * @param {string} [classes]
 */
export function button(label, act, classes = "button") {
  const node = el("button", { type: "button", class: classes }, label);
  node.addEventListener("click", act);
  return node;
}

/**
 * Words a screen reader says and the eye does not see. They have a direction of their own, so that they do not decide
 * the one of the words around them (dir="auto").
 * @param {string} text
 */
export const spoken = (text) => el("span", { class: "visually-hidden", dir: "ltr" }, text);
