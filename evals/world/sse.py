"""Server-sent events, as the HTML standard has them: blocks of fields, an empty line after each."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One event; ``id`` is empty where it has none. ``data`` is the text as sent."""

    name: str
    id: str
    data: str


async def events(lines: AsyncIterable[str]) -> AsyncIterator[Event]:
    """Whole events alone: one that was cut off by the end of the stream is not one. Comments are skipped."""
    fields: dict[str, list[str]] = {}
    async for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
            continue
        if "data" in fields:
            name, number = fields.get("event", ["message"])[-1], fields.get("id", [""])[-1]
            yield Event(name, number, "\n".join(fields["data"]))
        fields = {}
