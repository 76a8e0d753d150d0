"""What was offered is kept with how it was chosen; whether it helped is for the person to say; learning is off."""

from dataclasses import replace
from uuid import uuid4, uuid5

import pytest
from conftest import Talker
from databases import rows
from device import Device, new_device
from httpx import AsyncClient

from agent.bootstrap import Application
from agent.domain.offer import Choice, Offer
from agent.graph.learned import LearnedChoice
from agent.policy.choosing import Learner
from agent.settings import Settings


def test_nobody_learns_from_people_unless_somebody_switched_it_on() -> None:
    assert Settings().care.learn_what_helps is False


async def last_offer(application: Application, talker: Talker):
    async with application.services.database.unit_of_work() as work:
        return await work.offers.last_in(talker.conversation, await work.alerts.now())


class Always:
    """Takes the last of the menu."""

    version = "always the last"

    def chances(self, menu, context):
        del context
        return (*(0.0 for _ in menu[1:]), 1.0)


class Chooser:
    def newest(self):
        return Always()


ASKS = "what can i do when i worry at night and my head won't stop, is there something i can try"


@pytest.fixture
def choosing(application: Application, monkeypatch: pytest.MonkeyPatch):
    """The choice is switched on, with one that is easy to foresee."""
    runner = application.running()
    monkeypatch.setattr(runner, "services", replace(runner.services, chooser=Chooser()))


async def test_by_the_rules_what_is_offered_is_kept_without_a_choice(application: Application, talker: Talker) -> None:
    reply = await talker.say(ASKS)
    offered = [p for p in reply.pieces if p.startswith("offered/")]
    assert offered
    kept = await last_offer(application, talker)
    assert kept is not None
    assert (f"offered/{kept.offer.technique}", kept.offer.choice, kept.offer.helped) == (offered[0], None, None)


@pytest.mark.usefixtures("choosing")
async def test_what_was_chosen_is_what_is_offered_and_its_chances_are_kept(
    application: Application, talker: Talker
) -> None:
    reply = await talker.say(ASKS)
    kept = await last_offer(application, talker)
    assert kept is not None
    choice = kept.offer.choice
    assert choice is not None
    assert choice.taken == len(choice.menu) - 1 > 0
    assert f"offered/{choice.menu[-1]}" in reply.pieces
    assert choice.policy == "always the last"
    assert "worry" not in " ".join(choice.context)  # no word of the person


@pytest.mark.usefixtures("choosing")
async def test_at_any_risk_nothing_is_chosen(application: Application, talker: Talker) -> None:
    await talker.say("some days i wish i could go to sleep and not wake up")
    await talker.say(ASKS)
    kept = await last_offer(application, talker)
    assert kept is None or kept.offer.choice is None


async def finish_an_exercise(device: Device) -> str:
    """Does one in the chat to its end; the path of the turn that ended it."""
    await device.say("let's do a thought record")
    for words in ("in the meeting", "they think i'm slow", "one laughed", "two thanked me"):
        await device.say(words)
    last = uuid4()
    assert (await device.say("some are kind", last))["asks_if_helped"] is True
    return f"{device.path}/turns/{last}"


async def test_a_person_says_whether_it_helped_and_may_change_their_mind(
    client: AsyncClient, application: Application
) -> None:
    device = await new_device(client)
    path = await finish_an_exercise(device)
    for said in ("a_little", "no"):
        answer = await client.put(f"{path}/helped", json={"helped": said}, headers=device.headers)
        assert answer.status_code == 204, answer.text
        async with application.services.database.unit_of_work() as work:
            told = await work.offers.answered(10)
        assert [(o.technique, o.helped) for o in told] == [("thought_record", said)]


async def test_where_nothing_was_tried_there_is_nothing_to_say(client: AsyncClient) -> None:
    device, turn = await new_device(client), uuid4()
    assert (await device.say("hello", turn))["asks_if_helped"] is False
    path = f"{device.path}/turns/{turn}/helped"
    refused = await client.put(path, json={"helped": "yes"}, headers=device.headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "nothing_tried")


async def test_nobody_says_it_for_somebody_else(client: AsyncClient) -> None:
    path = await finish_an_exercise(await new_device(client))
    other = await new_device(client)
    assert (await client.put(f"{path}/helped", json={"helped": "no"}, headers=other.headers)).status_code == 404


async def test_an_exercise_on_its_page_is_asked_about_too(client: AsyncClient, application: Application) -> None:
    device, practice = await new_device(client), f"/v1/exercises/practices/{uuid4()}"
    unknown = await client.put(f"{practice}/helped", json={"helped": "yes"}, headers=device.headers)
    assert unknown.status_code == 404
    await client.put(practice, json={"exercise": "values"}, headers=device.headers)
    assert (await client.put(f"{practice}/helped", json={"helped": "yes"}, headers=device.headers)).status_code == 204
    async with application.services.database.unit_of_work() as work:
        assert [(o.technique, o.helped) for o in await work.offers.answered(10)] == [("values", "yes")]


async def test_it_learns_from_answers_in_the_database_and_from_nothing_else(
    application: Application, talker: Talker
) -> None:
    database = application.services.database
    choice = Choice(("breath", "walk"), (0.5, 0.5), 1, ("felt_fear",), "x")
    async with database.unit_of_work() as work:
        for n, helped in enumerate(("yes", None)):
            await work.offers.keep(uuid5(talker.person, str(n)), talker.person, Offer("walk", choice, helped))
        await work.commit()
    chooser = LearnedChoice(database)
    await chooser.learn()
    learned = chooser.newest()
    assert isinstance(learned, Learner)
    assert learned.version.endswith("after 1")


async def test_what_is_kept_of_an_offer_can_be_read_by_nobody_without_the_key(talker: Talker, conninfo: str) -> None:
    await talker.say(ASKS)
    stored = rows(conninfo, "SELECT sealed_body FROM offer")
    assert stored
    assert all(b"technique" not in bytes(row[0]) for row in stored)
