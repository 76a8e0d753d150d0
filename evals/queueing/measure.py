"""What one simulated week comes to."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from agent.domain.risk import Tier
from agent.escalation.alerts.ladder import LadderPolicy
from agent.escalation.desk.board import percentile
from evals.queueing.demand import END, HORIZON, HOUR, MINUTE, SECOND, WARM_UP, Demand
from evals.queueing.settings import Rota
from evals.queueing.simulate import Served

#: Whose waits are told apart: by the tier that was read, and all that were in danger, whatever was read.
GROUPS: Final = ("imminent", "high", "moderate", "in danger")
#: Of each of them. Minutes; a case that nobody has taken counts with its wait until the end of the simulation.
WAITS: Final = ("p50", "p90", "in time")


def wait_of(case: Served) -> int:
    """Microseconds until a counsellor had it."""
    return (HORIZON if case.taken is None else case.taken) - case.arrival.at


def measures(demand: Demand, served: Sequence[Served], rota: Rota, policy: LadderPolicy) -> dict[str, float]:
    """Of a week, and ``WAITS`` of each of ``GROUPS`` as in ``high p90``; NaN where there is none to count.

    Alarms and minutes are for 1,000 conversations. ``untaken``: cases that nobody took until two days after the week.
    """
    mine = [case for case in served if WARM_UP <= case.arrival.at < END]
    found = {f"{group} {name}": v for group in GROUPS for name, v in _waits(_of(mine, group), policy).items()}
    true, false = ([c for c in mine if c.arrival.danger is danger] for danger in (True, False))
    thousands = demand.conversations / 1000
    outside = sum(case.outside is not None for case in mine)
    week: dict[str, float] = {
        "conversations": demand.conversations,
        "true alarms": _per(len(true), thousands),
        "false alarms": _per(len(false), thousands),
        "minutes true": _per(sum(c.arrival.work for c in true) / MINUTE, thousands),
        "minutes false": _per(sum(c.arrival.work for c in false) / MINUTE, thousands),
        "utilisation": utilisation(served, rota),
        "outside": outside,
        "outside per 1,000": _per(outside, thousands),
        "unheard per 1,000": _per(demand.unheard, thousands),
        "untaken": sum(case.taken is None for case in mine),
    }
    return found | week


def utilisation(served: Iterable[Served], rota: Rota) -> float:
    """Time in which cases are held, of the time on duty times the cases that can be held.

    A case that is finished after the end of a shift counts as held, and nobody as on duty.
    """
    held = 0
    for case in served:
        if case.taken is not None:
            held += max(0, min(END, HORIZON if case.done is None else case.done) - max(WARM_UP, case.taken))
    there = sum(rota.counsellors) * HOUR * rota.holds * 7
    return _per(held, there)


def _of(cases: Iterable[Served], group: str) -> list[Served]:
    if group == "in danger":
        return [c for c in cases if c.arrival.danger]
    return [c for c in cases if c.arrival.tier == Tier.of(group)]


def _waits(cases: Sequence[Served], policy: LadderPolicy) -> dict[str, float]:
    if not cases:
        return dict.fromkeys(WAITS, math.nan)
    waits = sorted(wait_of(case) / MINUTE for case in cases)
    in_time = sum(wait_of(c) <= policy.within[c.arrival.tier].total_seconds() * SECOND for c in cases)
    return {"p50": percentile(waits, 50), "p90": percentile(waits, 90), "in time": in_time / len(cases)}


def _per(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
