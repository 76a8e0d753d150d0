"""Links, addresses and telephone numbers made up by a model. The right ones stand in the authored card."""

import re
import unicodedata
from itertools import pairwise
from typing import Final

from guardrails.validators import register_validator

from agent.safety.validators.base import Detector
from agent.safety.validators.phrases import Reading

_LINK: Final = re.compile(
    r"https?:|www\.|\w\]\(|\w+ ?@ ?\w+ ?\. ?\w|(?<!\w)@\w{3,}"
    r"|\b[a-z0-9-]{2,}\.(?:com|org|net|gov|edu|info|io|co|app|chat|health|uk|us|ie|au|ca|de|fr|nz|in|eu)\b(?!\.\w)",
    re.IGNORECASE,
)
_DIGITS: Final = re.compile(r"\+?\(?\d(?:[ \t().\-–/]{0,2}\d){2,}")
_LETTERED: Final = re.compile(r"\b\d{3,4}[ -](?:\d{3}[ -])?[A-Z]{3,}\b|\b[A-Z]{3,} (?:to|auf|al|au) \d{3,}")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_PHONE_DIGITS: Final = 7


@register_validator(name="handhold/links_and_numbers", data_type="string")
class LinksAndNumbers(Detector):
    """Finds links, e-mail addresses, handles and anything that can be dialled."""

    code = "links_and_numbers"

    def unsafe(self, reading: Reading) -> bool:
        """Shapes in the text as written; "call nine one one" by the phrases."""
        text = unicodedata.normalize("NFKC", reading.text)
        dialled = any(_dialled(m[0]) for m in _DIGITS.finditer(text))
        return dialled or bool(_LINK.search(text) or _LETTERED.search(text)) or super().unsafe(reading)


def _dialled(run: str) -> bool:
    groups = re.findall(r"\d+", run)
    numbers = [int(g) for g in groups]
    steps = {b - a for a, b in pairwise(numbers)}
    if steps in ({1}, {-1}) or all(_YEAR.fullmatch(g) for g in groups):  # counting 5-4-3-2-1, or a span of years
        return False
    return sum(map(len, groups)) >= _PHONE_DIGITS
