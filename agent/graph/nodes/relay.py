"""[relay] A counsellor owns the conversation: the agent says nothing, and new risk still reaches the case."""

from langgraph.runtime import Runtime

from agent.domain.turn import Reply
from agent.graph.nodes.open_case import open_case
from agent.graph.state import Services, State


async def relay(state: State, runtime: Runtime[Services]) -> State:
    """No words. The message itself is stored already and stands in the counsellor's view."""
    silent = Reply("", (), "relay", state["risk"].tier, "listen")
    case = await open_case(state, runtime) if state["risk"].here.elevated else State()
    return {**case, "reply": silent}
