"""Hours in which nobody is disturbed, on the clock of a place. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``start`` to ``end`` on the clock of a place; over midnight if the end is earlier."""

    start: time
    end: time
    zone: ZoneInfo

    def until(self, now: datetime) -> datetime | None:
        """When they end, if it is quiet now."""
        here = now.astimezone(self.zone)
        clock = here.time()
        if not self.cover(clock):
            return None
        day = here.date() + timedelta(days=1 if self._over_midnight and clock >= self.start else 0)
        return datetime.combine(day, self.end.replace(fold=here.fold), self.zone)

    def cover(self, clock: time) -> bool:
        """Whether it is quiet at this time of any day."""
        if self._over_midnight:
            return clock >= self.start or clock < self.end
        return self.start <= clock < self.end

    @property
    def _over_midnight(self) -> bool:
        return self.end <= self.start
