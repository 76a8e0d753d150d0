"""What the driver saw, written down as it happened: one JSON line each, on disk before the next thing is done."""

import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID


@dataclass(slots=True)
class Heard:
    """A reply as a person got it. ``first_at``: its first byte of content. ``committed``: the case of the turn then.

    ``committed`` is None when the database did not answer the driver at that moment.
    """

    first_at: float
    origin: str
    text: str
    committed: bool | None = None


@dataclass(slots=True)
class Sent:
    """A message that a person sent: its row, what it must be taken as, and what came back."""

    row: UUID
    conversation: UUID
    tier: int
    asks: bool
    sent_at: float
    accepted_at: float | None = None
    heard: list[Heard] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wrote:
    """A write of a counsellor that was answered with success, between two moments."""

    who: str
    move: str
    case: UUID
    fence: int | None
    begun: float
    ended: float
    line: UUID | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """In whose hands a person's page said they are, asked for between two moments."""

    conversation: UUID
    state: str
    begun: float
    ended: float
    names: tuple[str, ...] = ()
    on_duty: bool = True


@dataclass(frozen=True, slots=True)
class Notified:
    """A notice that came in at the sink. ``taken``: it was answered with success."""

    id: UUID
    link: str
    at: float
    taken: bool
    signed: bool


class Journal:
    """The independent record: in memory for the laws, on disk for whoever asks afterwards."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")
        self.turns: dict[UUID, Sent] = {}
        self.wrote: list[Wrote] = []
        self.notices: list[Notified] = []
        self.seen: list[Seen] = []
        self.odd: list[str] = []
        self._duty: dict[str, list[tuple[float, str]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def sent(self, turn: Sent) -> None:
        """Before it goes out."""
        self.turns[turn.row] = turn
        self._note("sent", asdict(turn))

    def accepted(self, turn: Sent) -> None:
        """The product has taken it over."""
        turn.accepted_at = time.time()
        self._note("accepted", {"row": turn.row})

    def heard(self, turn: Sent, heard: Heard) -> None:
        """A reply came."""
        turn.heard.append(heard)
        self._note("heard", {"row": turn.row, **asdict(heard)})

    def did(self, write: Wrote) -> None:
        """A counsellor's write was answered with success."""
        self.wrote.append(write)
        self._note("wrote", asdict(write))

    def looked(self, seen: Seen) -> None:
        """A person's page said in whose hands they are."""
        self.seen.append(seen)
        self._note("seen", asdict(seen))

    def duty(self, who: str, state: str) -> None:
        """A counsellor is ``on``, ``off`` or, while that is being changed, ``unsure``."""
        self._duty.setdefault(who, []).append((time.time(), state))
        self._note("duty", {"who": who, "state": state})

    def duty_between(self, begun: float, ended: float) -> list[str]:
        """For each counsellor whether they were on or off all the while, as far as the driver can be sure."""
        found = []
        for told in self._duty.values():
            before = [state for at, state in told if at <= begun][-1:] or ["off"]
            all_the_while = {*before, *(state for at, state in told if begun < at <= ended)}
            found.append(all_the_while.pop() if len(all_the_while) == 1 else "unsure")
        return found

    def notified(self, notice: Notified) -> None:
        """Something came in at the sink."""
        self.notices.append(notice)
        self._note("notified", asdict(notice))

    def step(self, what: str) -> None:
        """The driver does something to the system."""
        self._note("step", {"what": what})

    def strange(self, what: str) -> None:
        """An answer that no client should get."""
        self.odd.append(what)
        self._note("strange", {"what": what})

    def _note(self, kind: str, what: dict[str, object]) -> None:
        self._file.write(json.dumps({"at": time.time(), "kind": kind, **what}, default=str) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
