"""``python -m evals`` is ``handhold eval``."""

from evals.cli import app

app(prog_name="handhold eval")
