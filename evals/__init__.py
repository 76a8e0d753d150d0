"""Evaluation: benches now, suites and scorers with later issues."""
