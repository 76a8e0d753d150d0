"""Sends an alert through every channel there is, and says of it only what is true.

It counts as sent when somebody took it who stands for the person it is to: a personal channel, such as e-mail. What
everybody sees (a webhook, a chat room, an on-call service) counts where there is no personal channel. A channel that
failed is asked again, one that took the alert is not.
"""

import asyncio
import logging
from dataclasses import dataclass
from uuid import UUID

from agent.escalation.alerts.channels import Channel, Notice
from agent.escalation.cases import CLIMB
from agent.storage.repositories.alerts import StoredAlert
from agent.storage.unit_of_work import Database

log = logging.getLogger("handhold.escalation")


class NotSent(Exception):
    """A channel did not take it this time; the job is tried again."""


@dataclass(frozen=True, slots=True)
class Post:
    """The channels of this deployment, the address of its pages, and whom to reach when nobody else answers."""

    channels: tuple[Channel, ...] = ()
    base_url: str = ""
    outside: str | None = None

    def reaching(self, to: str | None) -> frozenset[str]:
        """Names of the channels of which one must take an alert, so that it counts as sent."""
        personal = frozenset(c.name for c in self.channels if c.personal)
        return personal if to is not None and personal else frozenset(c.name for c in self.channels)


async def send(database: Database, post: Post, alert_id: UUID, *, last_try: bool) -> None:
    """Send one alert once. After the last try it is marked as failed, which moves the ladder on."""
    async with database.unit_of_work() as work:
        alert = await work.alerts.get(alert_id)
    if alert is None or alert.over:
        return
    link = f"{post.base_url.rstrip('/')}/counsellor/cases/{alert.case_id}"
    notice = Notice(alert.id, alert.address or post.outside, link, alert.read_at)
    left = [c for c in post.channels if c.name not in alert.taken]
    reaching = post.reaching(notice.to)
    answers = await asyncio.gather(*(_offer(database, c, notice, alert, c.name in reaching) for c in left))
    taken = alert.taken | {c.name for c, answer in zip(left, answers, strict=True) if answer}
    if None in answers and not last_try:
        raise NotSent
    if taken & reaching:
        return
    async with database.unit_of_work() as work:
        if await work.alerts.failed(alert_id):
            log.critical("alert_failed", extra={"case_id": str(alert.case_id)})
            await work.defer(CLIMB, case_id=str(alert.case_id))  # the next step is due at once
        await work.commit()


async def _offer(
    database: Database, channel: Channel, notice: Notice, alert: StoredAlert, reaches: bool
) -> bool | None:
    """Whether it took the alert; None if it failed. What was taken is noted at once, also while others hang.

    ``reaches``: it stands for whom the alert is to, which is then sent.
    """
    try:
        taken = await channel.send(notice)
    except OSError as error:
        extra = {"case_id": str(alert.case_id), "part": channel.name, "code": type(error).__name__}
        log.warning("channel_failed", extra=extra)
        await noted(database, channel, worked=False)
        return None
    if taken:
        async with database.unit_of_work() as work:
            await work.alerts.delivered(notice.id, channel.name)
            await work.channels.worked(channel.name)
            if reaches:
                await work.alerts.sent(notice.id)
            await work.commit()
    return taken


async def noted(database: Database, channel: Channel, *, worked: bool) -> None:
    """What became of an attempt, so that a channel that is broken is seen although another one works."""
    async with database.unit_of_work() as work:
        await (work.channels.worked(channel.name) if worked else work.channels.failed(channel.name))
        await work.commit()
