"""Questions that get a plain answer: is it a person, will it tell, who knows; and what only a doctor can answer.

Patterns and words live in ``data/straight.yaml``. What is asked of them is precision: a question that is not seen is
answered like any other message.
"""

import re
from dataclasses import dataclass
from importlib.resources import files

from agent.domain.turn import Asked
from agent.safety.sentences import split
from agent.yaml_files import read_yaml

#: In longer messages (letters, diaries) such words mostly belong to a story: only their first and last question counts.
_SHORT_WORDS = 40


@dataclass(frozen=True, slots=True)
class Question:
    """How a question is seen: one of ``any``, or all of ``every``; and none of ``unless``."""

    any: re.Pattern[str] | None
    every: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None

    def stands_in(self, text: str) -> bool:
        """Whether it is asked there."""
        if self.unless is not None and self.unless.search(text):
            return False
        if self.any is not None:
            return bool(self.any.search(text))
        return all(pattern.search(text) for pattern in self.every)


@dataclass(frozen=True, slots=True)
class Straight:
    """Questions by what is asked, and the authored answers."""

    questions: dict[Asked, Question]
    answers: dict[Asked, tuple[str, ...]]
    there: dict[str, str]
    stay: str

    @classmethod
    def load(cls) -> "Straight":
        """Read the packaged file."""
        data = read_yaml(files("agent.safety").joinpath("data/straight.yaml"))
        questions: dict[Asked, Question] = {
            kind: Question(
                _either(rows.get("asked")), tuple(_pattern(p) for p in rows.get("all", ())), _either(rows.get("unless"))
            )
            for kind, rows in data.items()
        }
        answers: dict[Asked, tuple[str, ...]] = {
            "human": tuple(data["human"]["answer"]), "secrecy": tuple(data["secrecy"]["answer"])
        }  # fmt: skip
        return cls(questions, answers, dict(data["there"]["answer"]), data["there"]["stay"])

    def asked(self, text: str) -> tuple[Asked, ...]:
        """What a message asks of the program itself, in the order of the file; mostly nothing."""
        flat = " ".join(text.replace("’", "'").split())
        if flat.count(" ") >= _SHORT_WORDS:
            ends = split(flat)
            flat = " ".join(s for s in (ends[0], ends[-1]) if s.endswith("?"))
        return tuple(kind for kind, question in self.questions.items() if question.stands_in(flat))


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)


def _either(rows: list[str] | None) -> re.Pattern[str] | None:
    return _pattern("|".join(f"(?:{row})" for row in rows)) if rows else None
