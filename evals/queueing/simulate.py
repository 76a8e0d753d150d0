"""One week in SimPy. The ladder and the order of the queue are the product's; people and time are simulated."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import simpy

from agent.domain.escalation import Page, Waiting
from agent.escalation.alerts.ladder import Alert, LadderPolicy, Wait, next_action
from evals.queueing.demand import HORIZON, HOUR, Arrival
from evals.queueing.house import Answers, House
from evals.queueing.queue import Queue, moment, waiting_case
from evals.queueing.settings import Rota

Steps = Generator[simpy.Event, object, None]
_TICK = timedelta(microseconds=1)


@dataclass(slots=True)
class Served:
    """What became of a case. Times in microseconds; None: not yet when the simulation ended."""

    arrival: Arrival
    taken: int | None = None
    done: int | None = None
    by: int | None = None
    outside: int | None = None
    pages: int = 0


def simulate(arrivals: Sequence[Arrival], rota: Rota, policy: LadderPolicy, answers: Answers) -> list[Served]:
    """All cases of a week, in the order they came."""
    return _Week(arrivals, rota, policy, answers).run()


class _Week:
    def __init__(self, arrivals: Sequence[Arrival], rota: Rota, policy: LadderPolicy, answers: Answers) -> None:
        self._env = simpy.Environment(initial_time=0)
        self._policy, self._answers = policy, answers
        self._house, self._queue = House(rota), Queue(policy)
        self._cases = [Served(a) for a in arrivals]

    def run(self) -> list[Served]:
        self._env.process(self._arrive())
        self._env.process(self._change_shifts())
        self._env.run(until=HORIZON)
        return self._cases

    @property
    def _now(self) -> int:
        return int(self._env.now)

    def _arrive(self) -> Steps:
        for number, case in enumerate(self._cases):
            yield self._env.timeout(case.arrival.at - self._now)
            self._queue.add(waiting_case(number, case.arrival.tier, self._now))
            self._env.process(self._climb(number))

    def _change_shifts(self) -> Steps:
        """Whoever comes on duty looks at the list."""
        before = 0
        while True:
            there = self._house.on_duty(self._now)
            for who in range(before, there):
                self._look(who)
            before = there
            yield self._env.timeout(HOUR)

    def _climb(self, number: int) -> Steps:
        """Do what the ladder says until somebody has the case."""
        case = self._cases[number]
        one, since, tier = UUID(int=number), moment(self._now), case.arrival.tier
        pages: tuple[Page, ...] = ()
        while case.taken is None:
            now = moment(self._now)
            action = next_action(
                Waiting(one, "open", tier, since, pages=pages), self._house.roster(self._now), self._policy, now
            )
            if isinstance(action, Alert):
                pages = (*pages, Page(action.step, action.to, now))
                case.pages += 1
                if action.to == "outside":
                    case.outside = case.outside if case.outside is not None else self._now
                else:
                    self._env.process(self._answer(number, action.step, action.to.int))
            elif isinstance(action, Wait) and action.until is not None:
                yield self._env.timeout((action.until - now) // _TICK)
            else:
                return

    def _answer(self, number: int, step: int, who: int) -> Steps:
        """Whoever hears a page and has room looks at the list; a counsellor who is full does not answer."""
        after = self._answers.after(number, step)
        if after is not None:
            yield self._env.timeout(after)
            if self._cases[number].taken is None:
                self._look(who)

    def _look(self, who: int) -> None:
        """Take what is next while there is room."""
        while self._house.has_room(who, self._now):
            found = self._queue.take(self._house.people[who], self._now)
            if found is None:
                return
            case = self._cases[found.id.int]
            case.taken, case.by = self._now, who
            self._house.load[who] += 1
            self._env.process(self._handle(case, who))

    def _handle(self, case: Served, who: int) -> Steps:
        yield self._env.timeout(case.arrival.work)
        case.done = self._now
        self._house.load[who] -= 1
        self._look(who)
