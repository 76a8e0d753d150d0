"""Reminders by e-mail that people asked for. Nothing depends on it, and nothing waits for it."""
