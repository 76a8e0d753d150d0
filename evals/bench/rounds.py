"""Runs all measurements interleaved: each round does a slice of every one in turn, so that noise hits all alike."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Protocol

from evals.bench.figures import Result


class MeasureError(RuntimeError):
    """This measurement cannot go on; the words are for the report. The others do."""


class Measurement(Protocol):
    """Something that is measured a slice at a time."""

    @property
    def name(self) -> str:
        """What ``--only`` calls it."""
        ...

    def open(self) -> None:
        """Bring up what is measured, and warm it. Untimed."""
        ...

    def slice(self, number: int, of: int) -> None:
        """The share of round ``number`` (from 0) of ``of``."""
        ...

    def close(self) -> None:
        """Take down what ``open`` brought up, also when that failed half-way."""
        ...

    def results(self) -> list[Result]:
        """What was seen so far; figures are None where nothing was."""
        ...


def run(measurements: Sequence[Measurement], rounds: int, say: Callable[[str], None]) -> list[Result]:
    """All results, in the order of the measurements. A measurement that fails is reported as not measured."""
    failed: dict[str, str] = {}
    with ExitStack() as stack:
        for measurement in measurements:
            say(f"setting up {measurement.name}")
            stack.callback(measurement.close)
            _guarded(measurement, measurement.open, failed)
        for number in range(rounds):
            for measurement in measurements:
                if measurement.name not in failed:
                    say(f"round {number + 1} of {rounds}: {measurement.name}")
                    _guarded(measurement, partial(measurement.slice, number, rounds), failed)
        return [result for m in measurements for result in _results(m, failed.get(m.name))]


def _guarded(measurement: Measurement, step: Callable[[], None], failed: dict[str, str]) -> None:
    try:
        step()
    except (MeasureError, OSError) as error:
        failed[measurement.name] = f"{type(error).__name__}: {error}"


def _results(measurement: Measurement, failure: str | None) -> list[Result]:
    found = measurement.results()
    if failure is None:
        return found
    return [replace(result, figure=None, notes=(*result.notes, f"not measured: {failure}")) for result in found]
