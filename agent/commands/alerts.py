"""``handhold alerts test``: does an alert arrive? Sends one that says it is a test and prints each answer."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

from rich.console import Console
from rich.table import Table

from agent.escalation.alerts import configured
from agent.escalation.alerts.channels import Channel, Notice
from agent.settings import Settings


def run(settings: Settings, to: str = "") -> int:
    """Print the table; 1 if a channel failed or there is none."""
    channels = configured.channels(settings.alerts)
    console = Console(highlight=False)
    if not channels:
        console.print("No channel is set up: nobody would be told. See HANDHOLD_ALERTS__ in README.md.")
        return 1
    smtp = settings.alerts.smtp
    address = to or settings.alerts.outside or (smtp.sender if smtp is not None else None)
    link = f"{settings.alerts.base_url.rstrip('/')}/counsellor"
    answers = asyncio.run(_ask(channels, Notice(uuid4(), address, link, datetime.now(UTC), "test")))
    table = Table("channel", "to", "answer", box=None)
    for channel, failure in zip(channels, answers, strict=True):
        reader = address if channel.personal else "whoever looks there"
        table.add_row(channel.name, reader, "[red]failed[/]: " + failure if failure else "[green]taken[/]")
    console.print(table)
    console.print("Taken means handed over. Look that it arrived, and that it was noticed.", style="dim")
    return int(any(answers))


async def _ask(channels: tuple[Channel, ...], notice: Notice) -> list[str]:
    return list(await asyncio.gather(*(_failure(channel, notice) for channel in channels)))


async def _failure(channel: Channel, notice: Notice) -> str:
    """Empty if it was taken. Of an error only the kind: the words of a library may hold an address or a key."""
    try:
        return "" if await channel.send(notice) else "it has nobody to send it to"
    except OSError as error:
        return str(error) if type(error) is OSError else type(error).__name__
