"""What a deployment may learn from a case: one de-identified message with its labels, in the form of the corpora."""

from dataclasses import dataclass
from typing import Final, Literal

from classifiers.labels import Domain, Intent, Sign, TierName

LessonState = Literal["waiting", "approved", "thrown_away"]
#: Around words that the rules are not sure of. A lesson in which any are left cannot be approved.
UNSURE: Final = ("⟦", "⟧")


@dataclass(frozen=True, slots=True)
class Lesson:
    """The fields of a line in ``classifiers/data``. ``scenario`` is one for all messages of a case and means nothing.

    ``read``: what the program read the message as, to compare with.
    """

    text: str
    tier: TierName
    domains: tuple[Domain, ...]
    whose: Literal["self", "other", "none"]
    when: Literal["now", "past", "none"]
    intent: Intent
    signs: tuple[Sign, ...]
    reason: str
    scenario: str
    language: str
    read: TierName


def problems(lesson: Lesson) -> list[str]:
    """Why it cannot be approved yet, in words."""
    wrong = []
    if not lesson.text.strip():
        wrong.append("The message is empty.")
    if any(mark in lesson.text for mark in UNSURE):
        wrong.append("Words in ⟦ ⟧ are left. Change or remove each, or take its marks away if it tells nobody apart.")
    if not lesson.reason.strip():
        wrong.append("Please write why it has this tier.")
    if lesson.tier not in {"none", "low"} and not lesson.domains:
        wrong.append("A tier above low needs a domain.")
    if lesson.tier == "none" and lesson.domains:
        wrong.append("Tier none has no domain.")
    return wrong


def line(lesson: Lesson) -> dict[str, object]:
    """As the authored corpora have it (``classifiers/train/corpus.py`` checks the form), with where it is from."""
    return {
        "text": lesson.text, "tier": lesson.tier, "domains": list(lesson.domains), "whose": lesson.whose,
        "when": lesson.when, "intent": lesson.intent, "signs": list(lesson.signs), "register": "chat", "lookalike": "",
        "scenario": lesson.scenario, "voice": "", "reason": lesson.reason, "language": lesson.language,
        "source": "deployment",
    }  # fmt: skip
