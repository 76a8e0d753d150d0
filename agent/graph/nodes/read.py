"""[read] All sensors at once; each may fail to Unknown, which the assessment treats as a reason for caution."""

import asyncio
import logging

from langgraph.runtime import Runtime

from agent.graph.failures import part_failed
from agent.graph.state import Services, State
from classifiers.reading import TextReading

log = logging.getLogger("handhold.graph")


async def read(state: State, runtime: Runtime[Services]) -> State:
    """Text reader and lexicon side by side."""
    services, text = runtime.context, state["message"].text
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_text(services, text))
        cues = group.create_task(asyncio.to_thread(services.lexicon.cues, text))
    return {"reading": reading.result(), "cues": cues.result()}


async def _text(services: Services, text: str) -> TextReading | None:
    try:
        return await asyncio.wait_for(services.sensor.read(text), services.limits.read)
    except part_failed() as error:
        log.warning("sensor_failed", extra={"code": type(error).__name__, "part": "text"})
        return None
