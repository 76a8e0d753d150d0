"""Where notices go: a loopback server that takes, refuses, delays, loses and doubles them, and logs each one."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Literal
from uuid import UUID

from evals.drill.journal import Journal, Notified

SECRET: Final = "a secret of the drill and of nothing else"  # noqa: S105  (signs nothing outside of a drill)
Manner = Literal["kind", "mixed", "deaf", "slow"]
#: What becomes of a notice and how often, by manner. ``lost`` and ``doubled`` are answered with success.
ODDS: Final[dict[Manner, dict[str, float]]] = {
    "kind": {"taken": 1},
    "mixed": {"taken": 6, "refused": 2, "cut": 1, "late": 2, "lost": 2, "doubled": 2, "unanswered": 0.3},
    "deaf": {"refused": 3, "cut": 1},
    "slow": {"late": 1},
}
_LATEST: Final = 0.8


class Sink:
    """Receives what the webhook sends. ``delivered`` is called with the case's link as often as a notice arrives."""

    def __init__(self, journal: Journal, chance: random.Random, delivered: Callable[[str], None]) -> None:
        self._journal = journal
        self._chance = chance
        self._delivered = delivered
        self._server: asyncio.Server | None = None
        self.manner: Manner = "mixed"
        self.counts: dict[str, int] = {}

    async def open(self) -> str:
        """Listen; returns the address."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/notice"

    async def close(self) -> None:
        """No more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head.splitlines()[1:])}
            body = await reader.readexactly(int(headers["content-length"]))
            await self._take(headers, body, writer)
        with suppress(OSError):
            writer.close()
            await writer.wait_closed()

    async def _take(self, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter) -> None:
        odds = ODDS[self.manner]
        fate = self._chance.choices(list(odds), list(odds.values()))[0]
        self.counts[fate] = self.counts.get(fate, 0) + 1
        if fate == "late":
            await asyncio.sleep(self._chance.random() * _LATEST)
        taken = fate in {"taken", "late", "lost", "doubled"}
        link = json.loads(body)["data"]["link"]
        self._journal.notified(Notified(UUID(headers["webhook-id"]), link, time.time(), taken, _signed(headers, body)))
        if fate == "unanswered":
            await asyncio.sleep(2)
        if fate not in {"cut", "unanswered"}:
            status = "200 OK" if taken else "503 Service Unavailable"
            writer.write(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
            await writer.drain()
        for _ in range({"taken": 1, "late": 1, "doubled": 2}.get(fate, 0)):
            self._delivered(link)


def _signed(headers: dict[str, str], body: bytes) -> bool:
    given = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = base64.b64encode(hmac.new(SECRET.encode(), given, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(headers["webhook-signature"], f"v1,{right}")
