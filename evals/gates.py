"""What must hold for a release: bounds on the limits of intervals, in ``gates.toml``. Red where too little was seen."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from evals.cases import WRITTEN
from evals.results import Results

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)


class Gate(BaseModel):
    """One bound. On ``code``: a share of the cases of ``suites``; or on a ``measure``.

    Where no suite is named, what must never happen is judged on all of them, and a share on the written ones: the many
    talks of one simulated person are alike.

    ``at_least`` bounds the lower limit of the 95 % interval. ``wrong`` is how many cases may be wrong at most.
    ``at_most`` bounds the upper limit of a measure. ``cases``: seen fewer, it is red.
    """

    model_config = _STRICT

    name: str
    why: str
    code: str = ""
    measure: str = ""
    suites: tuple[str, ...] = ()
    at_least: Annotated[float, Field(ge=0, le=1)] | None = None
    at_most: float | None = None
    wrong: Annotated[int, Field(ge=0)] | None = None
    cases: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _one_bound(self) -> "Gate":
        if bool(self.code) == bool(self.measure):
            raise ValueError(f"{self.name}: a code or a measure")
        if sum(bound is not None for bound in (self.at_least, self.at_most, self.wrong)) != 1:
            raise ValueError(f"{self.name}: exactly one of at_least, at_most and wrong")
        if (self.wrong is not None and self.measure) or (self.at_most is not None and self.code):
            raise ValueError(f"{self.name}: 'wrong' is for a code, 'at_most' for a measure")
        return self


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate and what was found. ``open`` means that it holds."""

    gate: Gate
    open: bool
    found: str


_GATES: Final = TypeAdapter(tuple[Gate, ...])


def gates(path: Path | None = None) -> tuple[Gate, ...]:
    """The gates, those of the project unless another file is named; ``ValueError`` says what is wrong with one."""
    text = files("evals").joinpath("gates.toml").read_text("utf-8") if path is None else path.read_text("utf-8")
    found = _GATES.validate_python(tomllib.loads(text)["gate"])
    names = [gate.name for gate in found]
    if len(set(names)) < len(names):
        raise ValueError(f"two gates have one name: {sorted({n for n in names if names.count(n) > 1})}")
    return found


def judge(gate: Gate, results: Results, *, part: bool = False) -> Judged:
    """Whether a gate holds. What was not looked at does not. ``part``: of few cases, the share itself is judged."""
    return _measure(gate, results) if gate.measure else _share(gate, results, part=part)


def _share(gate: Gate, results: Results, *, part: bool) -> Judged:
    share = results.share(gate.code, gate.suites or (() if gate.wrong is not None else WRITTEN))
    said = f"{share.right} of {share.of} cases"
    if share.of < gate.cases:
        return Judged(gate, open=False, found=f"{said}: fewer than {gate.cases} were looked at")
    if gate.wrong is not None:
        return Judged(gate, share.of - share.right <= gate.wrong, f"{said}, at most {gate.wrong} wrong")
    assert gate.at_least is not None
    low, high = share.interval
    bounded = share.right / share.of if part else low
    return Judged(gate, bounded >= gate.at_least, f"{said}, {low:.3f} to {high:.3f}, at least {gate.at_least}")


def _measure(gate: Gate, results: Results) -> Judged:
    found = [m for m in results.measures if m.name == gate.measure]
    if not found or found[0].n < gate.cases:
        return Judged(gate, open=False, found="not measured" if not found else f"on {found[0].n} only")
    (m,) = found
    said = f"{m.value:.3g}{m.unit} ({m.low:.3g} to {m.high:.3g}, n={m.n})"
    if gate.at_most is not None:
        return Judged(gate, m.high <= gate.at_most, f"{said}, at most {gate.at_most}")
    assert gate.at_least is not None
    return Judged(gate, m.low >= gate.at_least, f"{said}, at least {gate.at_least}")
