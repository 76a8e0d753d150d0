"""[answer] TX3: reply, reading and standing risk in one commit. What stands already stays: a turn has one reply."""

from datetime import UTC, datetime

from langgraph.runtime import Runtime

from agent.domain.risk import RiskAssessment, Standing
from agent.graph.state import Services, State


async def answer(state: State, runtime: Runtime[Services]) -> State:
    """Commit the reply; returns the one that stands."""
    message, risk, now = state["message"], state["risk"], datetime.now(UTC)
    async with runtime.context.database.unit_of_work() as work:
        reply = await work.turns.answer(message, state["reply"], risk.here, state["reading"], now)
        held = holding(state["standing"], risk)
        await work.people.hold(message.person_id, held.tier, held.domains, held.calm_turns, now)
        await work.commit()
    return {"reply": reply}


def holding(standing: Standing, risk: RiskAssessment) -> Standing:
    """What holds after this turn: elevated risk is kept with its domains; calm turns are counted under it."""
    if not risk.tier.elevated:
        return Standing()
    calm = 0 if risk.here.elevated else standing.calm_turns + 1
    return Standing(risk.tier, risk.domains, standing.since, calm)
