"""[plan] What the reply is for."""

from dataclasses import replace
from datetime import UTC, datetime

from langgraph.runtime import Runtime

from agent.care.in_chat import due, unfinished
from agent.care.remember import to_come_back_to
from agent.domain.risk import Tier
from agent.domain.turn import Plan
from agent.graph.state import Services, State
from agent.policy.contraindications import against
from agent.policy.plan import plan


async def make_plan(state: State, runtime: Runtime[Services]) -> State:
    """Strategy and skill by the rules of ``agent.policy``."""
    runtime.stream_writer({"state": "writing"})
    text, noted = state["message"].text, state.get("noted", False)
    asked = runtime.context.straight.asked(text)
    known = [s.practice for s in state.get("practices", ())]
    now = datetime.now(UTC)
    asked_back = due(known, now)
    chosen = plan(
        text, state["reading"], state["history"], state["risk"], noted=noted, asked=asked, left=unfinished(known),
        set_out=asked_back.intends if asked_back else "", against=against(text, state["history"], state["risk"]),
    )  # fmt: skip
    return {"plan": with_note(chosen, state, now)}


def with_note(chosen: Plan, state: State, now: datetime) -> Plan:
    """Come back to something told before: at the hello of a new chat, and where something that helps is looked for."""
    notes, here = state.get("notes") or (), state["message"].conversation_id
    if state["risk"].tier > Tier.LOW or chosen.set_out or chosen.resume is not None:
        return chosen
    if chosen.strategy == "greet" and not state["history"]:
        return replace(chosen, note=to_come_back_to(notes, ("talk", "person", "goal"), here, now))
    if chosen.strategy == "offer_skill" and not any(p.startswith("note/") for t in state["history"] for p in t.pieces):
        return replace(chosen, note=to_come_back_to(notes, ("helped",), here, now))
    return chosen
