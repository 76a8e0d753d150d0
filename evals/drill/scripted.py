"""Parts that answer at once in place of the weights: a reader that knows the drill's own lines, and no passages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from agent.bootstrap import Models
from agent.domain.risk import Tier
from agent.domain.turn import Passage, PassageSource, Plan
from agent.generation.composer import Composer
from agent.graph.adapters import ThreadedFinder, ThreadedReader
from agent.safety.assess import RiskPolicy
from agent.safety.crisis import CrisisWords
from agent.safety.hints import Hints
from agent.safety.languages import Languages
from agent.safety.lexicon import Lexicon
from agent.safety.straight import Straight
from classifiers.reading import IntentScore, TextReading
from evals.drill.lines import DANGER
from knowledge.embedding import Embedder

_SURE: Final = 0.99


@dataclass(frozen=True, slots=True)
class ScriptedReader:
    """Reads a dangerous line as its tier and everything else as calm."""

    version: str = "scripted"

    async def read(self, text: str, before: Sequence[str] = ()) -> TextReading:
        """One message; what came before changes nothing."""
        del before
        tier = DANGER.get(text, Tier.NONE)
        low, moderate, high, imminent = (_SURE if tier >= step else 0.0 for step in (1, 2, 3, 4))
        return TextReading(
            emotions=(), felt=(), intensity=0.5, intent=IntentScore("vent", 0.9),
            at_least=(low, moderate, high, imminent), domains=(), language="en", model_version=self.version,
        )  # fmt: skip


class NoPassages:
    """A knowledge base in which nothing is found."""

    async def find(self, query: str, tier: str, plan: Plan, *more: object) -> tuple[Passage, ...]:
        """Nothing."""
        del query, tier, plan, more
        return ()

    def source(self, passage_id: str) -> PassageSource | None:
        """Nothing."""
        del passage_id
        return None


def models() -> Models:
    """Everything but the weights."""
    return Models(
        embedder=cast("Embedder", None), sensor=cast("ThreadedReader", ScriptedReader()),
        finder=cast("ThreadedFinder", NoPassages()), lexicon=Lexicon.load(), composer=Composer.load(),
        hints=Hints.load(), words=CrisisWords.load(), straight=Straight.load(),
        languages=Languages.load(), risk_policy=RiskPolicy.load(),
    )  # fmt: skip
