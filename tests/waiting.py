"""Waiting for what happens by itself, with an end."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from databases import rows

_DUE = (
    "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' "
    "OR (status = 'todo' AND coalesce(scheduled_at, now()) <= now())"
)


async def eventually(holds: Callable[[], bool | Awaitable[bool]], seconds: float = 15.0) -> None:
    """Wait until something holds; fail when it does not in time."""
    end = time.monotonic() + seconds
    while True:
        held = holds()
        if await held if isinstance(held, Awaitable) else held:
            return
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.05)


async def until_idle(conninfo: str, seconds: float = 15.0) -> None:
    """Wait until the worker has done every job that is due: what did not happen by then will not."""
    await eventually(lambda: rows(conninfo, _DUE) == [(0,)], seconds)
