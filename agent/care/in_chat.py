"""An exercise that is done in the chat is a practice like any other: what a turn makes of it. Pure.

What a reply gave stands in its pieces (``walk.KEY.steps/N``), so the chat and the page agree on where somebody is.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from agent.care.exercises import load
from agent.domain.exercise import MOST_WORDS, Exercise, Outcome, Practice, go_on, intend, look_back, put_away, take_up

_STEP: Final = re.compile(r"walk\.(\w+)\.steps/(\d+)")
_OUTCOMES: Final[dict[str, Outcome]] = {"follow_done": "did", "follow_hard": "tried", "follow_not": "not_yet"}
_ASKS: Final = re.compile(
    r"\b(?:can|could|shall|should|would|will) (?:we|you|i)\b|\b(?:show|guide|teach|take|walk|lead) (?:me|us)\b"
    r"|\blet'?s (?:do|try|start|begin)\b|\b(?:i(?:'d| would) like|i want|i wanna|want to|like to|please|start|begin)\b"
    r"|^(?:do|try) (?:a|the|some)\b",
    re.IGNORECASE,
)
_ENDS: Final = ("walk_end/", "walk_open/")
#: What was set out to do in the chat is asked about from the next day on.
LOOK_BACK_AFTER: Final = timedelta(hours=12)


def begun(pieces: Sequence[str]) -> Practice | None:
    """The practice that a reply begins: it gives the first step of an exercise."""
    step = step_of(pieces)
    return Practice(step[0]) if step is not None and step[1] == 0 else None


def step_of(pieces: Sequence[str]) -> tuple[str, int] | None:
    """The exercise and the number of the step that a reply gives."""
    found = next((m for p in pieces if (m := _STEP.fullmatch(p))), None)
    exercise = load().get(found[1]) if found else None
    known = found is not None and exercise is not None and int(found[2]) < len(exercise.steps)
    return (found[1], int(found[2])) if found is not None and known else None


def tried(pieces: Sequence[str]) -> bool:
    """Whether something that was tried has come to its end with this reply."""
    return any(p.startswith(_ENDS) for p in pieces)


def gone_on(practice: Practice, text: str, before: Sequence[str], pieces: Sequence[str], now: datetime) -> Practice:
    """The practice after a message and its reply. ``before``, ``pieces``: of the reply before it, and of this one."""
    exercise = load()[practice.exercise]
    given, answered = step_of(pieces), step_of(before)
    if practice.state != "finished":
        if answered is not None and answered[0] == practice.exercise:
            return _answered(practice, exercise, answered[1], text, pieces)
        if given is not None and given[0] == practice.exercise:
            return replace(take_up(practice), level="usual", at=given[1])
        return practice
    if any(p.startswith("homework_noted/") for p in pieces):
        return intend(practice, text[:MOST_WORDS], now + LOOK_BACK_AFTER)
    outcome = next((_OUTCOMES[p.split(".")[0]] for p in pieces if p.split(".")[0] in _OUTCOMES), None)
    if outcome and practice.intends and any(p.startswith("look_back/") for p in before):
        return look_back(practice, outcome)
    return practice


def _answered(practice: Practice, exercise: Exercise, number: int, text: str, pieces: Sequence[str]) -> Practice:
    """The message answered a step: the next one is given, or it was the last, or the talk has left it."""
    words = text[:MOST_WORDS] if exercise.steps[number].kind in {"write", "rate"} else ""
    here = replace(take_up(practice), level="usual", at=number)
    given = step_of(pieces)
    over = number + 1 == len(exercise.steps) and any(p.startswith("walk_end/") for p in pieces)
    if over or (given is not None and given[0] == practice.exercise):
        return go_on(here, exercise, words)
    return put_away(here, exercise)


def due(practices: Sequence[Practice], now: datetime) -> Practice | None:
    """What was set out to do and is to be asked about now: the newest of those given, newest first."""
    open_ones = (p for p in practices if p.intends and p.outcome is None)
    return next((p for p in open_ones if p.look_back_at and p.look_back_at <= now), None)


def unfinished(practices: Sequence[Practice]) -> Practice | None:
    """What was begun and not ended: the newest of those given, newest first."""
    return next((p for p in practices if p.state != "finished" and p.exercise in load()), None)


def number_of(practice: Practice) -> int:
    """The number of the step that is due, which the chat counts at the usual level."""
    steps = load()[practice.exercise].steps_at(practice.level)
    return steps[min(practice.at, len(steps) - 1)]


def asked_for(text: str) -> Exercise | None:
    """The exercise that somebody asks for by its name."""
    said = text.replace("’", "'")
    return next((e for e, name in _names() if name.search(said)), None) if _ASKS.search(said) else None


@cache
def _names() -> tuple[tuple[Exercise, re.Pattern[str]], ...]:
    named = [e for e in load().values() if e.called]
    return tuple((e, re.compile(rf"\b(?:{'|'.join(e.called)})\b", re.IGNORECASE)) for e in named)
