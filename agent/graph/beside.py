"""What somebody writes beside the chat is read as carefully as a message, and becomes one when it speaks of danger.

So there is one way for danger, whatever page it is written on: the turn, the case, the ladder.
"""

import asyncio
import logging
from dataclasses import dataclass
from uuid import UUID

from agent.domain.risk import Standing
from agent.graph.failures import part_failed
from agent.graph.runner import Runner
from agent.graph.state import Services
from agent.safety.assess import Signals, assess
from classifiers.reading import TextReading

log = logging.getLogger("handhold.graph")


@dataclass(frozen=True, slots=True)
class TakenUp:
    """Where it was taken up: a message in the person's chat."""

    conversation_id: UUID
    turn_id: UUID


async def heed(runner: Runner, person_id: UUID, turn_id: UUID, text: str) -> TakenUp | None:
    """Read what was written; take it up in the chat, in the person's own words, if it speaks of danger."""
    services = runner.services
    signals = Signals(text, await _reading(services, text), services.lexicon.cues(text))
    risk = assess(signals, (), Standing(), services.hints, services.risk_policy)
    return await take_up(runner, person_id, turn_id, text) if risk.here.elevated else None


async def take_up(runner: Runner, person_id: UUID, turn_id: UUID, text: str) -> TakenUp:
    """Say it in the person's newest chat, or in a new one if that has ended. The same id is the same message."""
    async with runner.services.database.unit_of_work() as work:
        chat = await work.conversations.last(person_id)
        if chat.ended_at is not None:
            chat = await work.conversations.start(person_id, chat.locale, chat.country)
            await work.commit()
    await runner.receive(chat.id, person_id, turn_id, text)
    return TakenUp(chat.id, turn_id)


async def _reading(services: Services, text: str) -> TextReading | None:
    """None if the reader fails: caution is then raised by the assessment."""
    try:
        return await asyncio.wait_for(services.sensor.read(text), services.limits.read)
    except part_failed() as error:
        log.warning("sensor_failed", extra={"code": type(error).__name__, "part": "reader"})
        return None
