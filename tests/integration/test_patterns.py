"""A check-in is kept, read for danger, and the person's alone; reminders go where they are wanted, and can be ended."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from databases import rows
from device import Device, new_device
from processes import http
from trusted import Postbox
from waiting import eventually

from agent.bootstrap import Application, Models
from agent.domain.offer import Offer
from agent.escalation.alerts.channels import Letter
from agent.reminding.send import RemindingDesk
from agent.settings import Settings

PATTERNS, REMINDER = "/v1/patterns", "/v1/reminder"
DAILY = {"email": "me@mail.example", "at": "19:00", "days": [0, 1, 2, 3, 4, 5, 6], "zone": "Europe/London"}


@pytest.fixture
async def device(shared_client: httpx.AsyncClient) -> Device:
    return await new_device(shared_client)


@pytest.fixture
async def alone(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


async def mark(device: Device, mood: int, id_: str = "", **more: object) -> httpx.Response:
    path = f"{PATTERNS}/check-ins/{id_ or uuid4()}"
    return await device.http.put(path, json={"mood": mood, **more}, headers=device.headers)


async def shown(device: Device) -> dict:
    answer = await device.http.get(PATTERNS, headers=device.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_it_begins_empty_and_says_nothing_of_little(device: Device) -> None:
    assert await shown(device) == {"check_ins": [], "way": "little", "weights": [], "helped": []}


async def test_a_check_in_is_kept_changed_and_deleted(device: Device) -> None:
    id_ = str(uuid4())
    assert (await mark(device, 2, id_, slept="badly", triggers=["work"], words="long day")).status_code == 200
    await mark(device, 4, id_, triggers=["work", "work"])
    (one,) = (await shown(device))["check_ins"]
    assert (one["mood"], one["slept"], one["triggers"], one["words"]) == (4, None, ["work"], "")
    gone = await device.http.delete(f"{PATTERNS}/check-ins/{id_}", headers=device.headers)
    assert gone.status_code == 204
    assert (await shown(device))["check_ins"] == []


@pytest.mark.parametrize("body", [{"mood": 0}, {"mood": 6}, {}, {"mood": 3, "triggers": ["x"]}, {"mood": 3, "more": 1}])
async def test_what_makes_no_sense_is_refused_and_nothing_is_kept(device: Device, body: dict) -> None:
    answer = await device.http.put(f"{PATTERNS}/check-ins/{uuid4()}", json=body, headers=device.headers)
    assert answer.status_code == 422
    assert (await shown(device))["check_ins"] == []


async def test_too_many_words_are_refused_in_words(device: Device) -> None:
    answer = await mark(device, 3, words="a" * 501)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "text_too_long")


async def test_nobody_sees_or_changes_what_is_another_s(device: Device) -> None:
    id_, other = str(uuid4()), await new_device(device.http)
    await mark(device, 1, id_)
    assert (await mark(other, 5, id_)).status_code == 409
    await device.http.delete(f"{PATTERNS}/check-ins/{id_}", headers=other.headers)
    assert (await shown(other))["check_ins"] == []
    assert [c["mood"] for c in (await shown(device))["check_ins"]] == [1]


async def test_danger_in_its_words_becomes_a_message_in_the_chat(alone: Device) -> None:
    answer = await mark(alone, 1, words="I want to kill myself, there is no other way")
    assert answer.json()["taken_up"]["conversation_id"] == alone.conversation
    assert (await alone.turns())[-1]["text"].startswith("I want to kill myself")
    assert (await mark(alone, 1, words="tired and fed up with work")).json()["taken_up"] is None


async def test_a_low_mood_alone_raises_no_alarm(alone: Device, conninfo: str) -> None:
    await mark(alone, 1)
    assert rows(conninfo, "SELECT count(*) FROM crisis_case") == [(0,)]


async def test_what_helped_is_told_from_the_person_s_own_answers(application: Application, alone: Device) -> None:
    async with application.services.database.unit_of_work() as work:
        person = rows(application.conninfo, "SELECT id FROM person")[0][0]
        await work.offers.keep(uuid4(), person, Offer("walk", None, "yes", "a short walk"))
        await work.offers.keep(uuid4(), person, Offer("walk", None, None, "a short walk"))
        await work.commit()
    assert (await shown(alone))["helped"] == [{"name": "a short walk", "yes": 1, "a_little": 0, "no": 0}]


async def test_what_is_marked_is_sealed(alone: Device, conninfo: str) -> None:
    await mark(alone, 2, words="long day")
    stored = rows(conninfo, "SELECT sealed_body FROM check_in")
    assert len(stored) == 1
    assert b"long day" not in bytes(stored[0][0])


class Post:
    """A mail server that keeps what it is given, or takes nothing."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.away = False

    async def mail(self, letter: Letter) -> None:
        if self.away:
            raise OSError
        self.letters.append(letter)

    @property
    def link(self) -> str:
        return next(word for word in self.letters[-1].body.split() if "/reminder/" in word).partition("8000")[2]


@pytest.fixture
def post(application: Application, monkeypatch: pytest.MonkeyPatch) -> Post:
    made = Post()
    desk = RemindingDesk(application.services.database, made, "http://127.0.0.1:8000")
    monkeypatch.setattr(Application, "reminding", property(lambda _: desk))
    return made


async def ask(device: Device, **more: object) -> httpx.Response:
    return await device.http.put(REMINDER, json=DAILY | more, headers=device.headers)


async def state(device: Device) -> str:
    return (await device.http.get(REMINDER, headers=device.headers)).json()["state"]


