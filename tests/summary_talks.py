"""Authored conversations as the summary takes them, and what it made of them against what they were written to say."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import yaml

from agent.domain.risk import Tier
from agent.escalation.summary.cues import SummaryCues
from agent.escalation.summary.write import Summary, summarise
from agent.safety.hints import Hints
from agent.storage.repositories.case_record import CaseEvent
from agent.storage.repositories.turns import StoredTurn

DATA = Path(__file__).parent / "unit" / "data"
TALK = UUID(int=1)
BEGAN = datetime(2031, 3, 4, 21, 4, tzinfo=UTC)
HINTS = Hints.load()


def stored(seq: int, text: str, reading=None) -> StoredTurn:
    at = BEGAN + timedelta(minutes=seq)
    return StoredTurn(uuid4(), uuid4(), seq, text, "ANSWERED", at, Tier.NONE, reading, None)


def event(kind, seq: int | None, tier: Tier, drivers=(), conversation: UUID | None = TALK) -> CaseEvent:
    at = BEGAN + timedelta(minutes=seq or 60, seconds=1)
    return CaseEvent(kind, at, tier, None, "p", "m", conversation if seq is not None else None, seq, drivers, "")


def sum_up(texts, events=()) -> Summary:
    return of_talks({TALK: [stored(i, t) for i, t in enumerate(texts, 1)]}, events)


def of_talks(talks, events=()) -> Summary:
    return summarise(talks, events, SummaryCues.load(), HINTS)


def cases(name: str) -> list[dict]:
    return yaml.safe_load((DATA / f"summary_{name}.yaml").read_text("utf-8"))


@dataclass
class Score:
    """Claims that should stand where they stand, those that should not, and what was not found."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / (self.right + len(self.wrong))

    def recall(self, wanted: int) -> float:
        return 1 - len(self.missed) / wanted


def measure(found: list[dict]) -> tuple[Score, int]:
    """The score over conversations, and how many quotations they ask for."""
    score, wanted = Score(), 0
    for case in found:
        summary, has, may = sum_up(case["turns"]), case.get("has", {}), case.get("may", {})
        for topic, claims in summary.topics.items():
            for claim in claims:
                allowed = [*has.get(topic, ()), *may.get(topic, ())]
                if any(words in claim.quote for words in allowed):
                    score.right += 1
                else:
                    score.wrong.append(f"{case['id']}: {topic}: {claim.quote!r} ({claim.why}, {claim.frame})")
        for topic, expected in has.items():
            wanted += len(expected)
            claims = summary.topics.get(topic, ())
            score.missed += [f"{case['id']}: {topic}: {w!r}" for w in expected if not any(w in c.quote for c in claims)]
    return score, wanted
