"""Authored words for people in danger, from ``data/crisis_replies.yaml``. No model is needed and none is asked."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Literal

from agent.domain.help import Card
from agent.domain.risk import RiskAssessment, Tier, Whose
from agent.safety.helplines import emergency_of, line_of
from agent.yaml_files import read_yaml

Moment = Literal["first", "said", "later", "retraction"]
Told = Literal[
    "case_open_unknown", "case_open_on_duty", "case_open_nobody_until", "case_open_nobody_on_duty", "not_stored"
]

_AGAIN = "_again"


@dataclass(frozen=True, slots=True)
class CrisisText:
    """One authored reply with its placeholders still in it."""

    id: str
    tier: Tier
    domains: frozenset[str]
    whose: Whose
    moment: Moment
    text: str


@dataclass(frozen=True, slots=True)
class CrisisWords:
    """All authored words of the danger path."""

    texts: tuple[CrisisText, ...]
    told: dict[str, str]
    check_ins: tuple[str, ...]
    seek_person: dict[str, str]
    fallback: str

    @classmethod
    def load(cls) -> "CrisisWords":
        """Read the packaged file."""
        data = read_yaml(files("agent.safety").joinpath("data/crisis_replies.yaml"))
        texts = tuple(
            CrisisText(
                r["id"], Tier.of(r["tier"]), frozenset(r["domains"]), r["whose"], r["turn"], " ".join(r["text"].split())
            )
            for r in data["replies"]
        )
        return cls(texts, data["told_sentences"], tuple(data["check_ins"]), data["seek_person"], data["fallback"])

    def choose(self, risk: RiskAssessment, moment: Moment, used: frozenset[str], seed: str) -> CrisisText:
        """The closest text not used before in this conversation: same tier and person, own domain before any."""
        tier = max(risk.tier if moment in {"later", "retraction"} else risk.here, Tier.MODERATE)
        fits = [t for t in self.texts if t.tier == tier and t.whose == risk.whose and t.moment == moment]
        if not fits and moment == "said":
            return self.choose(risk, "first", used, seed)
        if not fits:
            fits = [t for t in self.texts if t.tier == tier and t.whose == risk.whose and t.moment == "later"]
        lead = risk.domains[0] if risk.domains else None
        own = [t for t in fits if lead in t.domains] or [t for t in fits if not t.domains] or fits
        general = [t for t in fits if not t.domains]
        fresh = [t for t in own if t.id not in used] or [t for t in general if t.id not in used] or own
        return min(fresh, key=lambda t: sha256(f"{seed}/{t.id}".encode()).digest())

    def fill(self, text: str, card: Card, told: Told | None, wait: str = "", *, again: bool = False) -> str:
        """Put numbers and the truth about who has been told into a text.

        ``wait``: how long nobody is on duty. ``again``: it was said before in this conversation, in other words.
        """
        said = self.told[f"{told}{_AGAIN}" if again and told != "not_stored" else told] if told else ""
        said = said.replace("{wait}", wait)
        words = text.replace("{emergency}", emergency_of(card)).replace("{line}", line_of(card))
        if told == "not_stored" and "{told}" not in words:
            words += " {told}"
        return " ".join(words.replace("{told}", said).split())
