"""What comes to a person by itself: others' words in order and once, who is here as the record says it, no more."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from conftest import Talker
from databases import change, rows
from desk import DANGER, Desk, invite, register
from device import Device, Event, new_device, parse
from processes import http, served
from rich.console import Console
from waiting import eventually

from agent.api import feeds
from agent.bootstrap import Application
from agent.commands.chat import Company
from agent.escalation.hands import words as notice
from agent.escalation.sweep import sweep

ASK = "I would like to talk to a person."


@dataclass
class Heard:
    """What has come on one connection so far. ``over``: the server ended it."""

    events: list[Event] = field(default_factory=list)
    over: bool = False

    @property
    def lines(self) -> list[dict]:
        return [e.data for e in self.events if e.name == "line"]

    @property
    def texts(self) -> list[str]:
        return [line["text"] for line in self.lines]

    @property
    def states(self) -> list[str]:
        """States in the order they were told, repetitions left out."""
        told = [e.data["state"] for e in self.events if e.name == "hands"]
        return [s for n, s in enumerate(told) if n == 0 or told[n - 1] != s]

    @property
    def hands(self) -> dict:
        return [e.data for e in self.events if e.name == "hands"][-1]

    async def says(self, state: str) -> None:
        await eventually(lambda: bool(self.states) and self.states[-1] == state, 10)


@asynccontextmanager
async def listening(device: Device, after: int = 0, last: str | None = None) -> AsyncIterator[Heard]:
    """A connection to the feed, held open meanwhile."""
    heard = Heard()

    async def listen() -> None:
        headers = {**device.headers, **({} if last is None else {"Last-Event-ID": last})}
        address = f"{device.path}/events?after={after}"
        async with device.http.stream("GET", address, headers=headers, timeout=None) as stream:
            assert stream.status_code == 200
            rest = ""
            async for part in stream.aiter_text():
                whole, _, rest = (rest + part).rpartition("\n\n")
                heard.events += parse(whole)
        heard.over = True

    task = asyncio.create_task(listen())
    try:
        await eventually(lambda: heard.events != [] or task.done(), 10)
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def client(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with served(application) as reached:
        yield reached


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


@pytest.fixture
async def desk(application: Application) -> AsyncIterator[Desk]:
    async with http(application) as browser:
        await register(browser, await invite(application))
        yield Desk(browser)


async def talking(desk: Desk, device: Device) -> str:
    """A counsellor talks with the person; returns the case."""
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await desk.take_over(case_id)
    return case_id


async def test_a_counsellors_words_arrive_by_themselves_in_order_and_once(desk: Desk, device: Device) -> None:
    case_id = await talking(desk, device)
    async with listening(device) as heard:
        said = [f"Words number {n}." for n in range(4)]
        for words in said:
            before = time.monotonic()
            await desk.say(case_id, words)
            await eventually(lambda words=words: heard.texts[-1] == words, 2)
            assert time.monotonic() - before < 2
        await asyncio.sleep(0.3)
        assert [line["text"] for line in heard.lines if line["kind"] == "counsellor"] == said
        assert {line["author"] for line in heard.lines if line["kind"] == "counsellor"} == {"Ada"}
        assert heard.lines[0]["kind"] == "notice"
        assert heard.texts[0] == notice("took_over", "Ada")
        seqs = [line["seq"] for line in heard.lines]
        assert seqs == sorted(set(seqs))
        assert [e.id for e in heard.events if e.name == "line"] == [str(n) for n in seqs]


@pytest.mark.parametrize("by_header", [True, False], ids=["last-event-id", "after"])
async def test_after_a_broken_connection_nothing_is_missing_and_nothing_doubled(
    desk: Desk, device: Device, by_header: bool
) -> None:
    case_id = await talking(desk, device)
    async with listening(device) as first:
        await desk.say(case_id, "Before it broke.")
        await eventually(lambda: "Before it broke." in first.texts, 2)
    await desk.say(case_id, "While it was broken.")
    await device.say("Are you still there?")
    await desk.say(case_id, "Still while it was broken.")
    last = first.lines[-1]["seq"]
    # A browser that takes a broken line up again sends the header, and the old address with it.
    again = listening(device, 0, str(last)) if by_header else listening(device, last)
    async with again as second:
        await desk.say(case_id, "After it.")
        await eventually(lambda: "After it." in second.texts, 2)
    assert first.texts[1:] == ["Before it broke."]
    assert second.texts == ["While it was broken.", "Still while it was broken.", "After it."]


async def test_words_that_come_while_the_feed_is_opened_again_and_again_are_each_told_once(
    desk: Desk, device: Device
) -> None:
    case_id = await talking(desk, device)
    said = [f"Part {n}." for n in range(12)]

    async def speak() -> None:
        for words in said:
            await desk.say(case_id, words)

    speaking, got = asyncio.create_task(speak()), list[dict]()
    async with asyncio.timeout(30):
        while not speaking.done() or len(got) < len(said) + 1:
            async with listening(device, got[-1]["seq"] if got else 0) as heard:
                await asyncio.sleep(0.05)
            got += heard.lines
    assert [line["text"] for line in got[1:]] == said


async def test_lines_and_turns_of_the_history_order_together(desk: Desk, device: Device) -> None:
    case_id = await talking(desk, device)
    await desk.say(case_id, "What happened tonight?")
    reply = await device.say("I had a fight with my mum.")
    assert (reply["origin"], reply["text"]) == ("relay", "")
    await desk.say(case_id, "Tell me more.")
    history = (await device.http.get(device.path, headers=device.headers)).json()
    both = [(t["seq"], t["text"]) for t in history["turns"]] + [(x["seq"], x["text"]) for x in history["lines"]]
    words = [text for _, text in sorted(both)]
    assert words[0] == DANGER
    assert words[2:] == ["What happened tonight?", "I had a fight with my mum.", "Tell me more."]
    assert history["hands"]["state"] == "talking"


@pytest.mark.parametrize("path", ["", "/events"])
async def test_somebody_elses_conversation_is_not_there(device: Device, client: httpx.AsyncClient, path: str) -> None:
    stranger = await new_device(client)
    answer = await client.get(f"{device.path}{path}", headers=stranger.headers)
    assert answer.status_code == 404
    assert (await client.get(f"{device.path}{path}")).status_code == 401
    assert (await client.get(f"/v1/conversations/{uuid4()}{path}", headers=device.headers)).status_code == 404


async def test_no_whisper_no_draft_and_no_note_reaches_the_person(desk: Desk, device: Device, conninfo: str) -> None:
    case_id = await talking(desk, device)
    async with listening(device) as heard:
        assert (await desk.whisper(case_id, "WHISPERED among us")).status_code == 303
        assert (await desk.do(case_id, "draft", on="true")).status_code == 303
        await device.say("I don't know what to do about school.")
        await eventually(lambda: rows(conninfo, "SELECT count(*) FROM line WHERE kind = 'draft'") == [(1,)])
        await desk.say(case_id, "I am with you.")
        assert (await desk.do(case_id, "hand-back", note="NOTED for the next")).status_code == 303
        await heard.says("nobody")
    kinds = {kind for (kind,) in rows(conninfo, "SELECT DISTINCT kind FROM line")}
    assert kinds == {"notice", "counsellor", "whisper", "draft"}
    assert {line["kind"] for line in heard.lines} == {"notice", "counsellor"}
    shown = str([e.data for e in heard.events]) + (await device.http.get(device.path, headers=device.headers)).text
    for hidden in ("WHISPERED", "NOTED"):
        assert hidden not in shown
    assert len(heard.lines) == 4  # took over, drafts, her words, handed back


async def test_who_is_with_the_person_is_told_as_the_record_changes(
    desk: Desk, device: Device, application: Application, conninfo: str
) -> None:
    services = application.services
    async with listening(device) as heard:
        await device.say(ASK)
        await heard.says("listed")
        assert not heard.hands["on_duty"]
        (case_id,) = await desk.listed()
        await desk.claim(case_id)
        await heard.says("taken")
        assert heard.hands["names"] == ["Ada"]
        await desk.do(case_id, "take-over")
        await heard.says("talking")
        assert (await desk.do(case_id, "release", note="I have to go")).status_code == 303
        await heard.says("listed")
        assert heard.hands["names"] == []
        await desk.claim(case_id)
        await heard.says("taken")
        await desk.do(case_id, "take-over")
        await heard.says("talking")
        await change(conninfo, "UPDATE crisis_case SET lease_until = now() - interval '1 s'")
        await sweep(services.database, services.spool, services.ladder)
        await heard.says("listed")
        assert heard.states == ["nobody", "listed", "taken", "talking", "listed", "taken", "talking", "listed"]
        assert heard.texts[-1] == notice("lapsed", "Ada")


@pytest.mark.usefixtures("desk")
async def test_an_alert_that_went_out_and_one_that_was_answered_are_told_with_their_times(
    device: Device, conninfo: str
) -> None:
    await device.say(DANGER)
    async with listening(device) as heard:
        assert heard.states == ["listed"]
        sent, answered = datetime.now(UTC) - timedelta(minutes=3), datetime.now(UTC)
        await change(
            conninfo,
            "INSERT INTO alert (id, case_id, since, step, counsellor_id, sent_at)"
            " SELECT gen_random_uuid(), k.id, k.since, 7, c.id, %s FROM crisis_case k, counsellor c",
            sent,
        )
        await heard.says("told")
        assert datetime.fromisoformat(heard.hands["at"]) == sent
        await change(conninfo, "UPDATE alert SET acknowledged_at = %s", answered)
        await heard.says("coming")
        assert datetime.fromisoformat(heard.hands["at"]) == answered


async def test_when_nobody_is_on_duty_the_time_of_the_next_shift_is_told_and_changes_with_the_roster(
    desk: Desk, device: Device
) -> None:
    await device.say(ASK)
    async with listening(device) as heard:
        assert (heard.hands["on_duty"], heard.hands["duty_at"]) == (False, None)
        start = datetime.now(UTC) + timedelta(hours=5)
        starts, ends = [""] * 7, [""] * 7
        starts[start.weekday()], ends[start.weekday()] = f"{start:%H:%M}", f"{start + timedelta(hours=1):%H:%M}"
        form = {"csrf": await desk.csrf(), "zone": "UTC", "languages": "en", "cap": "4"}
        answer = await desk.http.post("/counsellor/me", data={**form, "starts": starts, "ends": ends})
        assert answer.status_code == 303, answer.text
        await eventually(lambda: heard.hands["duty_at"] is not None, 5)
        assert datetime.fromisoformat(heard.hands["duty_at"]) == start.replace(second=0, microsecond=0)
        await desk.duty(4)
        await eventually(lambda: heard.hands["on_duty"], 5)
        assert heard.hands["duty_at"] is None
        # On a break nobody is there, and the next is there when it ends, not when a shift begins.
        await desk.http.post("/counsellor/break", data={"csrf": await desk.csrf(), "minutes": "10"})
        await eventually(lambda: not heard.hands["on_duty"], 5)
        ends_in = datetime.fromisoformat(heard.hands["duty_at"]) - datetime.now(UTC)
        assert timedelta(minutes=9) < ends_in <= timedelta(minutes=10)


async def test_the_truth_is_told_again_and_again_so_that_silence_means_a_lost_line(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "LOOK_AGAIN_SECONDS", 0.1)
    async with listening(device) as heard:
        await eventually(lambda: len(heard.events) >= 4, 5)
        assert heard.states == ["nobody"]


async def test_feeds_that_are_open_end_by_themselves_and_hold_up_no_stop(application: Application) -> None:
    async with AsyncExitStack() as opened:
        async with served(application) as http:
            all_heard = [await opened.enter_async_context(listening(await new_device(http))) for _ in range(20)]
            begun = time.monotonic()
        assert time.monotonic() - begun < 2
        await eventually(lambda: all(heard.over for heard in all_heard), 1)


async def test_a_person_who_talks_in_the_terminal_is_told_the_same(
    desk: Desk, talker: Talker, application: Application
) -> None:
    card = application.services.helplines.card("GB")
    company, console = Company(application, talker.conversation, talker.person), Console(width=200)

    async def told() -> str:
        with console.capture() as captured:
            await company.tell(console, card)
        return captured.get()

    assert await told() == ""
    await talker.say(ASK)
    first = await told()
    assert "You are on the list for a counsellor. Nobody is on duty here right now" in first
    assert "116 123" in first
    assert await told() == ""
    (case_id,) = await desk.listed()
    await desk.claim(case_id)
    assert "Ada, a counsellor, has your conversation and can read it." in await told()
    await desk.do(case_id, "take-over")
    await desk.say(case_id, "Good evening [bold]you[/].")
    after = await told()
    assert "You are talking with Ada, a counsellor. The program is quiet." in after
    assert "Ada, counsellor Good evening [bold]you[/]." in after
    assert await told() == ""
    await desk.do(case_id, "hand-back", note="talked")
    assert "Ada has left this conversation." in (last := await told())
    assert "The program answers." in last
