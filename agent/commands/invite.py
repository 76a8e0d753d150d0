"""``handhold invite``: a one-time link for a new counsellor."""

import asyncio
from datetime import UTC, datetime

from agent.commands.store import opened
from agent.settings import Settings


def run(settings: Settings, *, supervisor: bool = False) -> None:
    """Print the link. Works beside a running server: it only needs the database."""
    asyncio.run(_run(settings, supervisor=supervisor))


async def _run(settings: Settings, *, supervisor: bool) -> None:
    async with opened(settings) as store, store.unit_of_work() as work:
        token = await work.counsellors.invite(datetime.now(UTC), supervisor=supervisor)
        await work.commit()
    say_link(settings, token)


def say_link(settings: Settings, token: str) -> None:
    """Print a one-time link under the address that counsellors use."""
    print(f"{address(settings)}/counsellor/setup?token={token}")
    print("Works once, for 24 hours. Give it to the counsellor by a way that nobody else reads.")


def address(settings: Settings) -> str:
    """The public address if one was named, else where this server listens."""
    named = "base_url" in settings.alerts.model_fields_set
    return settings.alerts.base_url.rstrip("/") if named else f"http://{settings.server.host}:{settings.server.port}"
