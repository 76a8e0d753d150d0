"""[plan] What the reply is for."""

from datetime import UTC, datetime

from langgraph.runtime import Runtime

from agent.care.in_chat import due, unfinished
from agent.graph.state import Services, State
from agent.policy.contraindications import against
from agent.policy.plan import plan


async def make_plan(state: State, runtime: Runtime[Services]) -> State:
    """Strategy and skill by the rules of ``agent.policy``."""
    runtime.stream_writer({"state": "writing"})
    text, noted = state["message"].text, state.get("noted", False)
    asked = runtime.context.straight.asked(text)
    known = [s.practice for s in state.get("practices", ())]
    asked_back = due(known, datetime.now(UTC))
    chosen = plan(
        text, state["reading"], state["history"], state["risk"], noted=noted, asked=asked, left=unfinished(known),
        set_out=asked_back.intends if asked_back else "", against=against(text, state["history"], state["risk"]),
    )  # fmt: skip
    return {"plan": chosen}
