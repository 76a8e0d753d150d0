"""``handhold feedback``: what people and counsellors said, as numbers, for a report of the evals."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

from agent.commands.store import opened
from agent.settings import Settings
from agent.storage.repositories.opinions import Opinions


def run(settings: Settings, target: Path) -> None:
    """Write the counts as JSON; ``-`` is standard output."""
    text = json.dumps(asdict(asyncio.run(_counted(settings))), indent=1) + "\n"
    if target == Path("-"):
        print(text, end="")
    else:
        target.write_text(text, "utf-8")


async def _counted(settings: Settings) -> Opinions:
    async with opened(settings) as store, store.unit_of_work() as work:
        return await work.opinions.counted()
