"""Handhold: the agent. One composition root (``bootstrap``), one page of state machine (``graph/graph.py``)."""

from agent.settings import silence

silence()
