"""Questions about the program that get a plain answer whatever else goes on: is it a person, will it tell, who knows.

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
class Straight:
    """Compiled patterns by what is asked, and the authored answers."""

    patterns: dict[Asked, re.Pattern[str]]
    answers: dict[Asked, tuple[str, ...]]
    there: dict[str, str]
    stay: str

    @classmethod
    def load(cls) -> "Straight":
        """Read the packaged file."""
        data = read_yaml(files("agent.safety").joinpath("data/straight.yaml"))
        patterns: dict[Asked, re.Pattern[str]] = {
            kind: re.compile("|".join(f"(?:{p})" for p in rows["asked"]), re.IGNORECASE) for kind, rows in data.items()
        }
        answers: dict[Asked, tuple[str, ...]] = {
            "human": tuple(data["human"]["answer"]), "secrecy": tuple(data["secrecy"]["answer"])
        }  # fmt: skip
        return cls(patterns, answers, dict(data["there"]["answer"]), data["there"]["stay"])

    def asked(self, text: str) -> tuple[Asked, ...]:
        """What a message asks of the program itself, in the order of the file; mostly nothing."""
        flat = " ".join(text.replace("’", "'").split())
        if flat.count(" ") >= _SHORT_WORDS:
            ends = split(flat)
            flat = " ".join(s for s in (ends[0], ends[-1]) if s.endswith("?"))
        return tuple(kind for kind, pattern in self.patterns.items() if pattern.search(flat))
