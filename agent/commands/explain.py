"""A screened conversation for a reader: what was said, how it was read, and every reason for the tier."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.domain.risk import Driver, RiskAssessment
from classifiers.entities import entities
from classifiers.evidence import SHOWN
from classifiers.reading import TextReading

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Screened:
    """One message of the person, as read and assessed."""

    index: int
    text: str
    reading: TextReading
    risk: RiskAssessment


def explained(name: str, turns: Sequence[Screened]) -> str:
    """Readable text, one block a message."""
    end = turns[-1].risk.tier.label if turns else "none"
    return (
        "\n".join([f"conversation {name}: {end} stands at the end", *(row for t in turns for row in _rows(t))]) + "\n\n"
    )


def _rows(turn: Screened) -> Iterator[str]:
    r, risk = turn.reading, turn.risk
    steps = " ".join(f"{p:.3f}" for p in r.at_least)
    lit = "" if r.in_context is None else f"   after what came before {' '.join(f'{p:.3f}' for p in r.in_context)}"
    felt = ", ".join(f"{e.label} {e.score:.2f}" for e in r.emotions[:4])
    signs = [f"{s.label} {s.score:.2f}" for s in sorted(r.signs, key=lambda s: -s.score) if s.score >= SHOWN]
    named = [f"{e.kind}: {e.words}" for e in entities(turn.text)]
    yield f"[{turn.index}] {turn.text if len(turn.text) <= LONGEST else turn.text[: LONGEST - 1] + '…'!r}"
    yield f"    tier {risk.here.label}, stands {risk.tier.label}   domains {', '.join(risk.domains) or '-'}"
    yield from (f"    because {_reason(driver)}" for driver in risk.drivers)
    yield f"    at least low/moderate/high/imminent {steps}{lit}   not sure of: {', '.join(r.doubts) or '-'}"
    yield f"    felt {felt}   intensity {r.intensity:.2f}   valence {r.valence:+.2f}   arousal {r.arousal:+.2f}"
    yield f"    intent {r.intent.label} {r.intent.score:.2f}   language {r.language}   about {risk.whose}"
    yield f"    signs {', '.join(signs) or '-'}   distortions {', '.join(r.distortions) or '-'}"
    yield f"    named {'; '.join(named) or '-'}"
    yield f"    reader {r.model_version}, policy {risk.policy_version}"


def _reason(driver: Driver) -> str:
    score = "" if driver.score is None else f" ({driver.score:.3f})"
    words = f", words {driver.words!r}" if driver.words else ""
    return f"{driver.source}: {driver.tier.label}, {driver.detail}{score}{words}"
