"""``handhold serve``: listen, start, say where, and stop cleanly."""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType

import uvicorn

from agent.api.app import create
from agent.bootstrap import PATIENCE_SECONDS, Application
from agent.commands.allocator import tighten
from agent.errors import HandholdError, NotReady
from agent.observability.logs import configure
from agent.settings import Settings
from agent.storage import embedded

log = logging.getLogger("handhold.serve")
GRACE_SECONDS = 8


def run(settings: Settings) -> None:
    """Serve until a signal ends it."""
    configure(settings.log_level)
    tighten()
    asyncio.run(_serve(settings))


class Server(uvicorn.Server):
    """uvicorn, but a signal only asks it to end: it does not kill us before we have put everything away."""

    def __init__(self, config: uvicorn.Config, application: Application) -> None:
        super().__init__(config)
        self._application = application

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Feeds that would go on for ever end first: their clients come back by themselves."""
        self._application.bell.close()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM; a second one stops at once."""
        loop = asyncio.get_running_loop()
        for kind in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(kind, self.handle_exit, kind, None)
        yield


async def _serve(settings: Settings) -> None:
    where = _listen(settings)
    application = Application(settings)
    server = Server(
        uvicorn.Config(
            create(application), log_config=None, access_log=False, server_header=False, lifespan="on",
            timeout_graceful_shutdown=GRACE_SECONDS, proxy_headers=False,
        ),
        application,
    )  # fmt: skip
    serving = asyncio.create_task(server.serve(sockets=[where]))
    starting = asyncio.create_task(_start(application, where))
    await asyncio.wait({serving, starting}, return_when=asyncio.FIRST_COMPLETED)
    failure = starting.exception() if starting.done() and not starting.cancelled() else None
    if failure is not None:
        server.should_exit = True
    await serving
    starting.cancel()
    await application.stop()
    if settings.database.url is None and not isinstance(failure, NotReady):
        await asyncio.to_thread(embedded.stop, settings.data_dir)
    if failure is not None:
        raise failure


async def _start(application: Application, where: socket.socket) -> None:
    await application.start()
    host, port = where.getsockname()[:2]
    address = f"http://{host}:{port}"
    print(f"\n  Handhold is ready: {address}")
    link = await first_link(application, address)
    if link:
        print(f"  Make the first counsellor's account (works once, for 24 hours): {link}")
    else:
        print(f"  Counsellors: {address}/counsellor")
    print("  Stop with Ctrl+C.\n", flush=True)
    await application.warm()


async def first_link(application: Application, address: str) -> str:
    """A one-time link while there is no account; empty afterwards."""
    async with application.services.database.unit_of_work() as work:
        if await work.counsellors.any():
            return ""
        token = await work.counsellors.invite(datetime.now(UTC))
        await work.commit()
    return f"{address}/counsellor/setup?token={token}"


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.server.host else socket.AF_INET
    where = socket.socket(family, socket.SOCK_STREAM)
    where.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    until = time.monotonic() + PATIENCE_SECONDS
    try:
        while not _bound(where, settings, last=time.monotonic() >= until):
            time.sleep(0.1)
    except OSError as error:
        where.close()
        raise HandholdError(
            f"Port {settings.server.port} on {settings.server.host} is taken. "
            "Stop what uses it, or choose another: HANDHOLD_SERVER__PORT=8001"
        ) from error
    where.set_inheritable(True)
    return where


def _bound(where: socket.socket, settings: Settings, *, last: bool) -> bool:
    """Whether the port is ours now. The ``last`` try raises ``OSError``."""
    try:
        where.bind((settings.server.host, settings.server.port))
        where.listen(128)
    except OSError:
        if last:
            raise
        return False
    return True
