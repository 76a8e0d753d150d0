"""Risk: the five tiers of SAFETY.md, what raised them, and the assessment of one turn."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Literal

from classifiers.labels import Domain, TierName

Whose = Literal["self", "other"]
Source = Literal["text_model", "lexicon", "history", "open_case", "degraded", "output_guard", "asked"]


class Tier(IntEnum):
    """How much danger the person writing is in, now. Ordered."""

    NONE = 0
    LOW = 1
    MODERATE = 2
    HIGH = 3
    IMMINENT = 4

    @property
    def label(self) -> TierName:
        """Lower-case name used in every file and answer."""
        names: tuple[TierName, ...] = ("none", "low", "moderate", "high", "imminent")
        return names[self]

    @classmethod
    def of(cls, name: str) -> "Tier":
        """Tier of a lower-case name; ``KeyError`` if there is none."""
        return cls[name.upper()]

    @property
    def elevated(self) -> bool:
        """Whether a case is opened and only authored words answer."""
        return self >= Tier.MODERATE


@dataclass(frozen=True, slots=True)
class Driver:
    """One reason for a tier: which signal, what it said, and the person's words if it points at any.

    ``domain`` is named where the signal is about one, here and now.
    """

    source: Source
    tier: Tier
    detail: str
    words: str = ""
    score: float | None = None
    domain: Domain | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The risk that holds for a person from before this message, across conversations."""

    tier: Tier = Tier.NONE
    domains: tuple[Domain, ...] = ()
    since: datetime | None = None
    calm_turns: int = 0
    card_shown: bool = False


@dataclass(frozen=True, slots=True)
class RiskAssessment:
    """What was decided for one turn.

    ``here`` is the tier of this message alone; ``tier`` is what stands for the person, never below ``here``.
    """

    here: Tier
    tier: Tier
    domains: tuple[Domain, ...]
    drivers: tuple[Driver, ...]
    whose: Whose
    retraction: bool
    degraded: bool
    policy_version: str
