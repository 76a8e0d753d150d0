"""What somebody was offered to try, what else could have been offered, and whether it helped. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

#: The person's own answer to "did this help?". Nothing else is ever learned from.
Helped = Literal["yes", "a_little", "no"]
REWARD: Final[dict[Helped, float]] = {"yes": 1.0, "a_little": 0.5, "no": 0.0}


@dataclass(frozen=True, slots=True)
class Choice:
    """One technique among several, and how likely each was to be taken.

    ``menu`` stands in the order of the rules, of which the first is what they would offer. ``context`` names what was
    read, and holds no word of the person. ``policy`` names who chose.
    """

    menu: tuple[str, ...]
    chances: tuple[float, ...]
    taken: int
    context: tuple[str, ...]
    policy: str

    def __post_init__(self) -> None:
        if len(self.menu) != len(self.chances) or not 0 <= self.taken < len(self.menu):
            raise ValueError("a choice has one chance for each entry of its menu, and takes one of them")


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to try; ``choice`` is None where the rules left no choice. ``helped``: None until somebody says.

    ``name``: what it is called where people read it; "" if it has no name of its own.
    """

    technique: str
    choice: Choice | None = None
    helped: Helped | None = None
    name: str = ""
