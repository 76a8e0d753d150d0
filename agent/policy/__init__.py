"""Chooses what a reply is for: strategy and skill, by rules (a bounded bandit comes later)."""
