"""[plan] What the reply is for."""

from langgraph.runtime import Runtime

from agent.graph.state import Services, State
from agent.policy.plan import plan


async def make_plan(state: State, runtime: Runtime[Services]) -> State:
    """Strategy and skill by the rules of ``agent.policy``."""
    runtime.stream_writer({"state": "writing"})
    text, noted = state["message"].text, state.get("noted", False)
    asked = runtime.context.straight.asked(text)
    return {"plan": plan(text, state["reading"], state["history"], state["risk"], noted=noted, asked=asked)}
