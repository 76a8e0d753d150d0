"""The nodes of a drill: forked, watched, started again the moment they die, and asked over their Unix sockets."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Self

import httpx

from evals.drill.failpoints import arm, disarm
from evals.drill.node import Orders

_POLL_SECONDS = 0.01
ANSWER_SECONDS = 6.0


class Parent:
    """The warm process that nodes are forked from."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    @classmethod
    async def start(cls) -> Self:
        """Load what takes time, once."""
        program = (sys.executable, "-m", "evals.drill.node")
        return cls(await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE, start_new_session=True))

    async def fork(self, orders: Orders) -> int:
        """A node; its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn:
            self._process.stdin.write(orders.line().encode())
            return int(await self._process.stdout.readline())

    async def close(self) -> None:
        """No more nodes."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


class Node:
    """One node over all its lives. ``up_since`` is None while it does not answer."""

    def __init__(self, name: str, orders: Orders, parent: Parent) -> None:
        self.name = name
        self.orders = orders
        self.control = Path(orders.control)
        self.http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=orders.socket), base_url="http://127.0.0.1", timeout=ANSWER_SECONDS,
            # Everybody in the drill asks through this: nobody may be given the cookie of somebody else.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )  # fmt: skip
        self.up_since: float | None = None
        self.restarts: list[float] = []
        self.lives = 0
        #: While this is so, a slow or failed start says nothing about the node.
        self.excused = False
        #: A point to be armed from the very beginning of the next life.
        self.next_point: str | None = None
        self.pid: int | None = None
        self.ready, self.died = asyncio.Event(), asyncio.Event()
        self._parent = parent
        self._keeper: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Live from now on, again and again."""
        self._keeper = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Not again."""
        assert self._keeper is not None
        self._keeper.cancel()
        with suppress(asyncio.CancelledError):
            await self._keeper
        self.kill()
        await self.http.aclose()

    def kill(self) -> bool:
        """SIGKILL; whether there was somebody to kill."""
        if self.pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
            return True
        return False

    def pause(self, kind: signal.Signals) -> None:
        """SIGSTOP or SIGCONT."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, kind)

    async def _keep(self) -> None:
        while True:
            begun, excused = time.monotonic(), self.excused
            disarm(self.control)
            if self.next_point is not None:
                arm(self.control, self.next_point, 1, server=False)
                self.next_point = None
            self.pid = await self._parent.fork(self.orders)
            self.lives += 1
            gone = asyncio.create_task(_end_of(self.pid))
            try:
                if await self._answers(gone):
                    if not (excused or self.excused) and self.lives > 1:
                        self.restarts.append(time.monotonic() - begun)
                    self.up_since = time.time()
                    self.ready.set()
                await gone
            finally:
                gone.cancel()
                self.up_since = None
                self.ready.clear()
            self.pid = None
            self.died.set()
            if self.excused:
                await asyncio.sleep(0.1)

    async def _answers(self, gone: asyncio.Task[None]) -> bool:
        """Wait for health; False if it dies before."""
        while not gone.done():
            with suppress(httpx.HTTPError):
                if (await self.http.get("/health", timeout=2)).status_code == httpx.codes.OK:
                    return True
            await asyncio.sleep(_POLL_SECONDS)
        return False


async def _end_of(pid: int) -> None:
    """Until the process is gone, however it went."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(handle, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
