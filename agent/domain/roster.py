"""Who is on duty, by planned shifts on the clock of each counsellor's place and by what they said themselves. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
#: Duty that somebody can say of themselves at once, in hours.
LONGEST_DUTY: Final = 12


@dataclass(frozen=True, slots=True)
class Shift:
    """A weekly shift; ``weekday`` 0 is Monday. It goes over midnight if ``ends`` is not later than ``starts``."""

    weekday: int
    starts: time
    ends: time
    zone: ZoneInfo

    def around(self, at: datetime) -> tuple[datetime, datetime] | None:
        """Begin and end of the shift that covers a moment."""
        here = at.astimezone(self.zone).date()
        for back in (0, 1):
            begin, end = self._on(datetime.combine(here - back * DAY, self.starts, self.zone))
            if begin.weekday() == self.weekday and begin <= at < end:
                return begin, end
        return None

    def next(self, after: datetime) -> datetime:
        """When it begins next."""
        here = after.astimezone(self.zone).date()
        days = (datetime.combine(here + n * DAY, self.starts, self.zone) for n in range(8 + 1))
        return next(d for d in days if d.weekday() == self.weekday and d > after)

    def _on(self, begin: datetime) -> tuple[datetime, datetime]:
        over_midnight = self.ends <= self.starts
        return begin, datetime.combine(begin.date() + (DAY if over_midnight else timedelta(0)), self.ends, self.zone)


@dataclass(frozen=True, slots=True)
class Counsellor:
    """A counsellor as the roster knows them. ``until``: on duty beyond their shifts; ``away``: in spite of them."""

    id: UUID
    name: str
    supervisor: bool
    until: datetime | None = None
    away: datetime | None = None
    break_until: datetime | None = None
    shifts: tuple[Shift, ...] = ()
    languages: tuple[str, ...] = ("en",)
    skills: tuple[str, ...] = ()
    cap: int = 4

    def duty(self, now: datetime) -> datetime | None:
        """The end of the duty they are on now; None if they are not."""
        if self.away is not None and self.away > now:
            return None
        ends = [end for s in self.shifts if (found := s.around(now)) for end in found[1:]]
        if self.until is not None and self.until > now:
            ends.append(self.until)
        return max(ends, default=None)

    def on_break(self, now: datetime) -> bool:
        """Whether they are on a break of their duty."""
        return self.break_until is not None and self.break_until > now

    def next_duty(self, now: datetime) -> datetime | None:
        """When they are on duty next, as far as it is planned; for one on a break, when it ends."""
        ends = self.duty(now)
        if self.break_until is not None and now < self.break_until and ends is not None and self.break_until < ends:
            return self.break_until
        after = max(now, self.away) if self.away is not None else now
        begins = [s.next(after) for s in self.shifts]
        # Somebody who comes back in the middle of a shift is on duty from then on.
        begins += [after for s in self.shifts if after > now and s.around(after)]
        return min(begins, default=None)


def next_duty(everybody: Iterable[Counsellor], now: datetime) -> datetime | None:
    """When the next of them is on duty, as far as it is planned. Who is there now does not count."""
    return min((at for one in everybody if (at := one.next_duty(now)) is not None), default=None)
