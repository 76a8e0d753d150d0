"""What became of each way to reach somebody: when it last worked, when it last failed, how often in a row."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.storage.tables import channel

#: So many attempts in a row that failed are no hiccup: an alert is tried three times.
IN_A_ROW: Final = 3
#: A channel that nobody has asked for so long says nothing about now.
WITHIN: Final = timedelta(hours=24)
#: That a channel works is written this often at most: ten alerts in a second do not wait for one row.
_ONCE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Failing:
    """A channel whose last attempts all failed. ``succeeded_at``: when it last took something, if it ever did."""

    name: str
    failed_at: datetime
    succeeded_at: datetime | None
    failures: int


class Channels:
    """Note attempts, and say which channels fail. The clock is the database's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def worked(self, name: str) -> None:
        """It took something."""
        c, now = channel.c, func.now()
        fresh = select(c.name).where(c.name == name, c.failures == 0, c.succeeded_at.between(now - _ONCE, now))
        new = select(literal(name), now).where(~fresh.exists())
        works = {"succeeded_at": now, "failures": 0}
        await self._connection.execute(
            insert(channel)
            .from_select(["name", "succeeded_at"], new)
            .on_conflict_do_update(index_elements=[c.name], set_=works)
        )

    async def failed(self, name: str) -> None:
        """It did not."""
        c, now = channel.c, func.now()
        once_more = {"failed_at": now, "failures": c.failures + 1}
        await self._connection.execute(
            insert(channel)
            .values(name=name, failed_at=now, failures=1)
            .on_conflict_do_update(index_elements=[c.name], set_=once_more)
        )

    async def failing(self) -> list[Failing]:
        """Those whose last attempts, three or more of them, all failed, the latest within a day. By name."""
        return [Failing(*row) for row in await self._connection.execute(broken())]


def broken() -> Select[Any]:
    """The fields of ``Failing``, also for who has a plain connection."""
    c = channel.c
    query = select(c.name, c.failed_at, c.succeeded_at, c.failures).order_by(c.name)
    return query.where(c.failures >= IN_A_ROW, c.failed_at > func.now() - WITHIN)
