"""Cases as the pages show them."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from agent.api.case_after import case_after, list_after
from agent.api.form_view import Refused, forms_view
from agent.api.summary_view import summary_view
from agent.api.trust_view import TrustRefused, plan_view, trusted_view
from agent.bootstrap import Application
from agent.domain.escalation import OWNED, OnDuty
from agent.domain.risk import Tier
from agent.domain.roster import Counsellor
from agent.escalation.alerts.ladder import LadderPolicy
from agent.escalation.desk.order import deadline, right_ones
from agent.escalation.desk.trend import Mark, trend
from agent.escalation.trouble import trouble
from agent.storage.repositories.case_record import CaseEvent
from agent.storage.repositories.cases import Case, Listed
from agent.storage.repositories.counsellors import SignedIn
from agent.storage.repositories.lines import LineKind, StoredLine
from agent.storage.repositories.turns import StoredTurn
from classifiers.entities import entities
from classifiers.evidence import IN_WORDS, SHOWN

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: Conversations of a case that its summary reads, the newest first. It says when there are more.
SUMMED_UP = 5
MOST_LISTED = 200
#: Messages of which the trend is drawn.
MOST_MARKS = 12
#: Drivers that say nothing of danger in the message itself.
STANDS = frozenset({"open_case", "asked"})
Seat = Literal["owner", "second", "none"]
_ALL_LINES: frozenset[LineKind] = frozenset({"counsellor", "notice", "whisper", "draft"})


async def list_view(app: Application, me: UUID, show: str) -> dict[str, object]:
    """Values for ``_cases.html`` and the head of ``cases.html``, as the counsellor who looks needs them."""
    listed: Listed = "closed" if show == "closed" else "live"
    async with app.services.database.unit_of_work() as work:
        now = await work.alerts.now()
        found = await work.cases.listed(listed, MOST_LISTED + 1)
        everybody = await work.roster.everybody()
        after = await list_after(work, found, now)
        looks = await work.forms.wanting_a_look(me)
    amiss = await trouble(app.services.database, app.services.spool, app.services.desk.policy)
    policy = app.services.desk.policy
    mine = next(one for one in everybody if one.id == me)
    ordered = [*right_ones(found, mine, policy, now), *(c for c in found if c.status != "open")]
    shown = ordered if listed == "live" else found
    return {
        "on_duty": [_duty(one, end, now) for one in everybody if (end := one.duty(now)) is not None],
        "until": mine.duty(now),
        "resting": mine.break_until if mine.on_break(now) else None,
        "cases_overdue": amiss.cases_overdue,
        "alerts_unheard": amiss.alerts_unheard,
        "jobs_failed": amiss.jobs_failed,
        "channels_failing": amiss.channels_failing,
        "contacts_unreached": amiss.contacts_unreached,
        "spool_unreadable": amiss.spool_unreadable,
        "channels": app.services.ladder.can_reach,
        "cases": [{**_row(c, policy, now), "look": c.id in looks} for c in shown[:MOST_LISTED]],
        "looks": len(looks),
        "cut": MOST_LISTED if len(found) > MOST_LISTED else 0,
        "counts": dict(Counter(c.tier.label for c in found)),
        "waits": any(c.status == "open" for c in found),
        "spool_pending": amiss.spooled_cases,
        "show": show,
        "supervisor": mine.supervisor,
        **after,
    }


async def case_view(
    app: Application, case_id: UUID, me: SignedIn, refused: Refused | None = None,
    trust_refused: TrustRefused | None = None, *, again: bool = False,
) -> dict[str, object]:  # fmt: skip
    """Values for ``case.html``, as the counsellor who looks needs them.

    Whoever has the case is alive by looking, unless their page looks ``again`` by itself.

    ``refused``, ``trust_refused``: a form that could not be saved.
    """
    async with app.services.database.unit_of_work() as work:
        case = await work.cases.get(case_id)
        if not again and case.lease is not None and case.lease.owner == me.counsellor_id:
            await work.claims.stay(case_id, me.counsellor_id, case.lease.fence)
            await work.commit()
    async with app.services.database.unit_of_work() as work:
        now = await work.alerts.now()
        case = await work.cases.get(case_id)
        events = await work.record.of(case.id, case.person_id)
        places = [case.conversation_id, *(e.conversation_id for e in reversed(events) if e.conversation_id is not None)]
        spoken = list(dict.fromkeys(places))
        talks = {place: await work.turns.of(place) for place in spoken[:SUMMED_UP]}
        lines = await work.lines.of(case.conversation_id, _ALL_LINES)
        ended_at = (await work.conversations.get(case.conversation_id, case.person_id)).ended_at
        asked = await work.alerts.waits_for(case_id, me.counsellor_id)
        forms = await work.forms.of(case_id, case.person_id)
        trusted = await trusted_view(app.services.trusted, work, case, me, trust_refused)
        plan = await plan_view(work, case, trust_refused)
        names = {one.id: one.name for one in await work.roster.everybody()}
        on_duty, mine = await work.roster.on_duty(now), await work.roster.load(me.counsellor_id)
        cap = await work.roster.cap(me.counsellor_id)
        after = await case_after(work, case, now)
    turns = talks[case.conversation_id]
    latest = [e for e in events if e.kind in {"opened", "risk"}]
    # A case may span conversations; a message number means something in the one that is shown.
    here = {e.turn_seq for e in latest if e.conversation_id == case.conversation_id}
    seat = _seat(case, me.counsellor_id)
    shown = {
        **_row(case, app.services.desk.policy, now),
        **after,
        "closed_at": case.closed_at,
        "closed_by": case.closed_by,
        "outcome": case.outcome,
        "asked": asked,
        "seat": seat,
        "forms": forms_view(forms, me.counsellor_id, seat != "none", refused),
        "fence": case.lease.fence if case.lease else 0,
        "drafting": case.drafting,
        "policy_version": latest[-1].policy_version if latest else "",
        "model_version": latest[-1].model_version if latest else "",
        "summary": await asyncio.to_thread(
            summary_view, case.conversation_id, talks, events, app.services.hints, lines, len(spoken) - len(talks)
        ),
        "drivers": [
            {
                "source": d.source, "tier": d.tier.label, "detail": d.detail, "words": d.words, "score": d.score,
                "turn_seq": e.turn_seq if e.conversation_id == case.conversation_id else None,
            }
            for e in latest
            for d in e.drivers
        ],
        "trend": _trend(case.conversation_id, talks, latest),
        "events": [{"at": e.at, "kind": e.kind, "actor": e.actor, "text": _event_text(e, case)} for e in events],
        "talk": _talk(turns, lines, here),
        "ended_at": ended_at,
    }  # fmt: skip
    others = [{"id": o.id, "name": names[o.id], "state": _state(o)} for o in on_duty if o.id != me.counsellor_id]
    whose = {"trusted": trusted, "plan": plan, "supervisor": me.supervisor, "my_id": me.counsellor_id,
             "full": mine if mine >= cap else 0}  # fmt: skip
    return {"case": shown, "others": others, "line": uuid4(), "aside_line": uuid4(), **whose}


def _duty(one: Counsellor, end: datetime, now: datetime) -> dict[str, object]:
    return {"name": one.name, "until": end, "supervisor": one.supervisor, "on_break": one.on_break(now)}


def _state(one: OnDuty) -> str:
    """What whoever passes a case on should know of the other."""
    if one.on_break:
        return "on a break"
    return "" if one.free else f"has {one.load} cases, as many as they said"


def _seat(case: Case, me: UUID) -> Seat:
    if case.lease is not None and case.lease.owner == me:
        return "owner"
    return "second" if case.second == me else "none"


def _trend(here: UUID, talks: dict[UUID, list[StoredTurn]], flagged: list[CaseEvent]) -> dict[str, object]:
    """Each message with the tier of its own words, and where that goes. What an open case adds is none of it.

    A new chat begins nothing anew: messages of the earlier ones that the summary reads count too.
    """
    own = {
        (e.conversation_id, e.turn_seq): max((d.tier for d in e.drivers if d.source not in STANDS), default=Tier.NONE)
        for e in flagged
    }
    marks = [
        Mark(t.seq if place == here else None, t.received_at, own.get((place, t.seq), Tier.NONE))
        for place, turns in talks.items()
        for t in turns
    ]
    marks.sort(key=lambda mark: mark.at)
    found = trend(marks)
    shown = [{"seq": m.seq, "at": m.at, "tier": m.tier.label} for m in marks[-MOST_MARKS:]]
    return {"marks": shown, "direction": found.direction if found else "", "since": found.since if found else None}


def _talk(turns: list[StoredTurn], lines: list[StoredLine], flagged: set[int | None]) -> list[dict[str, object]]:
    """Messages and lines in one order. A draft that was answered since is of no use any more and left out."""
    answered = max((x.seq for x in lines if x.kind == "counsellor"), default=0)
    said: list[dict[str, object]] = [
        {
            "kind": "turn", "seq": t.seq, "at": t.received_at, "text": t.text,
            "reply": t.reply.text if t.reply else "", "relayed": t.reply is not None and t.reply.origin == "relay",
            "tier": t.tier.label if t.tier is not None else "none", "flagged": t.seq in flagged, **_heard(t),
        }
        for t in turns
    ]  # fmt: skip
    said += [
        {"kind": x.kind, "seq": x.seq, "at": x.at, "text": x.text, "author": x.author, "wording": x.wording}
        for x in lines
        if x.kind != "draft" or x.seq > answered
    ]
    return sorted(said, key=lambda one: int(str(one["seq"])))


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


def _row(case: Case, policy: LadderPolicy, now: datetime) -> dict[str, object]:
    due = deadline(case, policy) if case.status == "open" else None
    return {
        "id": str(case.id), "short_id": str(case.id)[:8], "tier": case.tier.label, "domains": list(case.domains),
        "opened_at": case.opened_at, "updated_at": case.updated_at, "status": case.status,
        "age": age(now - case.opened_at), "person_short": str(case.person_id)[:8], "lapsed": case.lapsed,
        "degraded": case.degraded, "owner": case.owner, "second": case.second_name, "language": case.language,
        "waiting": age(now - case.needed_at), "lowered": case.lowered, "taken": case.status in OWNED, "due": due,
        "late": due is not None and due <= now,
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
