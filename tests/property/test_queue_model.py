"""Whatever persons, counsellors, workers and faults do in whatever order: the rows are the model's, and nobody is lost.

An example is a day on which so many things happen. After each of them the whole record is compared.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from queue_day import Day
from queue_laws import Laws
from queue_world import World

#: What happens, and how often beside the others.
HAPPENS = {
    "a person writes": 5, "a reply is ready": 3, "the same message again": 1, "another chat": 1,
    "claim": 4, "take_next": 1, "is_coming": 3, "whisper": 1,
    "take_over": 5, "say": 2, "say_again": 1, "transfer": 2, "stay": 2, "draft": 1, "hand_back": 1, "put_back": 1,
    "close": 2, "join": 4, "leave": 1, "the second says": 1,
    "somebody without the right": 4, "duty": 1, "a break": 1,
    "a worker does a job": 3, "a job is lost": 2, "a channel refuses": 1, "the next commit breaks": 3,
    "time passes": 2, "time passes and a sweep looks": 4, "sweep": 1, "sweep and work": 3,
}  # fmt: skip
ANYBODY = ("claim", "join", "leave", "take_over", "say", "say_again", "transfer", "stay", "draft", "hand_back",
           "put_back", "close")  # fmt: skip
TIERS, KINDS = (2, 3, 4, 3, 2, 0), ("", "asks", "in the first chat", "", "calm")
SECONDS = (61, 301, 15, 121, 200, 200, 301, 1, 21, 1801, 3601, 73 * 3600)
numbers = st.integers(0, 11)


class AnyDay(RuleBasedStateMachine):
    """One rule draws all: the rules of a machine are drawn evenly, and most of a day would be dull."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.day = Day(self.world)
        self.laws = Laws(self.day)

    @rule(what=st.sampled_from([what for what, often in HAPPENS.items() for _ in range(often)]), a=numbers, b=numbers)
    def happens(self, what: str, a: int, b: int) -> None:
        day = self.day
        deeds: dict[str, Callable[[], None]] = {
            "a person writes": lambda: day.writes(a, TIERS[b % 6], KINDS[(a + b) % 5]),
            "a reply is ready": lambda: day.reply_is_ready(a),
            "the same message again": lambda: day.sends_again(a, other=bool(b % 2)),
            "another chat": lambda: day.opens_another_chat(a, ("en-GB", "es-ES")[b % 2]),
            "take_next": lambda: day.take_next(day.names[a % 4]),
            "duty": lambda: day.duty(a % 4, (8, 2, 0, 1)[b % 4]),
            "a break": lambda: day.rest(a % 4),
            "a worker does a job": lambda: day.work(a, again=b % 3 == 0),
            "a job is lost": lambda: day.lose_a_job(a),
            "a channel refuses": lambda: day.channel_refuses(a % 4 + 1),
            "the next commit breaks": lambda: day.break_next_commit(("before", "after")[a % 2]),
            "time passes": lambda: day.time_passes(SECONDS[a]),
            "time passes and a sweep looks": lambda: (day.time_passes(SECONDS[a]), self.swept(worked=b % 2 == 0))[-1],
            "sweep": lambda: self.swept(worked=False),
            "sweep and work": lambda: self.swept(worked=True),
        }
        deeds.get(what, lambda: self.at_the_desk(what, a, b))()

    def at_the_desk(self, what: str, a: int, b: int) -> None:
        """On a case for which it makes sense, by whoever may; or by anybody, late, or under an older claim."""
        day = self.day
        free, owned = day.free, day.owned
        if not day.model.cases or (what in ("claim", "is_coming") and not free):
            day.writes(a, TIERS[b % 6], "")
        elif what in ("claim", "is_coming", "whisper"):
            some = day.model.cases if what == "whisper" or b > 8 else free
            case = some[a % len(some)]
            day.act(what, case, self.laws.alerted(case) if what == "is_coming" else day.names[b % 4])
        elif what == "somebody without the right":
            case = day.model.cases[-1 - a % len(day.model.cases)]
            mine = case.owner or day.names[0]
            by = (mine, *day.names, case.second or day.names[1], *[mine] * 6)[b]
            day.act(ANYBODY[(a + b) % len(ANYBODY)], case, by, case.fence - (b > 5), day.names[a % 4])
        elif not owned:
            day.act("claim", (free or day.model.cases)[0], day.names[b % 4])
        else:
            case = owned[a % len(owned)]
            beside = what in ("join", "leave", "the second says") or (what == "stay" and b % 2 == 0)
            by = case.second if beside and case.second is not None else day.names[b % 4] if beside else case.owner
            to = case.second if case.second is not None and b % 2 else day.names[b % 4]
            assert by is not None
            if what == "say" and case.status == "claimed":
                what = "take_over"
            day.act(what.replace("the second says", "say"), case, by, 0 if beside else case.fence, to)

    def later(self, seconds: int, *, worked: bool) -> None:
        self.day.time_passes(seconds)
        self.swept(worked=worked)

    def swept(self, *, worked: bool) -> None:
        self.day.sweep(worked=worked)
        if worked:
            self.laws.everybody_was_told()
        self.laws.somebody_was_alerted()
        self.laws.all_is_well(self.day.people)

    @invariant()
    def all_is_well(self) -> None:
        self.laws.all_is_well([self.day.people[self.laws.looked % 3]])


@pytest.fixture
def world(conninfo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(conninfo, tmp_path)
    made.fault.arm(monkeypatch)
    yield made
    made.close()


def days(world: World, examples: int, steps: int, *phases: Phase) -> None:
    AnyDay.world = world
    patience = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, print_blob=False, database=None,
        suppress_health_check=list(HealthCheck), phases=phases,
    )  # fmt: skip
    run_state_machine_as_test(AnyDay, settings=patience)


def test_whatever_happens_in_whatever_order_the_queue_is_what_its_documents_say(world: World) -> None:
    days(world, 14, 50, Phase.generate)


@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_the_same_over_many_long_days(world: World) -> None:
    days(world, 150, 80, Phase.generate, Phase.shrink)
