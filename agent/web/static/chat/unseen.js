/** A dot in the tab's title when something came while the page was out of sight. It says nothing about what the page is. */

const TITLE = document.title;
const DOTTED = `• ${TITLE}`;

/** Something new is in the log. After a quick exit the title is another one, and stays so. */
export function unseen() {
  if (document.hidden && document.title === TITLE) document.title = DOTTED;
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && document.title === DOTTED) document.title = TITLE;
});
