"""The handoff summary as the page of a case shows it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from agent.escalation.summary.cues import SummaryCues
from agent.escalation.summary.write import Claim, Heard, Moment, Summary, summarise
from agent.safety.hints import Hints
from agent.storage.repositories.case_record import CaseEvent
from agent.storage.repositories.lines import StoredLine
from agent.storage.repositories.turns import StoredTurn


def summary_view(
    shown: UUID, talks: Mapping[UUID, Sequence[StoredTurn]], events: Sequence[CaseEvent], hints: Hints,
    lines: Sequence[StoredLine] = (), unread: int = 0,
) -> dict[str, object]:  # fmt: skip
    """Values for ``_summary.html``. ``shown`` is the conversation that is on the page: only its messages get a link."""
    return summary_values(summarise(talks, events, SummaryCues.load(), hints), shown, lines, unread)


def summary_values(
    summary: Summary, shown: UUID, lines: Sequence[StoredLine] = (), unread: int = 0
) -> dict[str, object]:
    """The summary in the form of the template. ``answered``: counsellors' lines in it, by whose words they are.

    ``unread``: how many earlier conversations of the case it knows nothing of.
    """
    return {
        "unread": unread,
        "answered": Counter(one.wording for one in lines if one.wording is not None),
        "said": [_claim(c, shown) for c in summary.said],
        "topics": {topic: [_claim(c, shown) for c in claims] for topic, claims in summary.topics.items()},
        "aside": [_claim(c, shown) for c in summary.aside],
        "more": summary.more,
        "unknown": list(summary.unknown),
        "unclear": [{"topic": t, **_perhaps(found, shown)} for t, found in summary.unclear.items()],
        "timeline": [_moment(m, shown) for m in summary.timeline],
        "other_languages": list(summary.other_languages),
    }


def _claim(claim: Claim, shown: UUID) -> dict[str, object]:
    place = _place(claim.span.conversation_id, claim.span.turn_seq, shown)
    tier = claim.tier.label if claim.tier is not None else ""
    return {"quote": claim.quote, "why": claim.why, "frame": claim.frame, "tier": tier, **place}


def _perhaps(found: Claim | Heard, shown: UUID) -> dict[str, object]:
    if isinstance(found, Heard):
        return {"quote": "", **_place(found.conversation_id, found.turn_seq, shown)}
    return _claim(found, shown)


def _place(conversation: UUID, seq: int, shown: UUID) -> dict[str, object]:
    return {"seq": seq, "here": conversation == shown}


def _moment(moment: Moment, shown: UUID) -> dict[str, object]:
    tier = moment.tier.label if moment.tier is not None else ""
    place = {"seq": moment.turn_seq, "here": moment.conversation_id == shown}
    return {"kind": moment.kind, "at": moment.at, "tier": tier, **place}
