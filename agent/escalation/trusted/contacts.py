"""Trusted contacts: named and taken back by the person, refused by the contact, reached by a counsellor by the policy.

Each deed is one commit: rows, the event on the record, and the job that sends.
"""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from agent.domain.escalation import Lease
from agent.domain.risk import Tier
from agent.domain.trusted import Contact, Reach
from agent.errors import BadInput, Conflict, NotFound
from agent.escalation.alerts.channels import Mailer
from agent.escalation.trusted.rules import Ask, TrustedPolicy, may_reach
from agent.storage.repositories.cases import Case
from agent.storage.repositories.queue import REACH, TEST
from agent.storage.unit_of_work import Database, UnitOfWork

#: The case stands there, the reason is given: what is asked again when the message is sent.
_GIVEN: Final = frozenset({"reason", "not_tried"})


@dataclass(frozen=True, slots=True)
class TrustedDesk:
    """What can be done about contacts in this deployment. Without a ``mailer`` none is taken."""

    database: Database
    policy: TrustedPolicy
    mailer: Mailer | None
    base_url: str

    @property
    def available(self) -> bool:
        """Whether anybody can be named."""
        return self.mailer is not None

    async def name(self, person_id: UUID, contact: Contact, version: str) -> None:
        """Name somebody, in knowledge of a version of the policy; the test message goes out with it."""
        self._must_have_mail()
        if version != self.policy.version:
            raise Conflict("The words on this page have changed. Please read them again.", code="words_changed")
        async with self.database.unit_of_work() as work:
            named = await work.contacts.name(person_id, contact, version)
            if named.test == "none":
                await self._ask_test(work, person_id)
            await work.commit()

    async def test(self, person_id: UUID) -> None:
        """One more test message, at most one a day."""
        self._must_have_mail()
        async with self.database.unit_of_work() as work:
            await self._ask_test(work, person_id)
            await work.commit()

    async def revoke(self, person_id: UUID) -> None:
        """Taken back. Works at any time, with and without a mail server."""
        async with self.database.unit_of_work() as work:
            await work.contacts.revoke(person_id)
            await work.commit()

    async def refuse(self, token: str) -> bool:
        """The contact says no. False if nobody has named them by this link any more."""
        async with self.database.unit_of_work() as work:
            refused = await work.contacts.refuse(token)
            await work.commit()
        return refused

    async def look_up(
        self, case_id: UUID, by: UUID, fence: int, reach_id: UUID, reason: str, tried: frozenset[str]
    ) -> None:
        """Show the contact to the counsellor who has the case, with a reason that is kept."""
        async with self.database.unit_of_work() as work:
            person_id, tier = await work.claims.seated(case_id, by, fence)
            ask = await self._ask(work, await work.cases.get(case_id), by, reason, tried)
            await self._check(work, ask)
            named = await work.contacts.of(person_id)
            assert named is not None  # else it would be missing
            if await work.reaches.open(reach_id, case_id, person_id, named.id, by, reason):
                kept = "; ".join([reason, *(self.policy.tried[t] for t in sorted(tried & self.policy.tried.keys()))])
                await work.record.add(case_id, "reach_open", person_id, tier, actor=by, detail=kept)
            await work.commit()

    async def send(self, case_id: UUID, by: UUID, fence: int, reach_id: UUID) -> None:
        """Write to the contact that was looked up; again only if it failed. Twice at once is once."""
        async with self.database.unit_of_work() as work:
            person_id, tier = await work.claims.seated(case_id, by, fence)
            reach, named = await work.reaches.get(reach_id), await work.contacts.of(person_id)
            if reach is None or reach.case_id != case_id or reach.by != by:
                raise NotFound("This was not looked up by you.", code="unknown_reach")
            if reach.counts:
                return
            ask = await self._ask(work, await work.cases.get(case_id), by, reach.reason, _GIVEN)
            await self._check(work, replace(ask, contact=named is not None and named.id == reach.contact_id), _GIVEN)
            await work.reaches.asked(reach_id)
            await work.record.add(case_id, "reach", person_id, tier, actor=by, detail=reach.reason)
            await work.defer(REACH, reach_id=str(reach_id))
            await work.commit()

    async def allow_again(self, case_id: UUID, by: UUID) -> None:
        """A supervisor who does not have the case and wrote no message in it allows one more."""
        async with self.database.unit_of_work() as work:
            waiting = await work.alerts.waiting(case_id)  # its row is locked from here on
            case = await work.cases.get(case_id)
            reaches = await work.reaches.of(case_id)
            if waiting is None or _owner(case) == by or any(r.counts and r.by == by for r in reaches):
                raise Conflict(
                    "Only a supervisor who does not have the case and has not written in it can allow this.",
                    code="not_permitted",
                )
            if sum(r.counts for r in reaches) <= await work.reaches.approvals(case_id):
                raise Conflict("One more message is allowed already.", code="allowed_already")
            await work.record.add(case_id, "reach_again", case.person_id, case.tier, actor=by)
            await work.commit()

    async def missing(self, work: UnitOfWork, case: Case, by: UUID) -> list[str]:
        """What stands in the way whatever the counsellor writes, in words."""
        found = may_reach(await self._ask(work, case, by, "", frozenset()), self.policy, await work.alerts.now())
        return [self.policy.missing[m] for m in found if m not in _GIVEN]

    async def _ask(self, work: UnitOfWork, case: Case, by: UUID, reason: str, tried: frozenset[str]) -> Ask:
        named = await work.contacts.of(case.person_id)
        reaches: list[Reach] = await work.reaches.of(case.id)
        return Ask(
            tier=Tier(case.tier), owner=_owner(case) == by, mail=self.available, contact=named is not None,
            told=named is not None and named.test == "sent", reason=reason, tried=tried,
            reached=sum(r.counts for r in reaches), allowed=await work.reaches.approvals(case.id),
        )  # fmt: skip

    async def _check(self, work: UnitOfWork, ask: Ask, given: frozenset[str] = frozenset()) -> None:
        found = [m for m in may_reach(ask, self.policy, await work.alerts.now()) if m not in given]
        if found:
            words = " ".join(self.policy.missing[m] for m in found)
            raise (BadInput if set(found) <= _GIVEN else Conflict)(words, code=found[0])

    async def _ask_test(self, work: UnitOfWork, person_id: UUID) -> None:
        contact_id = await work.contacts.ask_test(person_id)
        if contact_id is not None:
            await work.defer(TEST, contact_id=str(contact_id))

    def _must_have_mail(self) -> None:
        if not self.available:
            raise Conflict("Nobody can be named here: no mail server is set up.", code="no_mail")


def _owner(case: Case) -> UUID | None:
    lease: Lease | None = case.lease
    return None if lease is None else lease.owner
