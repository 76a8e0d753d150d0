"""The doorbell: LISTEN on one connection, wake whoever waits for a topic. Rows are the truth; a bell says only "look".

Triggers ring it (migration 0006), in the commit that changes the rows, so no writer can forget. Topics: ``desk`` (cases
or who is on duty), ``duty`` (who is on duty), ``case:ID``, ``talk:CONVERSATION``, ``person:ID``.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from agent.ending import asked_to_end

log = logging.getLogger("handhold.storage")
AGAIN_SECONDS = 1.0


class Bell:
    """One for a process. Whoever waits looks again anyway after a while: a bell that is not heard delays, no more."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self.closed = False

    @contextmanager
    def hear(self, *topics: str) -> Iterator[asyncio.Event]:
        """An event that is set when one of the topics rings. Clear it before looking at the rows."""
        event = asyncio.Event()
        for topic in topics:
            self._waiting.setdefault(topic, set()).add(event)
        try:
            yield event
        finally:
            for topic in topics:
                self._waiting[topic].discard(event)
                if not self._waiting[topic]:
                    del self._waiting[topic]

    def listeners(self, topic: str) -> int:
        """How many wait for a topic in this process."""
        return len(self._waiting.get(topic, ()))

    async def listen(self) -> None:
        """Listen for ever; after a lost connection everybody looks, because something may have rung meanwhile."""
        while not asked_to_end():
            try:
                async with await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
                    await connection.execute("LISTEN handhold")
                    self._ring_all()
                    async for notice in connection.notifies():
                        for event in self._waiting.get(notice.payload, ()):
                            event.set()
            except (psycopg.Error, OSError) as error:
                log.warning("bell_lost", extra={"code": type(error).__name__})
            await asyncio.sleep(AGAIN_SECONDS)

    def close(self) -> None:
        """No more bells: whoever waits looks once more and ends."""
        self.closed = True
        self._ring_all()

    def _ring_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()


async def rings(event: asyncio.Event, seconds: float) -> bool:
    """Wait for a bell, at most so long; whether it rang. It is cleared: look at the rows after this."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    event.clear()
    return True
