"""What a reply may say of who has been told and who is here: the record's truth at this moment, or less."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from agent.domain.turn import Reply
from agent.escalation.hands import Hands, hands_of
from agent.graph.failures import STORAGE_FAILED
from agent.graph.state import Services, State
from agent.safety.crisis import Moment, Told
from agent.safety.helplines import emergency_of, line_of
from agent.safety.sentences import split

log = logging.getLogger("handhold.graph")
HOUR = timedelta(hours=1)
_SECONDS = 2.0


async def who_is_told(state: State, services: Services, moment: Moment) -> tuple[Told | None, str]:
    """The sentence about the list, and how long nobody is on duty. Said at the first answer, not each time."""
    if moment in {"later", "retraction"} or state["held"] is not None:
        return None, ""
    hands = await hands_now(state, services)
    if hands is None:
        return "case_open_unknown", ""
    if hands.on_duty:
        return "case_open_on_duty", ""
    return ("case_open_nobody_on_duty", "") if hands.duty_at is None else ("case_open_nobody_until", wait(hands))


async def person_asked(state: State, services: Services, *, stored: bool) -> Reply:
    """The answer to somebody who asked for a person. The card goes with it: others answer sooner."""
    hands = await hands_now(state, services) if stored else None
    card = services.card(state)
    words = services.words.seek_person[_case(hands, stored=stored)]
    text = words.replace("{line}", line_of(card)).replace("{emergency}", emergency_of(card))
    if hands is not None:
        text = text.replace("{wait}", wait(hands)).replace("{name}", " and ".join(hands.names))
    risk = state["risk"]
    reasons = () if stored else ("case_not_stored",)
    return Reply(text, split(text), "crisis", risk.tier, "connect_person", card=True, reasons=reasons)


def _case(hands: Hands | None, *, stored: bool) -> str:
    if hands is None:
        return "unknown" if stored else "not_stored"
    if hands.state in {"coming", "taken"}:
        return hands.state
    if hands.on_duty:
        return "on_duty"
    return "nobody" if hands.duty_at is None else "nobody_until"


def wait(hands: Hands) -> str:
    """How long until somebody is on duty, in words that follow "about"."""
    if hands.duty_at is None:
        return ""
    hours = max(1, round((hands.duty_at - datetime.now(UTC)) / HOUR))
    if hours < 36:  # noqa: PLR2004  (a day and a half)
        return "an hour" if hours == 1 else f"{hours} hours"
    return f"{round(hours / 24)} days"


async def hands_now(state: State, services: Services) -> Hands | None:
    """Who has been told and who is here; None when the record cannot be read in time: then less is said."""
    try:
        async with asyncio.timeout(_SECONDS), services.database.unit_of_work() as work:
            return await hands_of(work, state["message"].person_id, services.ladder.policy.grace)
    except STORAGE_FAILED as error:
        log.warning("hands_unknown", extra={"code": type(error).__name__})
        return None
