"""``handhold lessons``: the messages that supervisors approved, in the form of the authored corpora."""

import asyncio
import json
from pathlib import Path

import agent
from agent.commands.store import opened
from agent.domain.lesson import line, problems
from agent.errors import BadInput
from agent.settings import Settings
from agent.storage.crypto import write_secret


def run(settings: Settings, target: Path) -> None:
    """Write ``target`` (mode 0600), never over another file and never among the program's own."""
    if target.exists():
        raise BadInput(f"{target} exists already. Choose another name.")
    if not target.parent.is_dir():
        raise BadInput(f"There is no folder {target.parent}.")
    program = Path(agent.__file__).resolve().parents[1]
    ours = {program / p for p in ("agent", "classifiers", "evals", "knowledge", "prompts")}
    if ours & set(target.resolve().parents):
        raise BadInput("Choose a place outside of the program: these words belong to your deployment alone.")
    rows = asyncio.run(_approved(settings))
    write_secret(target, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
    print(f"{len(rows)} messages written to {target}. They are no longer encrypted: keep the file to yourself.")


async def _approved(settings: Settings) -> list[dict[str, object]]:
    async with opened(settings) as store, store.unit_of_work() as work:
        return [line(one.lesson) for one in await work.lessons.listed("approved") if not problems(one.lesson)]
