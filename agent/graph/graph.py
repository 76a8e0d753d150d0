"""THE page: the whole state machine of a turn.

Compiled without a checkpointer: the turn row is the checkpoint (docs/adr/0002). Nodes are idempotent on the turn, so a
turn that a crash left unanswered is run again from the top. The drawing of this graph in docs/graph.mmd is held equal
to it by a test.
"""

from typing import Literal

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agent.graph.nodes.answer import answer
from agent.graph.nodes.assess import assess_risk
from agent.graph.nodes.choose import choose
from agent.graph.nodes.crisis_reply import crisis_reply
from agent.graph.nodes.generate import generate
from agent.graph.nodes.guard import guard
from agent.graph.nodes.open_case import open_case
from agent.graph.nodes.plan import make_plan
from agent.graph.nodes.read import read
from agent.graph.nodes.relay import relay
from agent.graph.nodes.retrieve import retrieve
from agent.graph.state import Services, State

Graph = CompiledStateGraph[State, Services, State, State]


def after_assess(state: State) -> Literal["relay", "open_case", "plan"]:
    """A counsellor talks with the person; or somebody is in danger or asks for a person; or neither."""
    held = state["held"]
    if held is not None and not held.drafting:
        return "relay"
    return "open_case" if state["risk"].tier.elevated or state["asked"] else "plan"


def after_guard(state: State) -> Literal["open_case", "relay", "answer"]:
    """Risk that only the draft brought to light goes the way of all risk."""
    return "open_case" if state["risk"].tier.elevated else or_relay(state)


def or_relay(state: State) -> Literal["relay", "answer"]:
    """While a counsellor talks, what the agent would say is a draft for them and no answer."""
    return "relay" if state["held"] is not None else "answer"


def build() -> Graph:
    """Draw and compile."""
    graph = StateGraph(State, context_schema=Services)
    graph.add_node("read", read)
    graph.add_node("assess", assess_risk)
    graph.add_node("relay", relay)
    graph.add_node("open_case", open_case)
    graph.add_node("crisis_reply", crisis_reply)
    graph.add_node("plan", make_plan)
    graph.add_node("retrieve", retrieve)
    graph.add_node("choose", choose)
    graph.add_node("generate", generate)
    graph.add_node("guard", guard)
    graph.add_node("answer", answer)

    graph.add_edge(START, "read")
    graph.add_edge("read", "assess")
    graph.add_conditional_edges("assess", after_assess)
    graph.add_edge("open_case", "crisis_reply")
    graph.add_edge("plan", "retrieve")
    graph.add_edge("retrieve", "choose")
    graph.add_edge("choose", "generate")
    graph.add_edge("generate", "guard")
    graph.add_conditional_edges("guard", after_guard)
    graph.add_conditional_edges("crisis_reply", or_relay)
    graph.add_edge("relay", "answer")
    graph.add_edge("answer", END)
    return graph.compile()
