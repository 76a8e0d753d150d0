"""The trusted contact and the safety plan as a case's page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import uuid4

from agent.domain.safety_plan import MOST_PART, PARTS
from agent.domain.trusted import Reach
from agent.escalation.trusted.contacts import TrustedDesk
from agent.escalation.trusted.policy import filled
from agent.storage.repositories.cases import Case
from agent.storage.repositories.counsellors import SignedIn
from agent.storage.unit_of_work import UnitOfWork

#: What the counsellor may do with the contact: nothing, give a reason, see them and write, or wait for the message.
Step = Literal["none", "reason", "write", "sending", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class TrustRefused:
    """What was sent and not done, and why."""

    about: Literal["trusted", "plan"]
    error: str = ""
    reason: str = ""
    tried: frozenset[str] = frozenset()
    parts: Mapping[str, str] = field(default_factory=dict)

    def because(self, error: str) -> "TrustRefused":
        """With the reason."""
        return replace(self, error=error)


async def trusted_view(
    desk: TrustedDesk, work: UnitOfWork, case: Case, me: SignedIn, refused: TrustRefused | None
) -> dict[str, object]:
    """Values for ``_trusted.html``. Who the contact is stands in them only once this counsellor has given a reason."""
    named, last = await work.contacts.of(case.person_id), await work.contacts.last(case.person_id)
    owner = case.lease is not None and case.lease.owner == me.counsellor_id
    reaches = await work.reaches.of(case.id)
    used, allowed = sum(r.counts for r in reaches), await work.reaches.approvals(case.id)
    mine = [r for r in reaches if owner and named is not None and r.by == me.counsellor_id and r.contact_id == named.id]
    missing = await desk.missing(work, case, me.counsellor_id) if owner and named is not None else []
    opened = mine[0] if mine else None
    step = _step(opened, more=not missing) if owner and named is not None else "none"
    given = refused if refused is not None and refused.about == "trusted" else TrustRefused("trusted")
    return {
        "named_at": named.agreed_at if named else None,
        "test": named.test if named else "none",
        "ended": last if named is None else None,
        "available": desk.available,
        "owner": owner,
        "step": step,
        "missing": missing,
        "contact": named.contact if named is not None and opened is not None else None,
        "reach": opened,
        "new_reach": uuid4(),
        "words": filled(
            desk.policy.reach.body, called=named.contact.called, contact=named.contact.name, counsellor=me.name,
            link="(a link by which they can say no)",
        ) if named is not None and opened is not None else "",
        "tried": desk.policy.tried,
        "may_allow": me.supervisor and not owner and used > allowed and case.status != "closed",
        "error": given.error, "reason": given.reason, "given": given.tried,
        "key": "/".join(str(x) for x in (
            case.status, case.lease.fence if case.lease else 0, named.id if named else "", step, len(missing), used,
            allowed, named.test if named else "", opened.id if opened else "",
        )),
    }  # fmt: skip


def _step(opened: Reach | None, *, more: bool) -> Step:
    """Once a message has gone out, another one begins with a reason of its own, where one more is allowed."""
    if opened is None:
        return "reason" if more else "none"
    if opened.failed_at is not None:
        return "failed"
    if opened.asked_at is None:
        return "write"
    if opened.sent_at is None:
        return "sending"
    return "reason" if more else "sent"


async def plan_view(work: UnitOfWork, case: Case, refused: TrustRefused | None) -> dict[str, object]:
    """Values for ``_plan.html``. Refused words stand in the boxes; the newest plan, which is above, is their base."""
    stored = await work.plans.of(case.person_id)
    given = refused if refused is not None and refused.about == "plan" else None
    saved = stored.plan.parts()
    return {
        "revision": stored.revision, "saved": saved, "at": stored.at, "by": stored.by, "names": PARTS,
        "most": MOST_PART, "written": {**saved, **(given.parts if given else {})},
        "error": given.error if given else "",
    }  # fmt: skip
