"""How long people in danger wait for a counsellor, by staffing and by how readily the reader alarms: a simulation.

``docs/evals/queue.md`` says what it rests on and what it cannot say.
"""
