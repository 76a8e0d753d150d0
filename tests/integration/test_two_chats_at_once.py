"""What stands for a person is one thing, however many of their chats are being answered at the same moment."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from conftest import Talker
from databases import rows
from failing import FixedSensor, put

from agent.bootstrap import Application
from agent.domain.risk import Tier
from classifiers.reading import TextReading

DANGER = "I am going to kill myself tonight."
HARMLESS = "I made soup for my neighbour."


@dataclass
class Slow(FixedSensor):
    """Reads one message only when it is told to."""

    waits_for: str = HARMLESS
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, text: str, before: Sequence[str] = ()) -> TextReading:
        if text == self.waits_for:
            self.reached.set()
            await self.go.wait()
        return await super().read(text, before)


async def test_a_calm_message_that_was_begun_before_does_not_wipe_out_danger_said_in_another_chat(
    application: Application, talker: Talker
) -> None:
    sensor = put(application, sensor=Slow()).sensor
    other = await talker.anew()
    calm = asyncio.create_task(other.say(HARMLESS))
    await sensor.reached.wait()
    danger = await talker.say(DANGER)
    sensor.go.set()
    after = await calm
    assert danger.tier == Tier.IMMINENT
    assert after.tier >= Tier.HIGH, "answered in the light of what stands by now"
    async with application.services.database.unit_of_work() as work:
        assert (await work.people.standing(talker.person)).tier == Tier.IMMINENT


async def test_a_turn_that_was_begun_before_does_not_bring_back_what_a_counsellor_has_settled(
    application: Application, talker: Talker, conninfo: str
) -> None:
    await talker.say(DANGER)
    sensor = put(application, sensor=Slow()).sensor
    calm = asyncio.create_task(talker.say(HARMLESS))
    await sensor.reached.wait()
    async with application.services.database.unit_of_work() as work:
        await work.people.reassessed(talker.person)
        await work.commit()
    sensor.go.set()
    await calm
    assert rows(conninfo, "SELECT standing_tier FROM person") == [(int(Tier.LOW),)]


async def test_the_person_and_a_counsellor_write_in_the_plan_at_once_and_neither_is_turned_away(
    application: Application, talker: Talker
) -> None:
    """Case then person, and person then an event of the case: row locks that block foreign keys would be a deadlock."""
    await talker.say(DANGER)
    database, met = application.services.database, asyncio.Barrier(2)
    async with database.unit_of_work() as work:
        case_id = await work.cases.live_case_of(talker.person)
    assert case_id is not None

    async def counsellor() -> None:
        async with database.unit_of_work() as work:
            assert await work.alerts.waiting(case_id) is not None
            await met.wait()
            await work.people.standing(talker.person, keep=True)
            await work.commit()

    async def person() -> None:
        async with database.unit_of_work() as work:
            await work.people.standing(talker.person, keep=True)
            await met.wait()
            await work.record.add(case_id, "step_down", talker.person, Tier.LOW)
            await work.commit()

    async with asyncio.timeout(4):
        await asyncio.gather(counsellor(), person())
