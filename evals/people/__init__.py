"""Simulated people: who they are, and what they write next when the program has answered."""