async def test_without_a_mail_server_the_calendar_is_named(device: Device) -> None:
    answer = await ask(device)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_mail")
    assert (await device.http.get(REMINDER, headers=device.headers)).json()["available"] is False


async def test_nothing_comes_before_somebody_there_has_said_yes(
    application: Application, alone: Device, post: Post
) -> None:
    assert (await ask(alone)).json()["state"] == "waiting"
    now = datetime.now(UTC)
    assert await application.reminding.send_due(now) == 1
    assert post.letters[0].subject == "Please confirm"
    assert await application.reminding.send_due(now + timedelta(days=3)) == 0
    page = await alone.http.get(post.link)
    assert "Do you want the reminders?" in page.text
    assert await state(alone) == "waiting"  # looking changes nothing
    assert "Thank you" in (await alone.http.post(post.link, data={"wish": "yes"})).text
    assert await state(alone) == "on"


async def confirmed(application: Application, device: Device, post: Post, conninfo: str) -> None:
    """A reminder that is on, and due now."""
    await ask(device)
    await application.reminding.send_due(datetime.now(UTC))
    await device.http.post(post.link, data={"wish": "yes"})
    rows(conninfo, "UPDATE reminder SET next_at = now() RETURNING 1")


async def test_it_comes_once_names_no_subject_and_ends_with_a_press(
    application: Application, alone: Device, post: Post, conninfo: str
) -> None:
    await confirmed(application, alone, post, conninfo)
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    rows(conninfo, "UPDATE reminder SET next_at = %s RETURNING 1", noon)
    assert await application.reminding.send_due(noon) == 1
    told = f"{post.letters[-1].subject} {post.letters[-1].body}".lower()
    assert not any(word in told for word in ("handhold", "mood", "mental", "counsel", "feel"))
    assert await application.reminding.send_due(noon) == 0
    assert "No more reminders" in (await alone.http.post(post.link, data={"wish": "end"})).text
    assert rows(conninfo, "SELECT count(*) FROM reminder") == [(0,)]
    assert "no reminder by this link" in (await alone.http.get(post.link)).text


async def test_in_quiet_hours_it_waits_for_their_end(
    application: Application, alone: Device, post: Post, conninfo: str
) -> None:
    await confirmed(application, alone, post, conninfo)
    night = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0) - timedelta(days=1)
    rows(conninfo, "UPDATE reminder SET next_at = %s RETURNING 1", night - timedelta(hours=1))
    sent = len(post.letters)
    assert await application.reminding.send_due(night) == 0
    assert len(post.letters) == sent
    assert rows(conninfo, "SELECT next_at FROM reminder")[0][0] > night


async def test_a_mail_server_that_is_away_is_asked_again(
    application: Application, alone: Device, post: Post, conninfo: str
) -> None:
    await ask(alone)
    post.away = True
    now = datetime.now(UTC)
    assert await application.reminding.send_due(now) == 0
    assert rows(conninfo, "SELECT next_at FROM reminder")[0][0] == now + timedelta(minutes=15)


async def test_an_address_gets_one_letter_however_many_people_name_it(
    application: Application, alone: Device, post: Post
) -> None:
    other = await new_device(alone.http)
    await ask(alone)
    assert (await ask(other, email="Me+again@mail.example")).json()["state"] == "waiting"
    assert await application.reminding.send_due(datetime.now(UTC)) == 1
    assert len(post.letters) == 1


async def test_another_address_needs_another_yes_and_an_hour(alone: Device, post: Post, conninfo: str) -> None:
    await ask(alone)
    assert (await ask(alone, email="other@mail.example")).status_code == 429
    rows(conninfo, "UPDATE reminder SET made_at = made_at - interval '2 hours' RETURNING 1")
    assert (await ask(alone, email="other@mail.example")).json()["state"] == "waiting"
    assert not post.letters


@pytest.mark.parametrize(
    ("more", "code"),
    [({"email": "nobody"}, "bad_address"), ({"at": "23:00"}, "bad_reminder"), ({"days": []}, "bad_reminder"),
     ({"zone": "Moon/Sea"}, "bad_reminder"), ({"zone": "../etc"}, "bad_reminder"), ({"at": "19:00Z"}, "bad_time")],
)  # fmt: skip
async def test_a_reminder_that_cannot_be_kept_is_refused_in_words(
    alone: Device, post: Post, more: dict, code: str
) -> None:
    del post
    answer = await ask(alone, **more)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert await state(alone) == "none"


async def test_a_person_ends_it_and_the_address_is_gone(alone: Device, post: Post, conninfo: str) -> None:
    del post
    await ask(alone)
    assert (await alone.http.delete(REMINDER, headers=alone.headers)).status_code == 204
    assert rows(conninfo, "SELECT count(*) FROM reminder") == [(0,)]


async def test_a_running_product_sends_them_by_itself_and_goes_on_after_a_failure(
    settings: Settings, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.bootstrap.REMIND_SECONDS", 0.05)
    failed, send_due = list[int](), RemindingDesk.send_due

    async def fails_once(desk: RemindingDesk, now: datetime) -> int:
        if not failed:
            failed.append(1)
            raise RuntimeError
        return await send_due(desk, now)

    monkeypatch.setattr(RemindingDesk, "send_due", fails_once)
    postbox = Postbox()
    application = Application(settings, (postbox,))
    try:
        await application.start(models)
        async with http(application) as client:
            await ask(await new_device(client))
            await eventually(lambda: len(postbox.letters) == 1)
    finally:
        await application.stop()
    assert failed
