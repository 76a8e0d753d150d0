"""``handhold train text``: measure the shipped weights; fitting is ``make train`` (it needs the training extra)."""

from pathlib import Path

from agent.errors import BadInput
from agent.safety.assess import RiskPolicy
from classifiers.text import WEIGHTS


def run(data: Path, fp32: Path | None, *, evaluate: bool, thresholds: bool) -> None:
    """Print what was asked for."""
    from classifiers.train import evaluate as figures  # noqa: PLC0415

    if thresholds:
        figures.sweep(WEIGHTS)
    if evaluate:
        if not (data / "goemotions" / "test.tsv").exists():
            raise BadInput(f"{data} holds no goemotions/test.tsv. Give the folder with --data.")
        figures.run(data, fp32, RiskPolicy.load().at_least)
    if not evaluate and not thresholds:
        raise BadInput("Say --evaluate or --thresholds. To fit the reader again: make train")
