"""What the stateful test found: small things that happen between two others, each told once and none of them lost."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from queue_day import Day
from queue_model import Case
from queue_world import World

from agent.errors import Conflict

ADA, BO, DI = 0, 1, 3


@pytest.fixture
def day(conninfo: str, tmp_path: Path) -> Iterator[Day]:
    """A person in danger whose case Ada has; Bo and Di are on duty."""
    world = World(conninfo, tmp_path)
    day = Day(world)
    day.writes(0, 2, "")
    day.ids = {turn: row["id"] for turn, row in world.rows().cases.items()}
    day.act("claim", day.model.cases[0], day.names[ADA])
    yield day
    world.close()


def case_of(day: Day) -> tuple[Case, UUID]:
    (case,) = day.model.cases
    return case, day.ids[case.turn]


def notices(day: Day) -> list[str]:
    person = day.people[0]
    lines = day.world.seen([], day.model.chats_of[person]).lines.values()
    return [line.text for some in lines for line in some if line.kind == "notice"]


def test_words_sent_again_after_the_person_opened_another_chat_are_the_same_words(day: Day) -> None:
    case, case_id = case_of(day)
    day.act("take_over", case, day.names[ADA], case.fence)
    words = (case_id, day.names[ADA], case.fence, uuid4())
    day.world.run(day.world.desk.say(*words, "Are you safe?"))
    day.opens_another_chat(0, "en-GB")
    day.world.run(day.world.desk.say(*words, "Are you safe?"))
    with pytest.raises(Conflict, match="with other words"):
        day.world.run(day.world.desk.say(*words, "Something else"))
    lines = day.world.seen([], day.model.chats_of[day.people[0]]).lines.values()
    assert [line.text for some in lines for line in some if line.kind == "counsellor"] == ["Are you safe?"]


def test_a_second_click_on_join_tells_the_person_nothing_twice(day: Day) -> None:
    _, case_id = case_of(day)
    day.world.run(day.world.desk.join(case_id, day.names[BO]))
    with pytest.raises(Conflict, match="You have joined already"):
        day.world.run(day.world.desk.join(case_id, day.names[BO]))
    assert notices(day) == ["Bo, another counsellor, has joined you."]


def test_who_joins_in_the_place_of_one_who_vanished_is_told_after_that_they_are_gone(day: Day) -> None:
    _, case_id = case_of(day)
    day.world.run(day.world.desk.join(case_id, day.names[BO]))
    day.time_passes(301)
    day.world.run(day.world.desk.join(case_id, day.names[DI]))
    assert notices(day)[1:] == ["Bo is no longer in this conversation.", "Di, another counsellor, has joined you."]


def test_whom_a_case_was_passed_to_is_alerted_though_it_got_worse_before_the_alert_was_sent(day: Day) -> None:
    case, case_id = case_of(day)
    day.world.run(day.world.desk.transfer(case_id, day.names[ADA], case.fence, day.names[DI], "end of my shift"))
    day.writes(0, 4, "")
    day.world.pass_time(timedelta(seconds=1))
    for job in day.world.due():
        day.world.work_on(job)
    assert [n.to for n in day.world.channel.notices] == ["di@desk.example"]


def test_the_outside_contact_is_not_alerted_of_a_case_that_somebody_took_meanwhile(day: Day) -> None:
    day.writes(1, 4, "")
    other = next(row["id"] for row in day.world.rows().cases.values() if row["status"] == "open")
    for who in range(4):
        day.duty(who, 0)
    day.world.run(day.world.ladder.climb(other))
    assert [a["counsellor_id"] for a in day.world.rows().alerts.values()] == [None]
    day.world.run(day.world.desk.claim(other, day.names[BO]))
    for job in day.world.due():
        day.world.work_on(job)
    assert day.world.channel.notices == []
