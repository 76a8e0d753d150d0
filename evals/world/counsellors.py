"""Two counsellors, Ada and Ben, who do at the desk what a case says. They use the product's own desk."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from agent.errors import Conflict
from agent.escalation.desk.handling import Desk
from agent.storage.repositories.cases import Case as OpenCase
from agent.storage.repositories.claims import LEASE
from agent.storage.unit_of_work import Database
from evals.cases import Deed

_NAMES: Final = ("Ada", "Ben")
_NOTE: Final = "As the case says."
#: No hash of any password: nobody signs in here.
_NOBODY: Final = "!"


class NoCase(Exception):
    """A counsellor was to do something with a case that the system never opened."""


class Counsellors:
    """Their accounts, and what each deed means."""

    def __init__(self, database: Database, desk: Desk, ids: tuple[UUID, ...]) -> None:
        self._database = database
        self._desk = desk
        self._ids = ids
        self._deeds: dict[str, Callable[[OpenCase, Deed], Awaitable[None]]] = {
            "claim": self._claim, "take_over": self._take_over, "counsellor_says": self._say,
            "hand_back": self._hand_back, "close": self._close,
        }  # fmt: skip

    @classmethod
    async def arrive(cls, database: Database, desk: Desk) -> "Counsellors":
        """Make their accounts."""
        ids = []
        for name in _NAMES:
            async with database.unit_of_work() as work:
                token = await work.counsellors.invite(datetime.now(UTC))
                address = f"{name.lower()}@evals.example"
                ids.append(await work.counsellors.register(token, name, address, _NOBODY))
                await work.commit()
        return cls(database, desk, tuple(ids))

    async def duty(self, *, on: bool) -> None:
        """Ada is on duty, or nobody is."""
        async with self._database.unit_of_work() as work:
            for one in self._ids:
                await work.roster.end(one, None)
            if on:
                await work.roster.begin(self._ids[0], 8)
            await work.commit()

    async def do(self, deed: Deed, person: UUID) -> timedelta | None:
        """Do it with the person's case; ``NoCase`` without one. Returns the time that has to pass for it, if any."""
        async with self._database.unit_of_work() as work:
            case_id = await work.cases.live_case_of(person)
            case = None if case_id is None else await work.cases.get(case_id)
        if case is None:
            raise NoCase(deed.do)
        if deed.do == "vanish":
            return LEASE + timedelta(minutes=1)
        await self._deeds[deed.do](case, deed)
        return None

    async def _claim(self, case: OpenCase, deed: Deed) -> None:
        del deed
        try:
            await self._desk.claim(case.id, self._ids[0] if case.lease is None else self._ids[1])
        except Conflict:  # two claim at once: the second is told that somebody has it
            if case.lease is None:
                raise

    async def _held(self, case: OpenCase) -> OpenCase:
        if case.lease is None:
            await self._desk.claim(case.id, self._ids[0])
            async with self._database.unit_of_work() as work:
                return await work.cases.get(case.id)
        return case

    async def _take_over(self, case: OpenCase, deed: Deed) -> None:
        del deed
        held = await self._held(case)
        if held.status != "in_conversation":
            await self._desk.take_over(held.id, *_claim_of(held))

    async def _say(self, case: OpenCase, deed: Deed) -> None:
        await self._desk.say(case.id, *_claim_of(case), uuid4(), deed.text or "")

    async def _hand_back(self, case: OpenCase, deed: Deed) -> None:
        del deed
        await self._desk.hand_back(case.id, *_claim_of(await self._held(case)), _NOTE)

    async def _close(self, case: OpenCase, deed: Deed) -> None:
        held = await self._held(case)
        await self._desk.close(held.id, *_claim_of(held), _NOTE, deed.outcome or "true_alarm")


def _claim_of(case: OpenCase) -> tuple[UUID, int]:
    """Who has it, under which claim."""
    if case.lease is None:
        raise NoCase("nobody has it")
    return case.lease.owner, case.lease.fence
