"""[open_case] TX2: the case is committed before any byte of the reply. If that fails, it is spooled to disk."""

import asyncio
import logging
from uuid import UUID

from langgraph.runtime import Runtime

from agent.domain.risk import RiskAssessment
from agent.domain.turn import Message
from agent.escalation import cases
from agent.graph.failures import STORAGE_FAILED
from agent.graph.state import Services, State

log = logging.getLogger("handhold.graph")


async def open_case(state: State, runtime: Runtime[Services]) -> State:
    """``case_id`` is None when nobody can be said to have been told; ``case_lost`` when not even the disk took it."""
    message, risk = state["message"], state["risk"]
    asked = state.get("asked", False)
    case_id, kept = await keep_case(runtime.context, message, cases.asked_for(risk, message.text) if asked else risk)
    return {"case_id": case_id, "case_lost": not kept}


async def keep_case(services: Services, message: Message, risk: RiskAssessment) -> tuple[UUID | None, bool]:
    """Store the case, or keep it safe on disk until it can be. Its id if stored, and whether it is kept at all."""
    version = services.sensor.version
    try:
        stored = cases.open_case(services.database, message, risk, version)
        return await asyncio.wait_for(stored, services.limits.store), True
    except STORAGE_FAILED as error:
        log.critical("case_not_stored", extra={"code": type(error).__name__, "turn_id": str(message.turn_id)})
    try:
        await asyncio.to_thread(services.spool.put, message, risk, version)
    except OSError as error:
        log.critical("case_not_spooled", extra={"code": type(error).__name__, "turn_id": str(message.turn_id)})
        return None, False
    return None, True
