"""Prepares the lessons of a closed case: its flagged messages, de-identified, with labels that its outcome suggests.

Of danger that was missed, what the person said before it was flagged is prepared as well. Nothing leaves by this: each
waits for a supervisor (``agent/api/routes/lessons.py``), and ``handhold lessons`` writes what was approved.
"""

from typing import cast
from uuid import UUID, uuid4

from procrastinate import App, RetryStrategy

from agent.domain.lesson import Lesson
from agent.domain.risk import Tier
from agent.privacy.deidentify import deidentify
from agent.storage.repositories.lessons import PREPARE, Closed
from agent.storage.repositories.turns import StoredTurn
from agent.storage.unit_of_work import Database, UnitOfWork
from classifiers.evidence import SHOWN
from classifiers.labels import Domain

#: Messages before the first flagged one that count as missed.
MISSED = 6


def register(app: App, database: Database) -> None:
    """Bind the job, which is deferred in the commit that closes a case."""

    @app.task(name=PREPARE, retry=RetryStrategy(max_attempts=20, exponential_wait=2))
    async def prepare_lessons(case_id: str) -> None:
        await prepare(database, UUID(case_id))


async def prepare(database: Database, case_id: UUID) -> None:
    """Prepare what is not prepared yet. Nothing if the case has opened again meanwhile."""
    async with database.unit_of_work() as work:
        case = await work.lessons.closed(case_id)
        if case is None:
            return
        scenario = f"deployment-{uuid4().hex[:12]}"
        for turn in await _turns(work, case):
            await work.lessons.add(case, turn.id, _lesson(turn, case, scenario))
        await work.commit()


async def _turns(work: UnitOfWork, case: Closed) -> list[StoredTurn]:
    flagged = [turn for turn_id in case.flagged if (turn := await work.turns.get(turn_id)) is not None]
    if case.outcome != "missed" or not flagged:
        return flagged
    message = await work.turns.message(flagged[0].id)
    before = [t for t in await work.turns.of(message.conversation_id) if t.seq < message.seq]
    return [*before[-MISSED:], *flagged]


def _lesson(turn: StoredTurn, case: Closed, scenario: str) -> Lesson:
    """Labels to begin with: what the program read, but for a false alarm none at all."""
    read = turn.tier if turn.tier is not None else Tier.NONE
    tier = Tier.NONE if case.outcome == "false_alarm" else read
    reading = turn.reading
    return Lesson(
        text=deidentify(turn.text),
        tier=tier.label,
        domains=cast("tuple[Domain, ...]", case.domains) if tier != Tier.NONE else (),
        whose="self" if tier != Tier.NONE else "none",
        when="now" if tier != Tier.NONE else "none",
        intent=reading.intent.label if reading else "vent",
        signs=tuple(s.label for s in reading.signs if s.score >= SHOWN) if reading else (),
        reason="",
        scenario=scenario,
        language=reading.language if reading else "en",
        read=read.label,
    )
