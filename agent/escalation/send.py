"""Sends an alert through every channel there is; one that takes it is enough."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from agent.escalation.channels import Channel, Notice
from agent.storage.repositories.alerts import StoredAlert
from agent.storage.unit_of_work import Database

log = logging.getLogger("handhold.escalation")


class NotSent(Exception):
    """No channel took it this time; the job is tried again."""


@dataclass(frozen=True, slots=True)
class Post:
    """The channels of this deployment, the address of its pages, and whom to reach when nobody else answers."""

    channels: tuple[Channel, ...] = ()
    base_url: str = ""
    outside: str | None = None


async def send(database: Database, post: Post, alert_id: UUID, *, last_try: bool) -> None:
    """Send one alert once. After the last try it is marked as failed, which moves the ladder on."""
    async with database.unit_of_work() as work:
        alert, now = await work.alerts.get(alert_id), await work.alerts.now()
    if alert is None or alert.over:
        return
    link = f"{post.base_url.rstrip('/')}/counsellor/cases/{alert.case_id}"
    taken = await _offered(post.channels, Notice(alert.id, alert.address or post.outside, link, now), alert)
    if not taken and not last_try:
        raise NotSent
    async with database.unit_of_work() as work:
        await (work.alerts.sent(alert_id) if taken else work.alerts.failed(alert_id))
        await work.commit()
    if not taken:
        log.critical("alert_failed", extra={"case_id": str(alert.case_id)})


async def _offered(channels: Sequence[Channel], notice: Notice, alert: StoredAlert) -> bool:
    taken = False
    for channel in channels:
        try:
            taken = await channel.send(notice) or taken
        except OSError as error:
            extra = {"case_id": str(alert.case_id), "part": type(channel).__name__, "code": type(error).__name__}
            log.warning("channel_failed", extra=extra)
    return taken
