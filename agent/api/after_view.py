"""A follow-up, and the handover of a shift, as their pages show them."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from agent.api.case_after import due_rows
from agent.api.case_view import age
from agent.bootstrap import Application
from agent.domain.escalation import OWNED
from agent.errors import Tampered
from agent.storage.repositories.cases import Case
from agent.storage.repositories.follow_ups import FollowUp
from agent.storage.unit_of_work import UnitOfWork

CLOSED_WITHIN, DUE_WITHIN = timedelta(hours=12), timedelta(hours=24)
#: A follow-up of which nobody was told for so long after it became due.
UNTOLD: Final = timedelta(minutes=2)
UNREADABLE: Final = "This cannot be read: the key does not fit."


async def follow_up_view(app: Application, follow_up_id: UUID) -> dict[str, object]:
    """Values for ``follow_up.html``. Whoever looks reads what the person has answered."""
    async with app.services.database.unit_of_work() as work:
        one, now = await work.follow_ups.get(follow_up_id), await work.alerts.now()
        await work.follow_ups.read(one.person_id)
        wrote = await work.follow_ups.written_at(one)
        answers = await work.turns.since(one.person_id, wrote) if wrote is not None else []
        what, done = await work.follow_ups.words(one)
        last = await work.conversations.last(one.person_id)
        note = await work.record.last_note(one.case_id, one.person_id)
        case = await work.cases.get(one.case_id)
        await work.commit()
    return {
        "follow_up": {
            **due_rows([one], now)[0], "case_id": str(one.case_id), "what": what, "made_at": one.made_at,
            "late": age(now - one.due_at) if one.due_at <= now else "",
            "ended_at": last.ended_at, "live": str(one.live) if one.live else "", "done_at": one.done_at,
            "done_by": one.done_by, "reached": one.reached, "done": done,
            "answers": [{"at": t.received_at, "text": t.text} for t in answers],
        },
        "case": {"outcome": case.outcome, "language": case.language, "note": note.note if note else ""},
    }  # fmt: skip


async def handover_view(app: Application) -> dict[str, object]:
    """Values for ``handover.html``: what whoever comes next has to know. No words of any person."""
    async with app.services.database.unit_of_work() as work:
        now = await work.alerts.now()
        live = await work.cases.listed("live", limit=1000)
        ended = await work.cases.listed("closed", limit=1000)
        closed = [c for c in ended if c.closed_at is not None and c.closed_at > now - CLOSED_WITHIN]
        unheard = await work.alerts.unheard_cases()
        due = await work.follow_ups.listed(DUE_WITHIN)
        on_duty = [(one, end) for one in await work.roster.everybody() if (end := one.duty(now)) is not None]
        return {
            "at": now,
            "on_duty": [{"name": one.name, "until": end, "supervisor": one.supervisor} for one, end in on_duty],
            "live": [{**await _case(work, c), "unheard": c.id in unheard} for c in live],
            "closed": [await _case(work, c) for c in closed],
            "follow_ups": [
                {**row, "what": await _what(work, one),
                 "untold": one.told_at is None and one.due_at + UNTOLD < now, "with_case": one.live is not None}
                for one, row in zip(due, due_rows(due, now), strict=True)
            ],
            "spool_pending": len(app.services.spool.pending()),
        }  # fmt: skip


async def _case(work: UnitOfWork, case: Case) -> dict[str, object]:
    handed = await work.record.handed_at(case.id) if case.status in OWNED else None
    try:
        noted = await work.record.last_note(case.id, case.person_id)
        note = {"text": noted.note, "by": noted.actor, "at": noted.at} if noted is not None else None
    except Tampered:
        note = {"text": UNREADABLE, "by": None, "at": None}
    return {
        "id": str(case.id), "short_id": str(case.id)[:8], "tier": case.tier.label, "domains": list(case.domains),
        "status": case.status, "owner": case.owner, "second": case.second_name, "since": handed or case.since,
        "language": case.language, "note": note, "outcome": case.outcome, "closed_at": case.closed_at,
        "closed_by": case.closed_by, "lapsed": case.lapsed,
    }  # fmt: skip


async def _what(work: UnitOfWork, one: FollowUp) -> str:
    try:
        return (await work.follow_ups.words(one))[0]
    except Tampered:
        return UNREADABLE
