"""What a talk was about, in two or three plain sentences: its subjects, the feelings that were said, what was tried.

Put together from what the replies were made of and from the person's own words for what they felt. Nothing is guessed,
nothing is judged, and a turn in which danger was heard is left out of it.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from agent.care.exercises import load
from agent.care.in_chat import step_of
from agent.domain.memory import MOST_NOTE
from agent.domain.risk import Tier
from agent.domain.turn import PastTurn
from agent.generation.composer_pieces import Shelf
from agent.generation.composer_stated import stated

#: With fewer messages there is nothing to sum up.
LEAST: Final = 3
_LATELY: Final = 12
_TOPIC: Final = re.compile(r"topic\.(\w+)\.")
_MOST_SUBJECTS, _MOST_FELT = 2, 2
_NOW: Final = (("you're ", "you were "), ("you feel ", "you felt "), ("you get ", "you got "), ("it's ", "it was "))


def looking_back(turns: Sequence[PastTurn], shelf: Shelf) -> str:
    """A note of a talk so far, at most ``MOST_NOTE`` characters; "" where there is nothing to say of it."""
    calm = [t for t in turns[-_LATELY:] if t.tier <= Tier.LOW]
    if len(calm) < LEAST:
        return ""
    subjects = _newest((m[1] for t in calm for p in t.pieces if (m := _TOPIC.match(p))), _MOST_SUBJECTS)
    names = [topic.name for key in subjects if (topic := shelf.topics.get(key))]
    felt = _newest((_past(found.clause) for t in calm if (found := stated(t.text))), _MOST_FELT)
    tried = _newest((step[0] for t in calm if (step := step_of(t.pieces))), 1)
    lines = [f"We wrote about {' and '.join(names)}." if names else ""]
    lines.append(f"You said that {' and that '.join(felt)}." if felt else "")
    lines.append(f"We tried {load()[tried[0]].name}." if tried else "")
    if not names and not felt:
        return ""
    while len(" ".join(filter(None, lines))) > MOST_NOTE:
        lines.pop()
    return " ".join(filter(None, lines))


def _newest(found: Iterable[str], most: int) -> list[str]:
    """The last few different ones, in the order in which they came up."""
    return list(dict.fromkeys(found))[-most:]


def _past(clause: str) -> str:
    for now, then in _NOW:
        if clause.startswith(now):
            return then + clause.removeprefix(now)
    return clause
