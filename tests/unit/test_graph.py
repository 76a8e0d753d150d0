"""The page and its drawing stay the same thing."""

from pathlib import Path

from agent.graph.graph import build

DRAWING = Path(__file__).parent.parent.parent / "docs" / "graph.mmd"


def test_the_drawing_in_docs_is_the_graph_that_runs() -> None:
    assert build().get_graph().draw_mermaid().strip() == DRAWING.read_text("utf-8").strip()


def test_there_is_no_checkpointer() -> None:
    assert build().checkpointer is None


def test_every_way_ends_in_a_stored_answer() -> None:
    drawn = build().get_graph()
    into_end = {edge.source for edge in drawn.edges if edge.target == "__end__"}
    assert into_end == {"answer"}


def test_no_edge_leads_from_danger_to_a_generator() -> None:
    drawn = build().get_graph()
    reached, frontier = set(), {"open_case"}
    while frontier:
        reached |= frontier
        frontier = {e.target for e in drawn.edges if e.source in frontier} - reached
    assert {"generate", "retrieve", "plan"}.isdisjoint(reached)
