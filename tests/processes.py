"""More than one process of the product on one database, as the scale-out profile has it."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import httpx
import uvicorn

from agent.api.app import create
from agent.bootstrap import Application, Models
from agent.commands.serve import Server
from agent.settings import Settings


@asynccontextmanager
async def process(settings: Settings, models: Models) -> AsyncIterator[tuple[Application, httpx.AsyncClient]]:
    """A whole application of its own, and HTTP to it."""
    application = Application(settings)
    try:
        await application.start(models)
        async with http(application) as client:
            yield application, client
    finally:
        await application.stop()


def beside(settings: Settings) -> Settings:
    """Settings of a further process on the same database: its own folder, the same key."""
    folder = settings.data_dir.with_name(f"{settings.data_dir.name}-{uuid4().hex}")
    return settings.model_copy(update={"data_dir": folder, "master_key_file": settings.key_file})


@asynccontextmanager
async def served(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """The application behind the real server, on a Unix socket: streams without end, and ones cut while they run."""
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "http")
        server = Server(uvicorn.Config(create(application), uds=path, log_config=None, lifespan="off"), application)
        serving = asyncio.create_task(server.serve())
        async with asyncio.timeout(10):
            while not server.started:  # noqa: ASYNC110  (uvicorn has no event to wait for)
                await asyncio.sleep(0.01)
        transport = httpx.AsyncHTTPTransport(uds=path)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=20) as client:
            try:
                yield client
            finally:
                server.handle_exit(signal.SIGTERM, None)
                await serving


def http(application: Application) -> httpx.AsyncClient:
    """HTTP in process; what escapes a route is seen as a client would see it."""
    transport = httpx.ASGITransport(create(application), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
