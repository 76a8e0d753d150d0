"""Tells all who are on duty of something that is no waiting case: each by a channel of their own, rooms one time."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID, uuid5

from agent.domain.escalation import OnDuty
from agent.escalation.alerts.channels import Channel, Notice
from agent.escalation.alerts.send import Post, noted
from agent.storage.unit_of_work import Database

log = logging.getLogger("handhold.escalation")


def there(on_duty: Sequence[OnDuty]) -> list[UUID]:
    """Those who are not on a break; all of them if everybody is."""
    return [one.id for one in on_duty if not one.on_break] or [one.id for one in on_duty]


async def tell_all(
    database: Database, post: Post, notice: Notice, addresses: Mapping[UUID, str], case_id: UUID
) -> bool:
    """Whether any channel took it. ``notice`` is as rooms get it; sent twice it carries the same ids."""
    each = [replace(notice, id=uuid5(notice.id, str(n)), to=address) for n, address in addresses.items()]
    sendings = [(c, n) for c in post.channels for n in (each if c.personal else [notice])]
    return any(await asyncio.gather(*(_offered(database, c, n, case_id) for c, n in sendings)))


async def _offered(database: Database, channel: Channel, notice: Notice, case_id: UUID) -> bool:
    try:
        taken = await channel.send(notice)
    except OSError as error:
        extra = {"case_id": str(case_id), "part": channel.name, "code": type(error).__name__}
        log.warning("channel_failed", extra=extra)
        await noted(database, channel, worked=False)
        return False
    if taken:
        await noted(database, channel, worked=True)
    return taken
