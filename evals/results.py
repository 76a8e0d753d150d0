"""What came of a run, in one file: for each case what was looked at and what was right, and the talk where it was not.

The unit is the case: messages of one conversation are alike; an interval over them would be narrower than the truth.
"""

import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import Final

from inspect_ai.log import EvalLog, EvalSample
from numpy import quantile
from pydantic import TypeAdapter
from scipy.stats import quantile_test

from evals.cases import Case
from evals.figures import Share
from evals.scorers.judge import Finding
from evals.suites import CASE, FINDINGS, TRANSCRIPT
from evals.transcript import Transcript

#: A case in which all was right, beside the codes of single findings.
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Line:
    """A message, what came back, and the risk that stood then; ``tier`` is empty without a record."""

    said: str
    reply: str
    tier: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Tiers:
    """What a case expects after a message, from lowest to highest, and what stood."""

    low: str
    high: str
    stood: str


@dataclass(frozen=True, slots=True)
class Played:
    """One case. ``right`` and ``of``: findings by code. ``wrong`` and ``talk`` are kept where something was wrong.

    ``error``: it could not be played or judged, which counts against every code. ``skipped``: this system cannot do
    what the case asks for.
    """

    id: str
    suite: str
    right: dict[str, int] = field(default_factory=dict)
    of: dict[str, int] = field(default_factory=dict)
    wrong: tuple[Finding, ...] = ()
    talk: tuple[Line, ...] = ()
    seconds: tuple[float, ...] = ()
    tiers: tuple[Tiers, ...] = ()
    error: str = ""
    skipped: str = ""

    def passed(self, code: str = ALL) -> bool | None:
        """Whether all findings of a code are right; None if nothing of it was looked at."""
        if self.skipped:
            return None
        if self.error:
            return False
        if code == ALL:
            return not self.wrong
        return self.right.get(code, 0) == self.of[code] if code in self.of else None


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that is no share of cases. ``low`` and ``high``: 95 % interval. ``n``: of what it is the figure."""

    name: str
    value: float
    low: float
    high: float
    n: int
    unit: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """A run. ``commit``: of the program, with a ``+`` if the tree differed; ``seconds``: how long it took."""

    product: str
    commit: str
    at: datetime
    seconds: float
    cases: tuple[Played, ...]
    measures: tuple[Measure, ...] = ()

    @property
    def suites(self) -> tuple[str, ...]:
        """In the order of the run."""
        return tuple(dict.fromkeys(case.suite for case in self.cases))

    def share(self, code: str, suites: Iterable[str] = ()) -> Share:
        """Cases in which all findings of a code are right, of those in which it was looked at."""
        among = frozenset(suites) or frozenset(self.suites)
        said = [passed for c in self.cases if c.suite in among and (passed := c.passed(code)) is not None]
        return Share(code, sum(said), len(said))

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that was looked at, by name."""
        return tuple(sorted({code for case in self.cases for code in case.of}))

    @property
    def errors(self) -> tuple[Played, ...]:
        """Cases that could not be played or judged."""
        return tuple(case for case in self.cases if case.error)


_RESULTS: Final = TypeAdapter(Results)
_TRANSCRIPT: Final = TypeAdapter(Transcript)
_FINDINGS: Final = TypeAdapter(tuple[Finding, ...])


def save(results: Results, path: Path) -> None:
    """Write a run as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_RESULTS.dump_json(results))


def load(path: Path) -> Results:
    """Read a run; ``ValueError`` if the file is not one."""
    return _RESULTS.validate_json(path.read_bytes())


def gather(product: str, logs: Iterable[EvalLog], seconds: float, measures: Iterable[Measure] = ()) -> Results:
    """A run from the logs of its suites, of the program as it was when they began."""
    logs = tuple(logs)
    of = sorted({str((log.eval.metadata or {}).get("commit", "unknown")) for log in logs})
    cases = tuple(case for log in logs for case in _played(log))
    waits = [one for case in cases for one in case.seconds]
    all_of_them = (*measures, *([latency(waits)] if len(waits) > 1 else []))
    return Results(product, ", ".join(of), datetime.now(UTC), seconds, cases, all_of_them)


def talks(log: EvalLog) -> list[tuple[Transcript, Case]]:
    """What was played of a suite, each with its case."""
    stored = [sample for sample in log.samples or () if TRANSCRIPT in sample.store]
    return [(_TRANSCRIPT.validate_python(s.store[TRANSCRIPT]), Case.model_validate(s.metadata[CASE])) for s in stored]


def latency(waits: Sequence[float]) -> Measure:
    """The 95th percentile, with the interval of the order statistics (Conover 1999)."""
    found = quantile_test(waits, p=0.95)
    limits = found.confidence_interval(0.95)
    high = max(waits) if isnan(limits.high) else limits.high
    return Measure(
        "seconds to the reply, 95th percentile", float(quantile(waits, 0.95)), float(limits.low), float(high),
        len(waits), " s", "From the message to the whole reply, one conversation at a time.",
    )  # fmt: skip


def _played(log: EvalLog) -> Iterator[Played]:
    samples = {str(sample.id): sample for sample in log.samples or ()}
    # A suite that broke off has no samples for the rest, and those are no less wrong.
    for case_id in log.eval.dataset.sample_ids or samples:
        sample = samples.get(str(case_id))
        yield Played(str(case_id), log.eval.task, error="not played") if sample is None else _one(log.eval.task, sample)


def _one(suite: str, sample: EvalSample) -> Played:
    if sample.error is not None:
        return Played(str(sample.id), suite, error=sample.error.message)
    if TRANSCRIPT not in sample.store:  # it ran out of time
        return Played(str(sample.id), suite, error="not played to its end")
    transcript: Transcript = _TRANSCRIPT.validate_python(sample.store[TRANSCRIPT])
    if transcript.skipped:
        return Played(str(sample.id), suite, skipped=transcript.skipped)
    scores = list((sample.scores or {}).values())
    if not scores or not scores[0].metadata:
        return Played(str(sample.id), suite, error="not judged")
    found: tuple[Finding, ...] = _FINDINGS.validate_python(scores[0].metadata[FINDINGS])
    wrong = tuple(f for f in found if not f.ok)
    seconds = tuple(round(e.seconds, 3) for e in transcript.exchanges)
    talk = tuple(
        Line(
            e.say.say,
            e.reply,
            e.record.stood if e.record else "",
            round(e.seconds, 3),
        )
        for e in transcript.exchanges
    )
    return Played(
        str(sample.id), suite, dict(Counter(f.code for f in found if f.ok)), dict(Counter(f.code for f in found)),
        wrong, talk if wrong else (), seconds, tuple(_tiers(transcript)),
    )  # fmt: skip


def _tiers(transcript: Transcript) -> Iterator[Tiers]:
    for exchange in transcript.exchanges:
        expected, record = exchange.say.expect.tier, exchange.record
        if expected is not None and record is not None and record.stood:
            yield Tiers(*expected, record.stood)


def commit() -> str:
    """The commit of the program that runs, or ``unknown`` where there is no repository."""
    here = Path(__file__).parent
    try:
        name = _git(here, "rev-parse", "--short=10", "HEAD")
        return name + ("+" if _git(here, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(here: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=here, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603, S607
