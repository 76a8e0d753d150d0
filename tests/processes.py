"""More than one process of the product on one database, as the scale-out profile has it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from agent.api.app import create
from agent.bootstrap import Application, Models
from agent.settings import Settings


@asynccontextmanager
async def process(settings: Settings, models: Models) -> AsyncIterator[tuple[Application, httpx.AsyncClient]]:
    """A whole application of its own, and HTTP to it."""
    application = Application(settings)
    await application.start(models)
    try:
        async with http(application) as client:
            yield application, client
    finally:
        await application.stop()


def http(application: Application) -> httpx.AsyncClient:
    """HTTP in process; what escapes a route is seen as a client would see it."""
    transport = httpx.ASGITransport(create(application), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")
