"""How somebody says they are: one tap, and as much beside it as they like. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

#: From very low (1) to good (5).
Mood = Literal[1, 2, 3, 4, 5]
Slept = Literal["badly", "so_so", "well"]
#: What was on somebody's mind, by their own choice.
Trigger = Literal[
    "sleep", "work", "study", "money", "home", "family", "partner", "friends", "alone", "body", "health", "food",
    "drink", "the_past", "the_news", "conflict",
]  # fmt: skip
TRIGGERS: Final[tuple[Trigger, ...]] = get_args(Trigger)
#: Characters of the words beside it.
MOST_SAID: Final = 500


@dataclass(frozen=True, slots=True)
class Mark:
    """One check-in. ``words`` are the person's own, "" for none."""

    mood: Mood
    slept: Slept | None = None
    triggers: tuple[Trigger, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A mark as it is kept."""

    id: UUID
    mark: Mark
    at: datetime
