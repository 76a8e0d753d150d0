"""[assess] Signals and history become a tier; the deciding is done by the pure function in ``agent.safety``."""

from datetime import UTC, datetime

from langgraph.runtime import Runtime

from agent.graph.state import Services, State
from agent.policy.plan import asks_for_person
from agent.safety.assess import Signals, assess, stepped_down


async def assess_risk(state: State, runtime: Runtime[Services]) -> State:
    """Assess this turn, after the step-down rule has looked at what stood before."""
    services = runtime.context
    standing = stepped_down(state["standing"], datetime.now(UTC), services.risk_policy)
    signals = Signals(state["message"].text, state["reading"], state["cues"])
    elsewhere = state.get("elsewhere", ())
    risk = assess(signals, state["history"], standing, services.hints, services.risk_policy, elsewhere)
    text = state["message"].text
    asked = asks_for_person(text, state["reading"], services.straight.asked(text))
    return {"standing": standing, "risk": risk, "stepped_down": standing != state["standing"], "asked": asked}
