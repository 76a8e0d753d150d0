"""[read] All sensors at once; each may fail to Unknown, which the assessment treats as a reason for caution."""

import asyncio
import logging
from collections.abc import Sequence

from langgraph.runtime import Runtime

from agent.domain.turn import talk
from agent.graph.failures import part_failed
from agent.graph.state import Services, State
from classifiers.reading import TextReading

log = logging.getLogger("handhold.graph")


async def read(state: State, runtime: Runtime[Services]) -> State:
    """Text reader and lexicon side by side."""
    services, text, before = runtime.context, state["message"].text, talk(state["history"])
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_text(services, text, before))
        cues = group.create_task(asyncio.to_thread(services.lexicon.cues, text))
    return {"reading": reading.result(), "cues": cues.result()}


async def _text(services: Services, text: str, before: Sequence[str]) -> TextReading | None:
    try:
        return await asyncio.wait_for(services.sensor.read(text, before), services.limits.read)
    except part_failed() as error:
        log.warning("sensor_failed", extra={"code": type(error).__name__, "part": "text"})
        return None
