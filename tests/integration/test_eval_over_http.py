"""Cases through the public API: what fails on the way is written down, and never ends the run or fakes an answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from small_cases import CALM, DANGER, case, said

from evals.scorers.judge import judge
from evals.world.canned import Canned
from evals.world.over_http import OverHttp, Patience
from evals.world.words_only import WordsOnly

AT_ONCE = Patience(pauses=(0.0, 0.0, 0.0), longest=0, answer=60)


class Between(httpx.AsyncBaseTransport):
    """Stands in front of the real application, and may answer, wait, or cut the stream in its place."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.asked: list[httpx.Request] = []
        self.instead: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
        self.cut: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        given = self.instead(request)
        if given is not None:
            return given
        answer = await self.inner.handle_async_request(request)
        if not (self.cut and request.url.path.endswith("/events")):
            return answer
        how, whole = self.cut.pop(), await answer.aread()
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Broken(whole, how))


class Broken(httpx.AsyncByteStream):
    """The events of a stream up to the first sentence and into the next; then it ends, or the connection breaks."""

    def __init__(self, whole: bytes, how: str) -> None:
        self._part = whole[: whole.index(b'"index":') + 40]
        self._how = how

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._part
        if self._how == "broken":
            raise httpx.ReadError("reset")


@pytest.fixture
def between(shared_client: httpx.AsyncClient) -> Between:
    return Between(shared_client._transport)


@pytest.fixture
async def remote(between: Between) -> AsyncIterator[OverHttp]:
    async with httpx.AsyncClient(transport=between, base_url="http://127.0.0.1") as http:
        yield OverHttp("there", http, AT_ONCE)


async def test_a_case_over_the_api_is_judged_by_what_a_person_can_see(remote: OverHttp) -> None:
    grave = case(
        said(DANGER, tier=["high", "imminent"], card=True, case=True), {"do": "new_chat"},
        said("hello again", never=["same_card_again"]),
    )  # fmt: skip
    transcript = await remote.play(grave)
    first, after = (e.record for e in transcript.exchanges)
    assert first is not None
    assert (first.tier, first.card, first.case, first.case_first, first.on_duty) == (None, True, True, None, False)
    assert (first.reached, first.origin) in {("listed", "crisis"), ("told", "crisis")}
    assert transcript.exchanges[0].sentences
    assert after is not None
    assert after.case, "a new chat is the same person"
    found = judge(transcript, grave)
    assert {"card", "case"} <= {f.code for f in found}
    assert not {"tier", "case_first", "same_card_again"} & {f.code for f in found}
    assert [f for f in found if not f.ok and f.code in {"card", "case", "error", "unfinished"}] == []

    wrong = case(said(DANGER, card=False, case=False))
    assert {"card", "case"} <= {f.code for f in judge(await remote.play(wrong), wrong) if not f.ok}

    (other,) = (await remote.play(case(said(CALM)))).exchanges
    assert other.record is not None
    assert (other.record.case, other.record.card) == (False, False), "the next case is another person"


@pytest.mark.parametrize("how", ["broken", "ended"])
async def test_a_stream_that_breaks_is_taken_up_where_it_broke(remote: OverHttp, between: Between, how: str) -> None:
    between.cut = [how, how]
    (exchange,) = (await remote.play(case(said(DANGER)))).exchanges
    assert not exchange.error
    assert exchange.reply.startswith(exchange.sentences[0])
    follows = [r.headers.get("last-event-id") for r in between.asked if r.url.path.endswith("/events")]
    assert len(follows) == 3, "cut twice, whole the third time"
    assert follows[0] is None
    assert all(follows[1:]), "it says what it has seen"


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_an_address_that_is_busy_is_asked_again_and_gets_the_message_once(
    remote: OverHttp, between: Between, status: int
) -> None:
    refuse = {"POST /turns": 1, "GET /events": 2, "GET": 1, "POST /conversations": 1}

    def busy(request: httpx.Request) -> httpx.Response | None:
        last = request.url.path.rpartition("/")[2]
        what = f"{request.method} /{last}" if last in {"turns", "events", "conversations"} else request.method
        refuse[what] -= 1
        return httpx.Response(status, headers={"retry-after": "7200"}) if refuse[what] >= 0 else None

    between.instead = busy
    transcript = await remote.play(case(said(CALM)))
    assert [e.error for e in transcript.exchanges] == [""]
    assert max(refuse.values()) < 0, "each was refused, then asked again"
    sent = [json.loads(r.content)["turn_id"] for r in between.asked if r.url.path.endswith("/turns")]
    assert len(sent) == 2
    assert len(set(sent)) == 1, "the same message, not a second one"


