"""The state machine (``graph.py``), its nodes, and the runner that owns every turn."""
