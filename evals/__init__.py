"""Evals: suites on the real graph, people who are simulated, audits, benches and drills. Nothing of it is served."""

from agent.settings import silence

silence()  # before anything that would report home is imported
