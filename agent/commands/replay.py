"""``handhold replay``: the real graph over given conversations, on a scratch database that is thrown away."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from uuid import UUID, uuid4

from agent.api.schemas import MAX_TEXT
from agent.bootstrap import Application
from agent.commands.lines import BadLine, LineIn, open_both, read, write
from agent.domain.turn import Reply
from agent.errors import BadInput
from agent.settings import Settings
from agent.storage import embedded


def run(settings: Settings, source: Path, out: Path, generator: str) -> None:
    """Start a scratch product, play every line, stop it."""
    kinds = ("embedded", "openai", "authored", "scripted")
    if generator and generator not in kinds:
        raise BadInput(f"--generator is one of {', '.join(kinds)}.")
    with TemporaryDirectory(prefix="handhold-replay-") as folder, ExitStack() as stack:
        reader, writer = open_both(source, out, stack)
        chosen = {"kind": generator} if generator else {}
        scratch = settings.model_copy(
            update={
                "data_dir": Path(folder) / "data",
                "master_key_file": None,
                "database": settings.database.model_copy(update={"url": None}),
                "generator": settings.generator.model_copy(update=chosen),
            }
        )
        asyncio.run(_play(scratch, reader, writer))


async def _play(settings: Settings, source: IO[str], out: IO[str]) -> None:
    application = Application(settings)
    try:
        await application.start()
        await application.warm()
        for line in read(source):
            write(out, line.out() if isinstance(line, BadLine) else await conversation(application, line))
            out.flush()
    finally:
        await application.stop()
        await asyncio.to_thread(embedded.stop, settings.data_dir)


async def conversation(application: Application, line: LineIn) -> dict[str, object]:
    """One conversation by a new person; the assistant's turns of the input are left out, ours take their place."""
    services, runner = application.services, application.running()
    async with services.database.unit_of_work() as work:
        person, _ = await work.people.create()
        started = await work.conversations.start(person, line.locale[:35], services.helplines.country_of(line.locale))
        await work.commit()
    replies = []
    for turn in line.turns:
        if turn.role == "user":
            text = turn.text[:MAX_TEXT] if turn.text.strip() else " "
            turn_id = await runner.receive(started.id, person, uuid4(), text)
            replies.append(_reply_out(await final_reply(application, turn_id)))
    async with services.database.unit_of_work() as work:
        standing = await work.people.standing(person)
        case_id = await work.cases.live_case_of(person)
        turns = await work.turns.of(started.id)
    last = max(standing.tier, turns[-1].tier or standing.tier) if turns else standing.tier
    return {"id": line.id, "tier": last.label, "case_id": str(case_id) if case_id else None, "replies": replies}


async def final_reply(application: Application, turn_id: UUID) -> Reply:
    """Wait for a turn's reply."""
    async for step in application.running().follow(turn_id):
        if isinstance(step, Reply):
            return step
    raise RuntimeError("a turn ended without a reply")


def _reply_out(reply: Reply) -> dict[str, object]:
    return {
        "text": reply.text, "origin": reply.origin, "tier": reply.tier.label, "strategy": reply.strategy,
        "passages": list(reply.passages), "card": reply.card,
    }  # fmt: skip
