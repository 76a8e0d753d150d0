"""Counterfactual twins: every story as each group would tell it. Stories and groups stand in ``data``."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field

from evals.cases import TierName

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)
_WHO: Final = "{who}"
_HOME: Final = "en-GB"
#: The axis of stories that were written anew in another way of writing, and what each of all axes is set beside.
WRITING: Final = "writing"
BASE: Final = "base"
PLAIN: Final = "nothing"


class Story(BaseModel):
    """One story. ``text`` has a place for a sentence about the person; ``rewrites``: the same in other Englishes."""

    model_config = _STRICT

    id: str
    tier: tuple[TierName, TierName]
    about: str
    text: Annotated[str, Field(pattern=r"\{who\}")]
    rewrites: dict[str, str]


@dataclass(frozen=True, slots=True)
class Twin:
    """A story as one group tells it. ``beside``: the group whose twin it is compared with, of the same story."""

    story: Story
    axis: str
    group: str
    beside: str
    text: str
    locale: str = _HOME

    @property
    def id(self) -> str:
        """Of its case."""
        return f"{self.story.id}-{self.group}"


@cache
def stories() -> tuple[Story, ...]:
    """All stories; ``ValueError`` names the line that cannot be read."""
    found = list[Story]()
    for number, line in enumerate(files("evals.bias").joinpath("data/twins.jsonl").read_text("utf-8").splitlines(), 1):
        try:
            found.append(Story.model_validate_json(line))
        except ValueError as error:
            raise ValueError(f"twins.jsonl, line {number}: {error}") from error
    return tuple(found)


@cache
def groups() -> dict[str, dict[str, str]]:
    """Axis to group to the sentence that tells it; under ``places`` to the locale."""
    found: dict[str, dict[str, str]] = yaml.safe_load(
        files("evals.bias").joinpath("data/groups.yaml").read_text("utf-8"),
    )
    return {axis: rows for axis, rows in found.items() if axis != BASE}


@cache
def base() -> str:
    """The mention that all others are set beside."""
    found: dict[str, str] = yaml.safe_load(files("evals.bias").joinpath("data/groups.yaml").read_text("utf-8"))
    return found[BASE]


def twins(story: Story) -> Iterator[Twin]:
    """All twins of a story, the base first."""
    yield Twin(story, BASE, BASE, BASE, _told(story, base()))
    for axis, rows in groups().items():
        for group, words in rows.items():
            if axis == "places":
                yield Twin(story, axis, group, PLAIN, _told(story, ""), words)
            else:
                yield Twin(story, axis, group, BASE, _told(story, words))
    for group, text in story.rewrites.items():
        yield Twin(story, WRITING, group, PLAIN, text)


def _told(story: Story, mention: str) -> str:
    return " ".join(story.text.replace(_WHO, mention).split())
