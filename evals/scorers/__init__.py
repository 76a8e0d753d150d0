"""Deterministic scorers of replies and of what was recorded with them."""
