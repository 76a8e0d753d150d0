"""A reminder that somebody asked for: when it comes next. Pure. Nothing is counted; one missed is not spoken of."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.domain.quiet_hours import QuietHours

#: A reminder that could not be sent in time is left out after so long: it would come at an odd hour.
STALE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Reminder:
    """By e-mail, on these ``days`` (Monday is 0) at this time of the place. Only a ``confirmed`` one is ever sent.

    ``ValueError`` for no day, a time within the quiet hours, or a place that does not exist.
    """

    email: str
    at: time
    days: tuple[int, ...]
    zone: str
    quiet_from: time = time(22)
    quiet_to: time = time(8)
    confirmed: bool = False

    def __post_init__(self) -> None:
        if not self.days or not set(self.days) <= set(range(7)):
            raise ValueError("choose at least one day of the week")
        if self.quiet is not None and self.quiet.cover(self.at):
            raise ValueError("this time is within the quiet hours")

    @property
    def quiet(self) -> QuietHours | None:
        """Hours in which nothing comes; None for none."""
        zone = ZoneInfo(self.zone)
        return None if self.quiet_from == self.quiet_to else QuietHours(self.quiet_from, self.quiet_to, zone)

    def after(self, moment: datetime) -> datetime:
        """When it comes next, later than ``moment``."""
        zone = ZoneInfo(self.zone)
        day = moment.astimezone(zone).date()
        for _ in range(9):
            due = datetime.combine(day, self.at, zone)
            if due.weekday() in self.days and due > moment:
                return due
            day += timedelta(days=1)
        raise AssertionError("a week has every day")


def due(reminder: Reminder, planned: datetime, now: datetime) -> bool:
    """Whether one planned for then may go out now: not in quiet hours, and not long after its time."""
    quiet = reminder.quiet
    return now - planned < STALE and (quiet is None or quiet.until(now) is None)
