"""What goes over the wire about check-ins, what they show, and reminders."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field

from agent.api.schemas import Text, is_address
from agent.api.schemas_care import TakenUpOut
from agent.care.patterns import Tried, Way, Weight
from agent.domain.mood import MOST_SAID, CheckIn, Mark, Mood, Slept, Trigger
from agent.domain.reminder import Reminder
from agent.errors import BadInput
from agent.storage.repositories.reminders import StoredReminder


class CheckInIn(BaseModel):
    """How you are: from 1 (very low) to 5 (good). All else may be left out."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"mood": 2, "slept": "badly", "triggers": ["work"], "words": ""}}
    )

    mood: Mood
    slept: Slept | None = None
    triggers: tuple[Trigger, ...] = Field(default=(), max_length=16)
    words: Text = ""

    def mark(self) -> Mark:
        """``BadInput`` if the words do not fit."""
        words = self.words.strip()
        if len(words) > MOST_SAID:
            raise BadInput(
                f"Please write it in {MOST_SAID} characters or fewer; nothing was lost.", code="text_too_long"
            )
        return Mark(self.mood, self.slept, tuple(dict.fromkeys(self.triggers)), words)


class CheckInOut(BaseModel):
    """One check-in."""

    id: UUID
    at: datetime
    mood: Mood
    slept: Slept | None
    triggers: tuple[Trigger, ...]
    words: str

    @classmethod
    def of(cls, one: CheckIn) -> Self:
        """As it is shown."""
        m = one.mark
        return cls(id=one.id, at=one.at, mood=m.mood, slept=m.slept, triggers=m.triggers, words=m.words)


class MarkedOut(BaseModel):
    """It is kept; ``taken_up``: where words that sounded like danger were put into the chat."""

    taken_up: TakenUpOut | None


class WeightOut(BaseModel):
    """How mood was with something on your mind, against without it, in points of the five."""

    trigger: Trigger
    times: int
    difference: float


class TriedOut(BaseModel):
    """Something you tried, and how often you said that it helped."""

    name: str
    yes: int
    a_little: int
    no: int


class PatternsOut(BaseModel):
    """All check-ins, newest first, and what they show. ``way`` is ``little`` where there is too little to say."""

    check_ins: list[CheckInOut]
    way: Way
    weights: list[WeightOut]
    helped: list[TriedOut]

    @classmethod
    def of(cls, check_ins: Sequence[CheckIn], way: Way, weights: Sequence[Weight], tried: Sequence[Tried]) -> Self:
        """From what was worked out."""
        return cls(
            check_ins=[CheckInOut.of(c) for c in reversed(check_ins)], way=way,
            weights=[WeightOut(trigger=w.trigger, times=w.times, difference=w.difference) for w in weights],
            helped=[
                TriedOut(name=t.name, **{"yes": 0, "a_little": 0, "no": 0} | dict(t.said)) for t in tried
            ],
        )  # fmt: skip


class ReminderIn(BaseModel):
    """A reminder by e-mail: on these days (Monday is 0) at this time of a place, never within the quiet hours."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "email": "me@mail.example", "at": "19:00", "days": [0, 3], "zone": "Europe/London",
                "quiet_from": "22:00", "quiet_to": "08:00",
            }
        },
    )  # fmt: skip

    email: Text
    at: time
    days: tuple[int, ...] = Field(max_length=7)
    zone: str = Field(max_length=60)
    quiet_from: time = time(22)
    quiet_to: time = time(8)

    def reminder(self) -> Reminder:
        """``BadInput`` says what to mend."""
        email = self.email.strip()
        if not is_address(email):
            raise BadInput("Please check the e-mail address.", code="bad_address")
        if any(clock.tzinfo for clock in (self.at, self.quiet_from, self.quiet_to)):
            raise BadInput("Please give times as on a clock, like 19:00.", code="bad_time")
        try:
            ZoneInfo(self.zone)
            return Reminder(email, self.at, tuple(sorted(set(self.days))), self.zone, self.quiet_from, self.quiet_to)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            why = "the place of the clock is not known" if isinstance(error, OSError | KeyError) else str(error)
            raise BadInput(f"That cannot be kept: {why}.", code="bad_reminder") from error


class ReminderOut(BaseModel):
    """``available``: whether this service can send mail. ``state``: ``waiting`` until the letter is answered."""

    available: bool
    state: Literal["none", "waiting", "on"]
    email: str = ""
    at: str = ""
    days: tuple[int, ...] = ()
    zone: str = ""
    quiet_from: str = ""
    quiet_to: str = ""

    @classmethod
    def of(cls, stored: StoredReminder | None, *, available: bool) -> Self:
        """As it stands."""
        if stored is None:
            return cls(available=available, state="none")
        r = stored.reminder
        clock = {name: f"{getattr(r, name):%H:%M}" for name in ("at", "quiet_from", "quiet_to")}
        state: Literal["waiting", "on"] = "on" if r.confirmed else "waiting"
        return cls(available=available, state=state, email=r.email, days=r.days, zone=r.zone, **clock)
