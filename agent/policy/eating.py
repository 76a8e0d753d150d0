"""Where talk is of eating less, of weight or of being sick on purpose, gladness is not answered with gladness.

A small step out of an illness and a step into it can be told in the same glad words; a program cannot tell them apart.
"""

import re
from collections.abc import Sequence
from typing import Final

from agent.domain.turn import PastTurn

#: The talk stays about it for so many messages.
_STAYS: Final = 4
_MEAL: Final = r"(?:lunch(?:es)?|dinners?|breakfasts?|meals?|tea|food|eating|carbs|sugar)"
_ABOUT: Final = re.compile(
    rf"\b(?:skip\w*|miss\w*|cut(?:ting)? out|avoid\w*|hid\w*|bin\w*|dodg\w*) (?:my |all |the )?{_MEAL}\b"
    rf"|\b(?:not|no|never|haven'?t|hasn'?t|hadn'?t|didn'?t|don'?t|without) (?:\w+ ){{0,2}}(?:eat\w*|ate|{_MEAL})\b"
    r"|\b(?:weigh(?:s|ed|ing|t)?|calories?|cals|kilos?|kgs?|bmi|skinn\w*|thinn\w*|purg\w*|bing\w*|laxatives?|fasting)\b"
    r"|\b(?:fasted|dieting|diet|hunger|starv\w*|anorexi\w*|bulimi\w*|empty stomach|scales?)\b"
    r"|\blost \w+ (?:pounds|lbs|stone)\b"
    r"|\b(?:bring|brought|throw|threw|sick)\b.{0,15}\b(?:back up|up after|on purpose)\b"
    r"|\bhungry\b",
    re.IGNORECASE,
)


def about_eating_less(text: str, history: Sequence[PastTurn]) -> bool:
    """Whether this message or one of the last few is about it."""
    lately = [text, *(turn.text for turn in history[-_STAYS:])]
    return any(_ABOUT.search(words.replace("’", "'")) for words in lately)
