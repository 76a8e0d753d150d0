"""[open_case] TX2: the case is committed before any byte of the reply. If that fails, it is spooled to disk."""

import asyncio
import logging
from uuid import UUID

from langgraph.runtime import Runtime
from psycopg import Error as PostgresError
from sqlalchemy.exc import SQLAlchemyError

from agent.domain.risk import RiskAssessment
from agent.domain.turn import Message
from agent.escalation import cases
from agent.graph.state import Services, State

log = logging.getLogger("handhold.graph")


async def open_case(state: State, runtime: Runtime[Services]) -> State:
    """``case_id`` is None when nobody can be said to have been told."""
    return {"case_id": await keep_case(runtime.context, state["message"], state["risk"])}


async def keep_case(services: Services, message: Message, risk: RiskAssessment) -> UUID | None:
    """Store the case, or keep it safe on disk until it can be stored."""
    version = services.sensor.version
    try:
        stored = cases.open_case(services.database, message, risk, version)
        return await asyncio.wait_for(stored, services.limits.store)
    except (SQLAlchemyError, PostgresError, OSError, TimeoutError) as error:
        log.critical("case_not_stored", extra={"code": type(error).__name__, "turn_id": str(message.turn_id)})
    try:
        await asyncio.to_thread(services.spool.put, message, risk, version)
    except OSError as error:
        log.critical("case_not_spooled", extra={"code": type(error).__name__, "turn_id": str(message.turn_id)})
    return None