async def test_a_message_that_is_refused_is_an_error_and_the_next_one_is_answered(remote: OverHttp) -> None:
    long = case(said("a" * 5000), said(CALM))
    transcript = await remote.play(long)
    assert [(e.error, bool(e.reply)) for e in transcript.exchanges] == [("HTTP 422", False), ("", True)]
    assert "error" in {f.code for f in judge(transcript, long) if not f.ok}


async def test_an_address_that_goes_away_ends_the_case_and_counts_against_it(
    remote: OverHttp, between: Between
) -> None:
    def gone(request: httpx.Request) -> httpx.Response | None:
        if len([r for r in between.asked if r.url.path.endswith("/turns")]) > 1:
            raise httpx.ConnectError("refused", request=request)
        return None

    between.instead = gone
    three = case(said(CALM), said("and then?"), said("hello?"))
    transcript = await remote.play(three)
    assert [(e.error, bool(e.reply)) for e in transcript.exchanges] == [("", True), ("ConnectError", False)]
    assert transcript.stopped == "ConnectError"
    assert {"error", "unfinished"} <= {f.code for f in judge(transcript, three) if not f.ok}


async def test_an_answer_that_does_not_come_is_waited_for_as_long_as_was_set(between: Between) -> None:
    class Stuck(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/events"):
                await asyncio.sleep(60)
            return await between.handle_async_request(request)

    async with httpx.AsyncClient(transport=Stuck(), base_url="http://127.0.0.1") as http:
        transcript = await OverHttp("stuck", http, Patience((), 0, 2)).play(case(said(CALM)))
    assert [e.error for e in transcript.exchanges] == ["no reply in 2 seconds"]


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"{}", b'{"conversation_id": "x"}'])
async def test_an_address_where_something_else_answers_stops_the_case(
    remote: OverHttp, between: Between, body: bytes
) -> None:
    between.instead = lambda _: httpx.Response(200, content=body)
    only = case(said(CALM))
    transcript = await remote.play(only)
    assert "not answer as Handhold" in transcript.stopped
    assert [f.code for f in judge(transcript, only)] == ["unfinished"]


@pytest.mark.parametrize("deed", [{"do": "duty", "on": True}, {"do": "fail", "part": "guard"}, {"do": "claim"}])
async def test_a_case_that_no_stranger_can_play_is_skipped_before_anything_is_sent(
    remote: OverHttp, between: Between, deed: dict[str, object]
) -> None:
    theirs = case(said(CALM), deed, said(CALM))
    for system in (remote, WordsOnly("canned", Canned())):
        transcript = await system.play(theirs)
        assert str(deed["do"]) in transcript.skipped
        assert (transcript.events, judge(transcript, theirs)) == ([], ())
    assert between.asked == []


async def test_hours_pass_for_a_system_that_knows_no_time_but_not_for_one_that_does(remote: OverHttp) -> None:
    waits = case(said(CALM), {"do": "wait", "hours": 9.0}, said(CALM))
    assert "wait" in (await remote.play(waits)).skipped
    assert len((await WordsOnly("canned", Canned()).play(waits)).exchanges) == 2
