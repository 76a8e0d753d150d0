"""``handhold counsellors``: who has an account; end one; a link for a new password. Works beside a running server."""

import asyncio
from datetime import UTC, datetime

from agent.commands.invite import say_link
from agent.commands.store import opened
from agent.settings import Settings


def listed(settings: Settings) -> None:
    """Print every account."""
    asyncio.run(_listed(settings))


def end(settings: Settings, email: str) -> None:
    """End an account: no sign-in and no session from here on; their cases go back to the top of the queue."""
    asyncio.run(_end(settings, email.strip().lower()))


def reset(settings: Settings, email: str) -> None:
    """Print a link for a new password. The old one and all sessions end now."""
    asyncio.run(_reset(settings, email.strip().lower()))


async def _listed(settings: Settings) -> None:
    async with opened(settings) as store, store.unit_of_work() as work:
        found = await work.counsellors.listed()
    for one in found:
        role = "supervisor" if one.supervisor else "counsellor"
        print(f"{one.email}  {one.name}  {role if one.disabled_at is None else f'ended {one.disabled_at:%Y-%m-%d}'}")
    if not found:
        print("Nobody yet. Make the first account with: handhold invite")


async def _end(settings: Settings, email: str) -> None:
    async with opened(settings) as store, store.unit_of_work() as work:
        await work.claims.abandon(await work.counsellors.disable(email, datetime.now(UTC)))
        left = [one for one in await work.counsellors.listed() if one.disabled_at is None]
        await work.commit()
    print(f"Ended: {email}. Whatever they had in hand goes back to the top of the queue within seconds.")
    if not any(one.supervisor for one in left):
        print("Nobody who is left is a supervisor. Invite one: handhold invite --supervisor")


async def _reset(settings: Settings, email: str) -> None:
    async with opened(settings) as store, store.unit_of_work() as work:
        token = await work.counsellors.reset(email, datetime.now(UTC))
        await work.commit()
    say_link(settings, token)
