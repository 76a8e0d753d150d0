"""A draft that speaks as the person: small models answer "I am so worried about my exam" to someone with an exam."""

import re
from typing import Final

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector
from agent.safety.validators.phrases import Reading

_MINE: Final = re.compile(r"(?<= )my (?:own |best |old |new )?([a-z]{3,})")
_NEUTRAL: Final = frozenset(
    {"best", "own", "part", "reply", "words", "question", "understanding", "suggestion", "help", "support"}
)
_ECHO_WORDS: Final = 4  # shorter sentences ("I see.") may stand in both by chance


@register_validator(name="handhold/first_person_confusion", data_type="string")
class FirstPersonConfusion(Detector):
    """Finds feelings, troubles and belongings the agent does not have, or took over from the person's message."""

    code = "first_person_confusion"

    def unsafe(self, reading: Reading) -> bool:
        """Also whatever the person called "my", and a sentence of theirs said back word for word."""
        theirs = set(_MINE.findall(reading.said)) - _NEUTRAL
        taken = not theirs.isdisjoint(_MINE.findall(reading.unquoted))
        mine = not {"i", "my", "me"}.isdisjoint(reading.unquoted.split())
        echo = mine and reading.unquoted.count(" ") > _ECHO_WORDS + 1 and reading.unquoted in reading.said
        return taken or echo or super().unsafe(reading)
