"""A safety plan: six parts in the person's own words, in the order in which they are tried.

The outline is Stanley and Brown's (Safety Planning Intervention: A Brief Intervention to Mitigate Suicide Risk.
Cognitive and Behavioral Practice 19, 2012, 256-264); the words around it are ours.
"""

from dataclasses import asdict, dataclass, fields
from typing import Final


@dataclass(frozen=True, slots=True)
class SafetyPlan:
    """What somebody wrote in each part. Empty parts are as good as full ones: a plan grows."""

    warning_signs: str = ""
    myself: str = ""
    distraction: str = ""
    people: str = ""
    professionals: str = ""
    safer: str = ""

    def parts(self) -> dict[str, str]:
        """By name, in order."""
        return asdict(self)


PARTS: Final = tuple(field.name for field in fields(SafetyPlan))
#: Characters of one part.
MOST_PART: Final = 2000
