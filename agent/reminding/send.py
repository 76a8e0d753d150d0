"""Sends what is due: first a letter that asks whether it is wanted, then the reminder at its time. Quiet hours hold.

There is no job for it: whoever looks takes what is due and plans the next one in the same commit, before it sends. So
none goes out twice, whoever dies; one that is lost in a crash is a day's reminder that did not come.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, Final
from uuid import uuid5

from agent.domain.reminder import STALE, due
from agent.escalation.alerts.channels import Letter, Mailer
from agent.storage.repositories.reminders import StoredReminder
from agent.storage.unit_of_work import Database
from agent.yaml_files import read_yaml

log = logging.getLogger("handhold.reminding")
LETTERS: Final[Mapping[str, Any]] = read_yaml(files("agent.reminding").joinpath("data/letters.yaml"))
AT_ONCE: Final = 10
#: A mail server that does not take one is asked again after so long.
AGAIN: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class RemindingDesk:
    """What can be done about reminders in this deployment. Without a ``mailer`` none is taken."""

    database: Database
    mailer: Mailer | None
    base_url: str

    @property
    def available(self) -> bool:
        """Whether anybody can be reminded."""
        return self.mailer is not None

    async def send_due(self, now: datetime) -> int:
        """Send what is due; how many went out."""
        async with self.database.unit_of_work() as work:
            taken = await work.reminders.take(now, AT_ONCE)
            for one in taken:
                await work.reminders.plan(one, one.reminder, _next(one, now))
            await work.commit()
        return sum([await self._send(one, now) for one in taken if _goes_out(one, now)])

    async def _send(self, one: StoredReminder, now: datetime) -> bool:
        """One letter. If the mail server does not take it, it is due again a little later."""
        if self.mailer is None:
            return False
        home = self.base_url.rstrip("/")
        words = LETTERS["remind" if one.reminder.confirmed else "confirm"]
        body = words["body"].format(link=f"{home}/reminder/{one.token}", home=home)
        # The same letter, however often it is tried.
        letter = Letter(uuid5(one.id, str(one.next_at)), one.reminder.email, words["subject"], body)
        try:
            await self.mailer.mail(letter)
        except OSError as error:
            log.warning("reminder_not_sent", extra={"code": type(error).__name__})
            async with self.database.unit_of_work() as work:
                await work.reminders.plan(one, one.reminder, now + AGAIN)
                await work.commit()
            return False
        return True


def _goes_out(one: StoredReminder, now: datetime) -> bool:
    planned = one.next_at or now
    return not one.reminder.confirmed or due(one.reminder, planned, now)


def _next(one: StoredReminder, now: datetime) -> datetime | None:
    """When it is due again: never before it is confirmed; after the quiet hours if it came into them."""
    if not one.reminder.confirmed:
        return None
    quiet = one.reminder.quiet
    held = quiet.until(now) if quiet is not None else None
    following = one.reminder.after(now)
    return min(held, following) if held is not None and not _stale(one, held) else following


def _stale(one: StoredReminder, moment: datetime) -> bool:
    return one.next_at is None or moment - one.next_at >= STALE
