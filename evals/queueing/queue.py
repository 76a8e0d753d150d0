"""The waiting cases, in the order of the product's own rule."""

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from agent.domain.risk import Tier
from agent.domain.roster import Counsellor
from agent.escalation.alerts.ladder import LadderPolicy
from agent.escalation.desk.order import right_ones
from agent.storage.repositories.cases import Case

#: A Monday. Nothing depends on the date.
EPOCH: Final = datetime(2026, 1, 5, tzinfo=UTC)


def moment(at: int) -> datetime:
    """The clock of the product at a simulated microsecond."""
    return EPOCH + timedelta(microseconds=at)


def waiting_case(number: int, tier: Tier, at: int) -> Case:
    """A case as the desk lists it: one language, one domain, nobody lapsed, nobody stands behind others."""
    one, now = UUID(int=number), moment(at)
    return Case(
        id=one, person_id=one, conversation_id=one, tier=tier, domains=("suicide",), status="open", degraded=False,
        opened_at=now, updated_at=now, since=now, lease=None, owner=None, outcome=None, closed_at=None, closed_by=None,
        needed_at=now, lapsed=False, lowered=False, drafting=False, second=None, second_name=None, language="en",
    )  # fmt: skip


class Queue:
    """Cases that wait. They come in the order of time.

    Among cases that differ in tier and time alone the right one is the oldest of some tier, so that the product's rule
    is asked about the oldest of each: a test compares that with asking it about all.
    """

    def __init__(self, policy: LadderPolicy, cases: Iterable[Case] = ()) -> None:
        self._policy = policy
        self._tiers: dict[Tier, deque[Case]] = {tier: deque() for tier in Tier}
        for case in cases:
            self.add(case)

    def add(self, case: Case) -> None:
        """One more, at the end."""
        self._tiers[case.tier].append(case)

    def __len__(self) -> int:
        return sum(map(len, self._tiers.values()))

    def take(self, me: Counsellor, at: int) -> Case | None:
        """Take out what this counsellor should have next; None if nobody waits."""
        heads = [cases[0] for cases in self._tiers.values() if cases]
        if not heads:
            return None
        right = right_ones(heads, me, self._policy, moment(at))[0]
        return self._tiers[right.tier].popleft()
