"""What comes after cases, as the list and a case's page show it: follow-ups, and that a person stands lower."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from agent.domain.misuse import misuses
from agent.domain.risk import Tier
from agent.storage.repositories.cases import Case
from agent.storage.repositories.follow_ups import FollowUp
from agent.storage.unit_of_work import UnitOfWork

#: A follow-up that was due so long ago is overdue.
OVERDUE: Final = timedelta(hours=1)


def due_rows(due: Sequence[FollowUp], now: datetime) -> list[dict[str, object]]:
    """Rows of follow-ups, without their words."""
    return [
        {
            "id": str(one.id), "short_id": str(one.case_id)[:8], "tier": one.tier.label, "due_at": one.due_at,
            "made_by": one.made_by, "wrote": one.wrote, "due": one.due_at <= now,
            "answered_at": one.answered_at,
            "overdue": one.due_at + OVERDUE <= now,
        }
        for one in due
    ]  # fmt: skip


async def list_after(work: UnitOfWork, cases: Sequence[Case], now: datetime) -> dict[str, object]:
    """Follow-ups that are due, for the list. Nothing in them has to be opened with a key: the list never fails of it.

    They stand above the waiting cases, because a promise made to somebody is forgotten most easily, but below when a
    case waits at high or imminent: nobody in such danger comes second to a message that is hours late at worst.
    """
    due = await work.follow_ups.listed()
    return {
        "follow_ups": due_rows([one for one in due if one.live is None], now),
        "danger_waits": any(c.status == "open" and c.tier >= Tier.HIGH for c in cases),
        "with_follow_up": {str(one.live) for one in due if one.live is not None},
    }


async def case_after(work: UnitOfWork, case: Case, now: datetime) -> dict[str, object]:
    """Follow-ups of the case's person, and why the case stands lower."""
    found = await work.follow_ups.of(case.person_id)
    told = [
        {**row, "what": (await work.follow_ups.words(one))[0]}
        for one, row in zip(found, due_rows(found, now), strict=True)
    ]
    counted = misuses(await work.record.verdicts(case.person_id), now) if case.lowered else []
    return {"follow_ups": told, "lowered": case.lowered, "misuses": counted}
