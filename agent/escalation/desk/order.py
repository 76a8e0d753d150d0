"""Which of the waiting cases a counsellor should have next: by tier, then deadline, then age. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.domain.risk import Tier
from agent.domain.roster import Counsellor
from agent.escalation.alerts.ladder import LadderPolicy
from agent.storage.repositories.cases import Case


def deadline(case: Case, policy: LadderPolicy) -> datetime:
    """When somebody should have answered for it."""
    return case.needed_at + policy.within.get(case.tier, timedelta(days=1))


def right_ones(cases: Sequence[Case], me: Counsellor, policy: LadderPolicy, now: datetime) -> list[Case]:
    """Those waiting, the right one for this counsellor first.

    Within a tier a case whose counsellor vanished is the first of all. Then what is overdue goes first, whoever speaks
    its language; then what this counsellor speaks and knows best. A person who misused the queue stands behind the
    others of their tier and is never left out.
    """

    def place(case: Case) -> tuple[object, ...]:
        due = deadline(case, policy)
        late = due <= now
        foreign = not late and case.language not in me.languages
        unknown = not late and not set(case.domains) & set(me.skills)
        behind = case.lowered and case.tier < Tier.IMMINENT
        return (-case.tier, not case.lapsed, behind, not late, foreign, unknown, due, case.opened_at)

    return sorted((c for c in cases if c.status == "open"), key=place)
