"""Products that are broken on purpose: the drill has to find each of them, or it finds nothing.

Every mutant names the law that must catch it (``evals/drill/laws.py``).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from agent.domain.escalation import Roster, Waiting
from agent.domain.roster import Counsellor as RosterCounsellor
from agent.errors import Conflict
from agent.escalation.alerts import climb, ladder
from agent.escalation.alerts.channels import Notice, Webhook
from agent.escalation.alerts.ladder import Alert, Wait
from agent.escalation.desk import handling
from agent.escalation.spool import Spool
from agent.graph.nodes import assess
from agent.graph.nodes import open_case as node
from agent.graph.runner import Runner
from agent.safety.crisis import CrisisWords
from agent.storage.repositories.alerts import Alerts
from agent.storage.repositories.cases import Cases
from agent.storage.repositories.claims import Claims
from agent.storage.repositories.queue import SEND
from agent.storage.repositories.turns import Turns, row_id
from agent.storage.unit_of_work import UnitOfWork

_LATE_SECONDS: Final = 0.4
_later: set[asyncio.Task[Any]] = set()


@dataclass(frozen=True, slots=True)
class Mutant:
    """``install`` breaks the product; ``laws`` are those of which one must be found broken; ``fault`` brings it out."""

    install: Callable[[], None]
    laws: frozenset[str]
    fault: str = ""


def _put(holder: object, name: str, value: object) -> None:
    setattr(holder, name, value)


def _reply_before_case() -> None:
    keep = node.keep_case

    async def late(*given: Any) -> tuple[UUID | None, bool]:  # noqa: ANN401
        async def afterwards() -> None:
            await asyncio.sleep(_LATE_SECONDS)
            await keep(*given)

        task = asyncio.create_task(afterwards())
        _later.add(task)
        return uuid4(), True

    _put(node, "keep_case", late)


def _accepted_before_commit() -> None:
    receive = Runner.receive

    async def at_once(this: Runner, conversation: UUID, person: UUID, client_turn: UUID, text: str) -> UUID:
        async def afterwards() -> None:
            await asyncio.sleep(_LATE_SECONDS)
            await receive(this, conversation, person, client_turn, text)

        task = asyncio.create_task(afterwards())
        _later.add(task)
        return row_id(conversation, client_turn)

    _put(Runner, "receive", at_once)


def _orphans_left() -> None:
    async def none(*_given: Any, **_more: Any) -> list[tuple[UUID, UUID]]:  # noqa: ANN401
        return []

    _put(Turns, "take_orphans", none)


def _nobody_alerted() -> None:
    decide = ladder.next_action

    def silent(case: Waiting, roster: Roster, *more: Any) -> object:  # noqa: ANN401
        action = decide(case, roster, *more)
        return Wait(None) if isinstance(action, Alert) and case.id.int % 2 else action

    _put(climb, "next_action", silent)


def _alerted_once_only() -> None:
    decide = ladder.next_action

    def once(case: Waiting, roster: Roster, *more: Any) -> object:  # noqa: ANN401
        return Wait(None) if case.status == "open" and case.pages else decide(case, roster, *more)

    _put(climb, "next_action", once)


def _never_lapses() -> None:
    async def kept(*_given: Any) -> None:  # noqa: ANN401
        return None

    decide = ladder.next_action

    def held(case: Waiting, roster: Roster, *more: Any) -> object:  # noqa: ANN401
        return Wait(None) if case.lease is not None else decide(case, roster, *more)

    _put(Claims, "lapse", kept)
    _put(climb, "next_action", held)


def _sent_without_sending() -> None:
    async def said(this: Webhook, notice: Notice) -> bool:
        del this, notice
        return True

    _put(Webhook, "send", said)


def _fence_ignored() -> None:
    async def whoever(this: Any, case_id: UUID, by: UUID, fence: int) -> object:  # noqa: ANN401
        del by, fence
        row = await this._locked(case_id)  # noqa: SLF001
        if row.status == "closed":
            raise Conflict("closed")
        return row

    _put(Claims, "_sitting", whoever)
    _put(Claims, "_held", whoever)


def _spool_forgets() -> None:
    def nothing(*_given: Any) -> None:  # noqa: ANN401
        return None

    async def kept(services: Any, message: Any, risk: Any) -> tuple[UUID | None, bool]:  # noqa: ANN401
        found, _ = await keep(services, message, risk)
        return found, True

    keep = node.keep_case
    _put(Spool, "put", nothing)
    _put(node, "keep_case", kept)


def _says_told_though_not() -> None:
    keep = node.keep_case

    async def told(*given: Any) -> tuple[UUID | None, bool]:  # noqa: ANN401
        found, kept = await keep(*given)
        return found or uuid4(), kept

    _put(node, "keep_case", told)


def _says_not_told_though_told() -> None:
    """As the product itself once said it."""
    fill = CrisisWords.fill

    def untold(this: CrisisWords, *given: Any) -> str:  # noqa: ANN401
        return f"{fill(this, *given)} I could not pass this conversation on to anyone here."

    _put(CrisisWords, "fill", untold)


def _claimed_without_commit() -> None:
    claim = Claims.claim

    async def forgotten(this: Any, case_id: UUID, by: UUID) -> int:  # noqa: ANN401
        fence = await claim(this, case_id, by)
        await this._connection.rollback()  # noqa: SLF001
        return fence

    _put(Claims, "claim", forgotten)


def _never_sent() -> None:
    defer = UnitOfWork.defer

    async def lost(work: UnitOfWork, task: str, **arguments: Any) -> None:  # noqa: ANN401
        if task != SEND:
            await defer(work, task, **arguments)

    _put(UnitOfWork, "defer", lost)


def _agent_talks_on() -> None:
    async def nobody(*_given: Any) -> None:  # noqa: ANN401
        return None

    _put(Cases, "held", nobody)


def _change_not_told() -> None:
    async def unsaid(*_given: Any) -> None:  # noqa: ANN401
        return None

    _put(handling, "tell", unsaid)


def _duty_invented() -> None:
    duty = RosterCounsellor.duty

    def whenever(this: RosterCounsellor, now: datetime) -> datetime | None:
        return None if duty(this, now) else now + timedelta(hours=1)

    _put(RosterCounsellor, "duty", whenever)


def _counted_twice() -> None:
    add = Cases.open_or_add

    async def doubled(this: Any, message: Any, risk: Any, version: str) -> tuple[UUID, bool]:  # noqa: ANN401
        case_id, written = await add(this, message, risk, version)
        if written:
            again = {"turn_id": message.turn_id, "versions": ("p", "m"), "detail": "[]"}
            await this._record.add(case_id, "risk", message.person_id, risk.tier, **again)  # noqa: SLF001
        return case_id, written

    _put(Cases, "open_or_add", doubled)


def _shown_as_told_at_once() -> None:
    async def told(*_given: Any) -> tuple[datetime, None]:  # noqa: ANN401
        return datetime.now(UTC), None

    _put(Alerts, "told", told)


def _asked_for_in_vain() -> None:
    def never(*_given: Any) -> bool:  # noqa: ANN401
        return False

    _put(assess, "asks_for_person", never)


MUTANTS: Final[dict[str, Mutant]] = {
    "reply_before_case": Mutant(_reply_before_case, frozenset({"before_case", "false_statement"})),
    "accepted_before_commit": Mutant(_accepted_before_commit, frozenset({"turn_lost", "not_answered"})),
    "orphans_left": Mutant(_orphans_left, frozenset({"not_answered"})),
    "nobody_alerted": Mutant(_nobody_alerted, frozenset({"not_alerted"})),
    "alerted_once_only": Mutant(_alerted_once_only, frozenset({"ladder_stopped"})),
    "never_lapses": Mutant(_never_lapses, frozenset({"not_lapsed"}), "silent_counsellor"),
    "sent_without_sending": Mutant(_sent_without_sending, frozenset({"said_sent"})),
    "never_sent": Mutant(_never_sent, frozenset({"not_sent"})),
    "fence_ignored": Mutant(_fence_ignored, frozenset({"fence", "illegal"}), "silent_counsellor"),
    "spool_forgets": Mutant(_spool_forgets, frozenset({"case_lost"}), "case_disk_full"),
    "says_told_though_not": Mutant(_says_told_though_not, frozenset({"false_statement"}), "case_disk_full"),
    "says_not_told_though_told": Mutant(_says_not_told_though_told, frozenset({"false_statement"})),
    "agent_talks_on": Mutant(_agent_talks_on, frozenset({"two_voices"})),
    "change_not_told": Mutant(_change_not_told, frozenset({"not_told"})),
    "duty_invented": Mutant(_duty_invented, frozenset({"false_statement"}), "empty_roster"),
    "counted_twice": Mutant(_counted_twice, frozenset({"duplicated"})),
    "shown_as_told_at_once": Mutant(_shown_as_told_at_once, frozenset({"false_statement"}), "deaf_channel"),
    "asked_for_in_vain": Mutant(_asked_for_in_vain, frozenset({"case_lost"})),
    "claimed_without_commit": Mutant(_claimed_without_commit, frozenset({"write_lost"})),
}
