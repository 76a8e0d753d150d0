"""[choose] Which of what was found is offered: the first, unless answers of people may teach it (off by default)."""

from langgraph.runtime import Runtime

from agent.domain.risk import Tier
from agent.graph.state import Services, State
from agent.policy.choosing import choose as take
from agent.policy.choosing import context_of, menu
from agent.policy.contraindications import against


async def choose(state: State, runtime: Runtime[Services]) -> State:
    """Put what is offered first. Off at any risk, without a reading, and where there is nothing to choose among."""
    chooser, reading = runtime.context.chooser, state["reading"]
    calm = state["risk"].tier == Tier.NONE
    if chooser is None or reading is None or not calm or state["plan"].strategy != "offer_skill":
        return {}
    options = menu(state["passages"], against(state["message"].text, state["history"], state["risk"]))
    learned = chooser.newest()
    if len(options) < 2 or learned is None:  # noqa: PLR2004
        return {}
    choice = take(learned, [p.technique for p in options], context_of(reading), state["message"].turn_id)
    first = options[choice.taken]
    return {"choice": choice, "passages": (first, *(p for p in state["passages"] if p is not first))}
