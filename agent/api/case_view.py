"""Cases as the pages show them."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from agent.api.summary_view import summary_view
from agent.bootstrap import Application
from agent.domain.escalation import OWNED
from agent.storage.repositories.case_record import CaseEvent
from agent.storage.repositories.cases import Case, Listed
from agent.storage.repositories.turns import StoredTurn
from classifiers.entities import entities
from classifiers.evidence import IN_WORDS, SHOWN

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: Conversations of a case that its summary reads, the newest first.
SUMMED_UP = 5


async def list_view(app: Application, show: Listed) -> dict[str, object]:
    """Values for ``_cases.html``."""
    async with app.services.database.unit_of_work() as work:
        found = await work.cases.listed(show)
        on_duty = await work.counsellors.on_duty()
        unheard = await work.alerts.unheard()
    return {
        "on_duty": [{"name": name, "until": until, "supervisor": supervisor} for name, until, supervisor in on_duty],
        "alerts_unheard": unheard,
        "channels": app.services.ladder.can_reach,
        "cases": [_row(c) for c in found],
        "counts": dict(Counter(c.tier.label for c in found)),
        "spool_pending": len(app.services.spool.pending()),
        "show": show,
    }


async def case_view(app: Application, case_id: UUID, me: UUID) -> dict[str, object]:
    """Values for ``case.html``, as the counsellor who looks needs them."""
    async with app.services.database.unit_of_work() as work:
        case = await work.cases.get(case_id)
        events = await work.record.of(case.id, case.person_id)
        places = [case.conversation_id, *(e.conversation_id for e in reversed(events) if e.conversation_id is not None)]
        talks = {place: await work.turns.of(place) for place in list(dict.fromkeys(places))[:SUMMED_UP]}
        asked = await work.alerts.waits_for(case_id, me)
    turns = talks[case.conversation_id]
    latest = [e for e in events if e.kind in {"opened", "risk"}]
    # A case may span conversations; a message number means something in the one that is shown.
    here = {e.turn_seq for e in latest if e.conversation_id == case.conversation_id}
    return {
        **_row(case),
        "closed_at": case.closed_at,
        "closed_by": case.closed_by,
        "outcome": case.outcome,
        "asked": asked,
        "mine": case.lease is not None and case.lease.owner == me,
        "fence": case.lease.fence if case.lease else 0,
        "policy_version": latest[-1].policy_version if latest else "",
        "model_version": latest[-1].model_version if latest else "",
        "summary": await asyncio.to_thread(summary_view, case.conversation_id, talks, events, app.services.hints),
        "drivers": [
            {
                "source": d.source, "tier": d.tier.label, "detail": d.detail, "words": d.words, "score": d.score,
                "turn_seq": e.turn_seq if e.conversation_id == case.conversation_id else None,
            }
            for e in latest
            for d in e.drivers
        ],
        "events": [{"at": e.at, "kind": e.kind, "actor": e.actor, "text": _event_text(e, case)} for e in events],
        "turns": [
            {
                "seq": t.seq, "at": t.received_at, "text": t.text, "reply": t.reply.text if t.reply else "",
                "tier": t.tier.label if t.tier is not None else "none", "flagged": t.seq in here, **_heard(t),
            }
            for t in turns
        ],
    }  # fmt: skip


def _heard(turn: StoredTurn) -> dict[str, object]:
    """What the program heard in a message, and what it says it is not sure of."""
    reading = turn.reading
    if reading is None:
        return {"felt": [], "signs": [], "named": [], "doubts": []}
    return {
        "felt": list(reading.felt[:3]),
        "signs": [IN_WORDS.get(s.label, s.label) for s in reading.signs if s.score >= SHOWN],
        "named": [e.words for e in entities(turn.text)],
        "doubts": list(reading.doubts),
    }


def _row(case: Case) -> dict[str, object]:
    return {
        "id": str(case.id), "short_id": str(case.id)[:8], "tier": case.tier.label, "domains": list(case.domains),
        "opened_at": case.opened_at, "updated_at": case.updated_at, "status": case.status,
        "age": age(datetime.now(UTC) - case.opened_at), "person_short": str(case.person_id)[:8],
        "degraded": case.degraded, "owner": case.owner, "waiting": age(datetime.now(UTC) - case.since),
        "taken": case.status in OWNED,
    }  # fmt: skip


def age(passed: timedelta) -> str:
    """Words for how long ago."""
    if passed < MINUTE:
        return "less than a minute"
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        count = passed // unit
        if count:
            return f"{count} {name}{'s' if count > 1 else ''}"
    return ""


def _event_text(event: CaseEvent, case: Case) -> str:
    if event.note:
        return event.note
    if event.kind == "rung":
        return "put on the list and into the operator's log"
    if event.turn_seq is None:
        return event.tier.label
    where = "" if event.conversation_id == case.conversation_id else " of an earlier conversation"
    return f"{event.tier.label}, message {event.turn_seq}{where}"
