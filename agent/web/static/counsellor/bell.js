/**
 * Rings when the server says "look again": over a feed that reconnects by itself and rings once whenever it opens, so that
 * nothing is missed in between; and every few seconds whatever the feed does.
 */

const WITH_FEED_MS = 20_000;
const WITHOUT_MS = 5000;
const REOPEN_MS = 5000;

/** @param {string} url @param {() => Promise<void>} look */
export function bell(url, look) {
  let open = false;
  let looking = false;
  let again = false;
  /** @type {number | undefined} */
  let timer;

  async function ring() {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    clearTimeout(timer);
    do {
      again = false;
      await look();
    } while (again);
    looking = false;
    timer = setTimeout(ring, open ? WITH_FEED_MS : WITHOUT_MS);
  }

  function connect() {
    const feed = new EventSource(url);
    feed.addEventListener("changed", () => {
      open = true;
      ring();
    });
    feed.addEventListener("error", () => {
      open = false;
      ring();
      // A lost line is taken up again by the browser; an answer that was no feed is not.
      if (feed.readyState === EventSource.CLOSED) setTimeout(connect, REOPEN_MS);
    });
  }

  connect();
  timer = setTimeout(ring, WITHOUT_MS);
}
