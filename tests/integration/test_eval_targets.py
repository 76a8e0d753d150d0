"""Systems that are not the product: what goes wrong there is an error of that message, and nothing is made up."""

import json
import socket
from pathlib import Path

import httpx
import pytest
from openai import AsyncOpenAI
from small_cases import CALM, DANGER, case, said

from agent.errors import NotReady
from agent.generation.embedded import weights
from evals.scorers.judge import judge
from evals.world.bare import bare
from evals.world.chosen import NoTarget, product
from evals.world.compatible import MOST_TOKENS, Compatible, instruction
from evals.world.words_only import TooLong, WordsOnly


class Model:
    """A server of models that says what it is told to, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.asked: list[httpx.Request] = []
        self._answers = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        given = self._answers.pop(0) if self._answers else words("And then?")
        if isinstance(given, Exception):
            raise given
        return given

    @property
    def bodies(self) -> list[dict]:
        return [json.loads(r.content) for r in self.asked]

    @property
    def system(self) -> WordsOnly:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        client = AsyncOpenAI(
            base_url="http://model.example/v1", api_key="sk-of-this-test", http_client=http, max_retries=0
        )
        return WordsOnly("a model", Compatible(client, "small"))


def words(text: str | None) -> httpx.Response:
    message = {"role": "assistant", "content": text}
    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
    return httpx.Response(
        200, json={"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": choices}
    )


def roles(body: dict) -> list[str]:
    return [m["role"] for m in body["messages"]]


async def test_a_model_gets_the_instruction_and_the_chat_and_nothing_of_the_chat_before() -> None:
    model = Model(words(" That sounds hard. "), words("Go on."), words("Hello."))
    talk = case(
        said(CALM),
        {"do": "wait", "hours": 1.0},
        said("he did", never=["same_card_again"]),
        {"do": "new_chat"},
        said("hi"),
    )
    transcript = await model.system.play(talk)
    assert [e.reply for e in transcript.exchanges] == ["That sounds hard.", "Go on.", "Hello."]
    assert [e.record for e in transcript.exchanges] == [None, None, None]
    first, second, third = model.bodies
    assert [(m["role"], m["content"]) for m in first["messages"]] == [*instruction(), ("user", CALM)]
    assert (first["model"], first["temperature"], first["max_completion_tokens"]) == ("small", 0, MOST_TOKENS)
    assert "seed" in first
    assert roles(second) == ["system", "user", "assistant", "user"]
    assert roles(third) == ["system", "user"]
    assert model.asked[0].headers["authorization"] == "Bearer sk-of-this-test"
    assert not {"tier", "card", "case", "same_card_again"} & {f.code for f in judge(transcript, talk)}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401, json={"error": {"message": "no", "code": "invalid_api_key"}}), "401 invalid_api_key"),
        (httpx.Response(400, json={"error": {"message": "no", "param": "temperature"}}), "400 temperature"),
        (httpx.Response(429, text="slow down"), "429"),
        (httpx.Response(503, text="away"), "503"),
        (httpx.Response(200, text="<html>hello</html>"), "no completion"),
        (httpx.Response(200, content=b"{", headers={"content-type": "application/json"}), "Error"),
        (httpx.Response(200, json={"choices": []}), "no completion"),
        (httpx.Response(200, json={"choices": None}), "no completion"),
        (httpx.Response(200, json=[1]), "no completion"),
        (httpx.ConnectError("refused"), "APIConnectionError"),
        (httpx.ReadTimeout("late"), "APITimeoutError"),
    ],
)
async def test_whatever_goes_wrong_at_a_model_is_an_error_of_that_message_alone(
    answer: httpx.Response | Exception, error: str
) -> None:
    model = Model(words("Go on."), answer, words("I am here."))
    talk = case(said("one"), said("two"), said("three"))
    transcript = await model.system.play(talk)
    good, bad, after = transcript.exchanges
    assert error in bad.error
    assert (good.error, bad.reply, after.error, after.reply) == ("", "", "", "I am here.")
    assert [m["content"] for m in model.bodies[2]["messages"][1:]] == ["one", "Go on.", "three"]
    assert [f.exchange for f in judge(transcript, talk) if f.code == "error"] == [1]


async def test_a_model_that_says_nothing_was_silent_and_has_not_failed() -> None:
    quiet = case(said(CALM, does=["reflects"]))
    transcript = await Model(words(None)).system.play(quiet)
    assert [(e.reply, e.error) for e in transcript.exchanges] == [("", "")]
    assert "reflects" in {f.code for f in judge(transcript, quiet) if not f.ok}


@pytest.mark.parametrize(
    "said_by",
    [
        {"code": "context_length_exceeded"},
        {"type": "exceed_context_size_error"},
        {"message": "maximum context length is"},
    ],
)
async def test_a_chat_that_is_too_long_for_a_model_is_forgotten_from_its_beginning(said_by: dict[str, str]) -> None:
    too_long = httpx.Response(400, json={"error": {"message": "no", **said_by}})
    model = Model(words("a"), words("b"), too_long, words("c"), too_long)
    transcript = await model.system.play(case(said("1"), said("2"), said("3"), {"do": "new_chat"}, said("4")))
    assert [m["content"] for m in model.bodies[3]["messages"][1:]] == ["2", "b", "3"]
    *others, last = transcript.exchanges
    assert [e.reply for e in others] == ["a", "b", "c"]
    assert "400" in last.error, "a single message that does not fit is an error, and is not asked for ever"


# The floor, the bare model, and how they are chosen


@pytest.mark.parametrize(("locale", "number"), [("en-GB", "116 123"), ("en-US", "988"), ("en", "findahelpline.com")])
async def test_the_floor_says_where_to_turn_in_that_country_and_says_it_again(locale: str, number: str) -> None:
    talk = case(said(CALM), said(DANGER), locale=locale)
    async with product("canned", Path("unused")) as canned:
        transcript = await canned.play(talk)
    first, second = (e.reply for e in transcript.exchanges)
    assert number in first
    assert first == second
    assert [f.exchange for f in judge(transcript, talk) if f.code == "repeated" and not f.ok] == [1]


async def test_the_bare_model_answers_by_itself_and_forgets_what_it_cannot_hold() -> None:
    try:
        weights()
    except NotReady as error:
        pytest.skip(error.message)
    async with bare() as voice:
        transcript = await WordsOnly("bare", voice).play(case(said(CALM), said("word and so on " * 500)))
        with pytest.raises(TooLong):
            await voice.answer([("user", "a" * 2000), ("assistant", "b" * 2000), ("user", "c")], "en-GB")
    answered, too_long = transcript.exchanges
    assert answered.reply
    assert (answered.record, answered.error) == (None, "")
    assert (too_long.reply, bool(too_long.error)) == ("", True), "a message of more tokens than it can read"


async def test_the_key_of_a_model_comes_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDHOLD_GENERATOR__API_KEY", "sk-of-the-settings")
    async with product("openai:http://model.example/v1", Path("unused"), "small") as chosen:
        assert chosen.name == "small"
        assert isinstance(chosen, WordsOnly)
        assert isinstance(chosen._voice, Compatible)
        assert chosen._voice._client.api_key == "sk-of-the-settings"
        assert str(chosen._voice._client.base_url) == "http://model.example/v1/"


@pytest.mark.loopback
async def test_an_address_where_nobody_is_is_found_out_before_any_case_is_played() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(NoTarget, match="no Handhold answers at"):
        async with product(address, Path("unused")):
            pass


@pytest.mark.parametrize(
    "target",
    [
        "",
        "gpt",
        "openai:",
        "openai:model.example",
        "ftp://x",
        "openai",
        "http://",
        "http://host:port",
        "openai:http://[::1",
    ],
)
async def test_a_target_that_is_none_is_named(target: str) -> None:
    with pytest.raises(NoTarget, match="there is no target"):
        async with product(target, Path("unused")):
            pass
