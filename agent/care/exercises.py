"""The exercises that there are, read from ``data/exercises.yaml``; the same in the chat and on the pages."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter

from agent.domain.exercise import Exercise
from agent.yaml_files import read_yaml

_EXERCISE = TypeAdapter(Exercise)


@cache
def load() -> Mapping[str, Exercise]:
    """By key, in the order of the file. ``ValueError`` names what is wrong."""
    data: Mapping[str, Mapping[str, Any]] = read_yaml(files("agent.care").joinpath("data/exercises.yaml"))
    return {key: _EXERCISE.validate_python({"key": key, **told, "steps": _steps(told)}) for key, told in data.items()}


def _steps(told: Mapping[str, Any]) -> list[object]:
    return [{"text": step} if isinstance(step, str) else step for step in told["steps"]]


@cache
def known_as() -> Mapping[str, Exercise]:
    """By key and by every other name; a name that two have is the first one's."""
    names: dict[str, Exercise] = {}
    for exercise in load().values():
        for name in (exercise.key, *exercise.same):
            names.setdefault(name, exercise)
    return names
