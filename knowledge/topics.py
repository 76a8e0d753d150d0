"""What somebody speaks of, as far as passages ask for it: some help in one situation and nobody else."""

import re
from functools import cache
from importlib.resources import files
from typing import Final, get_args

import yaml

from knowledge.passages import Topic

_NAMES: Final = frozenset(get_args(Topic))


def topics_of(text: str) -> frozenset[str]:
    """The topics that these words speak of."""
    said = text.replace("’", "'")
    return frozenset(topic for topic, words in _words().items() if words.search(said))


@cache
def _words() -> dict[str, re.Pattern[str]]:
    """By topic. ``ValueError`` if it is not the topics that passages know."""
    told = yaml.safe_load(files("knowledge").joinpath("topics.yaml").read_text("utf-8"))
    if set(told) != _NAMES:
        raise ValueError(f"topics.yaml and the topics of passages differ: {sorted(set(told) ^ _NAMES)}")
    return {topic: re.compile(words, re.IGNORECASE) for topic, words in told.items()}
