"""[relay] A counsellor talks with the person: the agent says nothing, and new risk still reaches the case."""

from dataclasses import replace

from langgraph.runtime import Runtime

from agent.domain.risk import Tier
from agent.domain.turn import Reply
from agent.graph.nodes.crisis_reply import show_card
from agent.graph.nodes.open_case import open_case
from agent.graph.state import Services, State


async def relay(state: State, runtime: Runtime[Services]) -> State:
    """No words; the message itself stands in the counsellor's view. High risk that is new shows the help card.

    What the agent would have said, if it was asked to draft, becomes a draft for the counsellor.
    """
    services, risk = runtime.context, state["risk"]
    drafted = state.get("reply")
    card = risk.here >= Tier.HIGH and show_card(risk, state["history"], services.card_again_after)
    silent = Reply("", (), "relay", risk.tier, "listen", card=card)
    if drafted is not None:
        silent = replace(silent, model=drafted.model, prompt_hash=drafted.prompt_hash)
    case = await open_case(state, runtime) if risk.here.elevated and "case_id" not in state else State()
    return {**case, "drafted": drafted.text if drafted is not None else "", "reply": silent}
