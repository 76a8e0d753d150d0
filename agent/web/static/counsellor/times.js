/** Times in the reader's own clock. The server's words stay where a time cannot be read. */

/** @param {Date} at */
function short(at) {
  const today = at.toDateString() === new Date().toDateString();
  const time = at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  return today ? time : `${at.toLocaleDateString(undefined, { day: "numeric", month: "short" })}, ${time}`;
}

/** @param {ParentNode} root */
export function localTimes(root) {
  for (const node of root.querySelectorAll("time[datetime]")) {
    const at = new Date((node.getAttribute("datetime") ?? "").replace(" ", "T"));
    if (Number.isNaN(at.getTime())) continue;
    node.textContent = short(at);
    node.setAttribute("title", at.toLocaleString());
  }
}
