"""A text that speaks to the program: poisoned or written for something else, it is no passage for a person."""

import re
from functools import cache
from importlib.resources import files

from agent.yaml_files import read_yaml


@cache
def _addressed() -> re.Pattern[str]:
    data = read_yaml(files("agent.safety").joinpath("data/instructions.yaml"))
    return re.compile("|".join(f"(?:{p})" for p in data["addressed"]), re.IGNORECASE)


def speaks_to_program(text: str) -> str:
    """The words by which it does; empty for a text that a person may be shown."""
    found = _addressed().search(" ".join(text.split()))
    return found.group(0) if found else ""
