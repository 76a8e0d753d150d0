"""What people say of their conversations, and what counsellors said of the alarms: numbers alone."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.storage.tables import case_event, conversation


@dataclass(frozen=True, slots=True)
class Opinions:
    """``satisfaction``: conversations by 1 to 5. ``helped``: those that did and did not. ``outcomes``: closings."""

    conversations: int
    satisfaction: dict[int, int] = field(default_factory=dict)
    helped: dict[bool, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)


class OpinionBook:
    """Write what a person says, and count what all said."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def give(self, conversation_id: UUID, satisfaction: int | None, helped: bool | None) -> None:
        """What is None stays as it was."""
        said = {"satisfaction": satisfaction, "helped": helped}
        given = {name: value for name, value in said.items() if value is not None}
        await self._connection.execute(update(conversation).where(conversation.c.id == conversation_id).values(given))

    async def counted(self) -> Opinions:
        """Over all conversations there are."""
        c, e = conversation.c, case_event.c
        total: int = (await self._connection.execute(select(func.count()).select_from(conversation))).scalar_one()
        counts = []
        for column in (c.satisfaction, c.helped, e.outcome):
            query = select(column, func.count()).where(column.is_not(None)).group_by(column).order_by(column)
            counts.append({row[0]: row[1] for row in await self._connection.execute(query)})
        return Opinions(total, *counts)
