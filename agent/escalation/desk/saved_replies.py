"""Texts that a counsellor can put into the reply box and change. Authored, and never sent by themselves."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from agent.yaml_files import read_yaml


@dataclass(frozen=True, slots=True)
class SavedReply:
    """One text. ``id`` stays the same when its words are bettered."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Texts for one moment of a conversation."""

    title: str
    replies: tuple[SavedReply, ...]


@cache
def saved_replies() -> tuple[Group, ...]:
    """All of them, in the order of a conversation. Raises ``OSError`` or ``yaml.YAMLError``."""
    data = read_yaml(files("agent.escalation").joinpath("data/saved_replies.yaml"))
    return tuple(
        Group(group["title"], tuple(SavedReply(name, text) for name, text in group["replies"].items()))
        for group in data["groups"]
    )
