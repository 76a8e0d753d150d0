"""``python -m evals.scorers.measure``: how well each scorer of words does on the labelled replies.

Patterns were written looking at the dev half; the sealed half was opened for the figures alone. The late half was
written after them, in other words than theirs. CARD.md says what each is worth.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from evals.cases import Does
from evals.scorers.acts import acts
from evals.scorers.forbidden import forbidden
from evals.scorers.record import false_told

Half = Literal["dev", "sealed", "late"]
_DOES: Final = frozenset(get_args(Does))


class Labelled(BaseModel):
    """A reply, whether it does what ``code`` means, and what was said before where that matters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    code: str
    does: bool
    half: Half
    reply: Annotated[str, Field(min_length=1)]
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """Replies by what they are and what was found. No reply found is a precision of 1."""

    hits: int
    misses: int
    alarms: int
    quiet: int

    @property
    def recall(self) -> float:
        """Of those that do it, the share found."""
        return self.hits / (self.hits + self.misses)

    @property
    def precision(self) -> float:
        """Of those found, the share that do it; the two kinds are about equally many."""
        return self.hits / (self.hits + self.alarms) if self.hits + self.alarms else 1.0


@cache
def labelled() -> tuple[Labelled, ...]:
    """All labelled replies."""
    lines = files("evals.scorers").joinpath("data/replies.jsonl").read_text("utf-8").splitlines()
    return tuple(map(Labelled.model_validate_json, lines))


def found(one: Labelled) -> bool:
    """Whether the scorer of its code finds it; a reply of this set has no record, so that nobody was told."""
    if one.code in _DOES:
        return bool(acts(one.code, one.reply, one.said))
    if one.code == "false_told":
        return bool(false_told(one.reply, None))
    return bool(forbidden(one.code, one.reply, one.said))


def count(replies: Iterable[Labelled]) -> Counts:
    """Compare labels and findings."""
    pairs = [(one.does, found(one)) for one in replies]
    return Counts(*(pairs.count(kind) for kind in ((True, True), (True, False), (False, True), (False, False))))


def measured(half: Half) -> dict[str, Counts]:
    """Counts of each code on one half, in the order of the file."""
    replies = [one for one in labelled() if one.half == half]
    return {code: count(o for o in replies if o.code == code) for code in dict.fromkeys(o.code for o in replies)}


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.scorers.measure", description=__doc__)
    parser.add_argument("--half", choices=("dev", "sealed", "late"), default="sealed")
    parser.add_argument("--errors", action="store_true", help="list what is missed or wrongly found, dev alone")
    given = parser.parse_args(argv)
    out = sys.stdout.write
    out("| code | recall | precision |\n|---|---|---|\n")
    for code, c in measured(given.half).items():
        out(f"| {code} | {c.recall:.2f} ({c.hits}/{c.hits + c.misses}) ")
        out(f"| {c.precision:.2f} ({c.hits}/{c.hits + c.alarms}) |\n")
    if given.errors:
        for one in (o for o in labelled() if o.half == "dev" and found(o) != o.does):
            out(f"{'missed' if one.does else 'wrongly found'}: {one.id}: {one.reply}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
