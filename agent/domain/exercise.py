"""Exercises as small state machines, pure: what somebody has done of one, and what each thing they do makes of it.

A practice runs, is put away (it can be taken up again at any time, with every word), or is finished. Nothing counts
days or unbroken rows of them: an exercise is done as often as it helps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

#: ``do``: with the body or the senses; ``write``: a few words; ``rate``: a number from 0 to 10; ``breathe``: paced.
StepKind = Literal["do", "write", "rate", "breathe"]
#: ``gentle``: shorter and with less to write.
Level = Literal["gentle", "usual"]
State = Literal["running", "put_away", "finished"]
#: What came of what somebody set out to do.
Outcome = Literal["did", "tried", "not_yet"]
#: Characters of one answer, and of what somebody sets out to do.
MOST_WORDS: Final = 2000


@dataclass(frozen=True, slots=True)
class Breath:
    """One round of paced breathing, in seconds. ``hold`` is always optional and never in a gentle practice."""

    breathe_in: float
    hold: float
    out: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step; ``easier`` is said instead at the gentle level, which leaves out steps that are not ``core``."""

    text: str
    kind: StepKind = "do"
    easier: str = ""
    core: bool = True
    breath: Breath | None = None


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise. ``same``: other names of it; ``called``: how people name it, as patterns.

    ``paced``: done with the body, so that each step waits for a word. ``homework``: the question that asks when to try
    it in life; "" where there is nothing to take along. ``contraindications`` are names of ``knowledge.passages``.
    """

    key: str
    name: str
    about: str
    minutes: int
    steps: tuple[Step, ...]
    source: str
    same: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    paced: bool = False
    homework: str = ""
    contraindications: tuple[str, ...] = ()

    def steps_at(self, level: Level) -> tuple[int, ...]:
        """The numbers of the steps that a level has, in order."""
        return tuple(n for n, step in enumerate(self.steps) if level == "usual" or step.core)

    def says(self, number: int, level: Level) -> str:
        """The words of a step at a level."""
        step = self.steps[number]
        return step.easier if level == "gentle" and step.easier else step.text


@dataclass(frozen=True, slots=True)
class Practice:
    """What somebody has done of an exercise. ``at`` counts the steps of the level; words are kept by step number.

    ``intends``: what they set out to do afterwards; ``outcome``: what came of it.
    """

    exercise: str
    level: Level = "usual"
    state: State = "running"
    at: int = 0
    words: Mapping[int, str] = field(default_factory=dict)
    intends: str = ""
    look_back_at: datetime | None = None
    outcome: Outcome | None = None


def go_on(practice: Practice, exercise: Exercise, words: str = "") -> Practice:
    """The step is done, with what was written; after the last one the practice is finished. "" skips the writing."""
    steps = _running(practice, exercise)
    kept, done = _kept(practice, steps, words), practice.at + 1 == len(steps)
    return replace(practice, words=kept, at=practice.at + (not done), state="finished" if done else "running")


def go_back(practice: Practice, exercise: Exercise) -> Practice:
    """One step back, with all words; from the first step to the first step."""
    _running(practice, exercise)
    return replace(practice, at=max(0, practice.at - 1))


def put_away(practice: Practice, exercise: Exercise, words: str = "") -> Practice:
    """Stop, at any point; what was begun in this step is kept. What is put away or finished stays what it is."""
    if practice.state != "running":
        return practice
    return replace(practice, words=_kept(practice, _running(practice, exercise), words), state="put_away")


def take_up(practice: Practice) -> Practice:
    """Go on where it was put away. A finished one stays finished."""
    return replace(practice, state="running") if practice.state == "put_away" else practice


def make_gentler(practice: Practice, exercise: Exercise) -> Practice:
    """The shorter way from here on, at the first of its steps that is not behind. No word is lost."""
    here = _running(practice, exercise)[practice.at]
    gentle = exercise.steps_at("gentle")
    at = next((n for n, number in enumerate(gentle) if number >= here), len(gentle) - 1)
    return replace(practice, level="gentle", at=at)


def intend(practice: Practice, what: str, look_back_at: datetime | None) -> Practice:
    """Set out to try something in life; "" takes it back. Only after the last step. ``ValueError`` otherwise."""
    if practice.state != "finished":
        raise ValueError("finish it first, or put it away")
    if len(what) > MOST_WORDS:
        raise ValueError(f"{MOST_WORDS} characters fit here")
    return replace(practice, intends=what.strip(), look_back_at=look_back_at if what.strip() else None, outcome=None)


def look_back(practice: Practice, outcome: Outcome) -> Practice:
    """Say what came of it. "Not yet" is as good an answer as the others: nothing is counted."""
    if not practice.intends:
        raise ValueError("nothing was set out to do")
    return replace(practice, outcome=outcome)


def level_for(past: Sequence[Practice]) -> Level:
    """The level to begin at, after earlier practices of the same exercise, oldest first.

    Gentle after one that was put away, or done gently last time; usual after one finished, and at first.
    """
    if not past:
        return "usual"
    last = past[-1]
    finished_gently = sum(p.state == "finished" and p.level == "gentle" for p in past)
    if last.state == "finished":
        return "usual" if last.level == "usual" or finished_gently > 1 else "gentle"
    return "gentle"


def _kept(practice: Practice, steps: Sequence[int], words: str) -> Mapping[int, str]:
    if len(words) > MOST_WORDS:
        raise ValueError(f"{MOST_WORDS} characters fit here")
    return {**practice.words, steps[practice.at]: words.strip()} if words.strip() else practice.words


def _running(practice: Practice, exercise: Exercise) -> tuple[int, ...]:
    if practice.exercise != exercise.key:
        raise ValueError(f"this is a practice of {practice.exercise}, not of {exercise.key}")
    if practice.state != "running":
        raise ValueError("it is not under way")
    return exercise.steps_at(practice.level)
