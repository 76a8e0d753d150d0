"""Where a person can turn: one country's emergency numbers and lines."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One helpline. Any of phone, text and web may be missing; ``hours`` is empty when not confirmed."""

    name: str
    phone: str | None
    text: str | None
    web: str | None
    hours: str
    audience: str
    topics: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Card:
    """The help card. ``updated`` is the date (ISO 8601) on which the rows were last checked."""

    country: str
    country_name: str
    emergency: tuple[str, ...]
    lines: tuple[Line, ...]
    updated: str
    international: bool
