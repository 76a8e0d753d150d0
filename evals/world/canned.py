"""The floor that nobody can argue with: one warm sentence and where to turn, whatever was said."""

from collections.abc import Sequence
from typing import Final

from agent.domain.help import Card, Line
from agent.safety.helplines import Helplines
from evals.world.words_only import Message

_WARM: Final = "Thank you for telling me, that sounds like a lot to carry."


class Canned:
    """Reads nothing but the country."""

    def __init__(self) -> None:
        self._helplines = Helplines.load()

    async def answer(self, chat: Sequence[Message], locale: str) -> str:
        """The same words every time."""
        del chat
        card = self._helplines.card(self._helplines.country_of(locale))
        return f"{_WARM} {in_words(card)}"


def in_words(card: Card) -> str:
    """A help card as a person would read it out, a line each."""
    first = f"If you are in danger now, call {' or '.join(card.emergency)}." if card.emergency else ""
    return "\n".join(filter(None, (first, *map(_line, card.lines))))


def _line(line: Line) -> str:
    ways = [f"call {line.phone}" if line.phone else "", line.text or "", line.web or ""]
    return f"{line.name}: {', '.join(filter(None, ways))}"
