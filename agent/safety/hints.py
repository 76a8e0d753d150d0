"""A question about means, and taking back what was said: both mean something only beside what came before.

Patterns live in ``data/hints.yaml``.
"""

import re
from dataclasses import dataclass
from importlib.resources import files

import yaml

from agent.domain.risk import Tier


@dataclass(frozen=True, slots=True)
class Hints:
    """Compiled patterns."""

    means: re.Pattern[str]
    loss: re.Pattern[str]
    takes_back: re.Pattern[str]
    plainly_fine: re.Pattern[str]
    affirms: re.Pattern[str]
    asked_suicide: re.Pattern[str]
    asked_plan: re.Pattern[str]
    means_at_hand: re.Pattern[str]
    time_named: re.Pattern[str]

    @classmethod
    def load(cls) -> "Hints":
        """Read the packaged file."""
        data = yaml.safe_load(files("agent.safety").joinpath("data/hints.yaml").read_text("utf-8"))
        compiled = {name: re.compile("|".join(f"(?:{p})" for p in rows), re.IGNORECASE) for name, rows in data.items()}
        return cls(**compiled)

    def asks_about_means(self, text: str) -> str:
        """The words of an innocent-looking question about heights, doses or the like; empty if there are none."""
        return _words(self.means, text)

    def tells_of_loss(self, text: str) -> str:
        """The words that tell of a loss; empty if there are none."""
        return _words(self.loss, text)

    def has_means(self, text: str) -> str:
        """The words that say, without naming it, that something is ready or at hand; empty if there are none."""
        return _words(self.means_at_hand, text)

    def names_a_time(self, text: str) -> str:
        """The words that name a near time; empty if there are none."""
        return _words(self.time_named, text)

    def retraction(self, text: str) -> bool:
        """Whether the message takes something back ("lol forget it")."""
        return bool(self.takes_back.search(text))

    def answers_yes(self, text: str, asked: str) -> Tier:
        """What a yes (or a maybe) to the question that was just asked means; ``NONE`` when it is no such answer."""
        if not self.affirms.match(text.strip()):
            return Tier.NONE
        if self.asked_plan.search(asked):
            return Tier.HIGH
        return Tier.MODERATE if self.asked_suicide.search(asked) else Tier.NONE

    def benign(self, text: str) -> bool:
        """Whether the whole message is a plain greeting or thanks, which needs no reader to be understood."""
        return bool(self.plainly_fine.fullmatch(text.strip()))


def _words(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group(0) if found else ""
