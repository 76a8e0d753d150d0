"""What the handoff summary looks for in a person's words: a book of cues, read like the risk lexicon."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Final, Literal, get_args

from agent.safety.lexicon import Cue, Lexicon
from agent.yaml_files import read_yaml

Topic = Literal["means", "plan", "taken", "alone", "place", "attempt", "protective", "tried"]
TOPICS: Final[tuple[Topic, ...]] = get_args(Topic)
#: The tier of entries that speak of their topic clearly; the others only mention it.
CLEAR: Final = "moderate"
#: Topics whose phrases hold no word of denial of their own.
DENIABLE: Final[frozenset[str]] = frozenset({"means", "plan", "taken", "attempt"})
_NO: Final = re.compile(r"\b(?:no|not|never|none|neither|without|zero|(?:do|have|did)n['’]?t)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SummaryCues:
    """``entries`` gives the topics that entries of the risk lexicon speak of, by their name without the language."""

    book: Lexicon
    entries: Mapping[str, Topic]

    @classmethod
    @cache
    def load(cls) -> "SummaryCues":
        """The packaged cues, with the frame words, fillers and macros of the English risk lexicon."""
        own = read_yaml(files("agent.escalation").joinpath("data/summary_cues.yaml"))
        english = read_yaml(files("agent.safety").joinpath("data/lexicon/en.yaml"))
        document = {
            "fillers": english["fillers"],
            "macros": {**english["macros"], **own["macros"]},
            "frames": _joined(english["frames"], own["frames"]),
            "idioms": [*english["idioms"], *own["idioms"]],
            "entries": [{"tier": CLEAR, **entry} for entry in own["entries"]],
        }
        entries: dict[str, Topic] = {name: topic for topic in TOPICS for name in own["lexicon"].get(topic, ())}
        return cls(Lexicon({"en": document}, "", domains=TOPICS), entries)

    def find(self, text: str) -> Iterable[tuple[Topic, Cue]]:
        """Every cue in a message, with its topic and its frame."""
        by_name: Mapping[str, Topic] = {topic: topic for topic in TOPICS}
        return ((by_name[cue.domain], _denied_within(cue)) for cue in self.book.cues(text))


def _denied_within(cue: Cue) -> Cue:
    """A phrase may hold words of its writer between its own: "I have no pills"."""
    if cue.domain in DENIABLE and cue.frame == "now" and _NO.search(cue.words):
        return replace(cue, frame="negated")
    return cue


def _joined(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {kind: [*one.get(kind, ()), *other.get(kind, ())] for kind in {**one, **other}}
