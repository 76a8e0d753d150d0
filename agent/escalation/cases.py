"""TX2: the case of a turn, and the bell for it, in one commit."""

from dataclasses import replace
from uuid import UUID

from agent.domain.risk import Driver, RiskAssessment, Tier
from agent.domain.turn import Message
from agent.storage.unit_of_work import Database

RING, CLIMB = "ring_case", "climb"


async def open_case(database: Database, message: Message, risk: RiskAssessment, model_version: str) -> UUID:
    """Open the person's case or add this turn to it; durable when this returns.

    A calm message under a risk that stands adds nothing to a case that is open already.
    """
    async with database.unit_of_work() as work:
        calm = not risk.here.elevated and all(d.source != "asked" for d in risk.drivers)
        standing = await work.cases.live_case_of(message.person_id) if calm else None
        if standing is not None:
            return standing
        case_id, written = await work.cases.open_or_add(message, risk, model_version)
        if written:
            await work.defer(RING, case_id=str(case_id))
        await work.commit()
    return case_id


def asked_for(risk: RiskAssessment, words: str) -> RiskAssessment:
    """The same assessment of somebody who asked for a person: reason enough for a case, at low risk if at none."""
    driver = Driver("asked", Tier.LOW, "asked to talk to a person", words)
    return replace(risk, tier=max(risk.tier, Tier.LOW), drivers=(driver, *risk.drivers))
