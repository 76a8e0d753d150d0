"""How the danger in a person's own messages went. Pure; what still stands from before is not counted again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from agent.domain.risk import Tier

#: So many of the last messages are "now".
NOW: Final = 3
Direction = Literal["rising", "steady", "falling"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A message and the tier that it was flagged at for its own words; ``none`` if it was not.

    ``seq`` is its number in the conversation that is shown; None in an earlier one.
    """

    seq: int | None
    at: datetime
    tier: Tier


@dataclass(frozen=True, slots=True)
class Trend:
    """Where it goes, and since when: the message with which the highest or the lowest of now began."""

    direction: Direction
    since: datetime


def trend(marks: Sequence[Mark]) -> Trend | None:
    """The highest tier of the last three messages beside the highest before them; None with fewer than two messages.

    While all messages are among the last three, each is set beside those before it.
    """
    if len(marks) < 2:  # noqa: PLR2004  (one message has no direction)
        return None
    cut = max(len(marks) - NOW, 1)
    before, now = marks[:cut], marks[cut:]
    was, highest = max(m.tier for m in before), max(m.tier for m in now)
    if highest == was:
        return Trend("steady", next(m.at for m in before if m.tier == was))
    if highest < was:
        return Trend("falling", now[0].at)
    return Trend("rising", next(m.at for m in now if m.tier > was))
