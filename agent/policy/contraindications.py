"""What speaks against offering something: contraindications, told by the risk that was read and the person's words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from agent.domain.risk import RiskAssessment, Tier
from agent.domain.turn import PastTurn
from agent.yaml_files import read_yaml


@dataclass(frozen=True, slots=True)
class Sign:
    """How a contraindication is told. ``domains`` and ``tier`` belong together where both are given."""

    name: str
    domains: frozenset[str]
    tier: Tier | None
    words: re.Pattern[str] | None

    def speaks(self, risk: RiskAssessment, said: str) -> bool:
        """Whether it is there, as far as can be told. ``said``: all that the person wrote."""
        if self.words is not None and self.words.search(said):
            return True
        if not self.domains:
            return self.tier is not None and risk.tier >= self.tier
        return not self.domains.isdisjoint(risk.domains) and (self.tier is None or risk.tier >= self.tier)


def against(text: str, history: Sequence[PastTurn], risk: RiskAssessment) -> frozenset[str]:
    """The contraindications that are there in this conversation, by name."""
    said = "\n".join([*(turn.text for turn in history), text]).replace("’", "'")
    return frozenset(sign.name for sign in signs() if sign.speaks(risk, said))


@cache
def signs() -> tuple[Sign, ...]:
    """All that are known. ``ValueError`` if one could never speak."""
    return tuple(_read(read_yaml(files("agent.policy").joinpath("data/contraindications.yaml"))))


def _read(data: Mapping[str, Mapping[str, Any]]) -> Iterator[Sign]:
    for name, told in data.items():
        words = "|".join(f"(?:{one})" for one in told.get("words", ()))
        tier = Tier.of(told["from"]) if "from" in told else None
        if not words and tier is None and not told.get("domains"):
            raise ValueError(f"nothing tells {name!r}")
        pattern = re.compile(words, re.IGNORECASE) if words else None
        yield Sign(name, frozenset(told.get("domains", ())), tier, pattern)
