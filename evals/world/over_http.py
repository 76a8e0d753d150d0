"""A running Handhold at an address, used as a person's device uses it: what is judged is what the public API says."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import uuid4

import httpx
from pydantic import BaseModel, ValidationError

from agent.api.schemas import HistoryOut, ReplyOut, StartedOut
from evals.cases import Case, Say
from evals.catalogue import script
from evals.transcript import Exchange, Record, Transcript
from evals.world.sse import events
from evals.world.words_only import cannot

T = TypeVar("T")
Body = TypeVar("Body", bound=BaseModel)
#: Everything else is done by counsellors, or to the machine that it runs on.
_CAN: Final = frozenset({"new_chat"})


class Refused(Exception):
    """The address refuses what it was asked, or answers what no Handhold would: asking again would not help."""


class Away(Exception):
    """The address cannot be reached, is too busy, or stopped in the middle. ``after``: seconds that it asks to wait."""

    def __init__(self, why: str, after: float = 0) -> None:
        super().__init__(why)
        self.after = after


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: ``pauses`` before each further attempt, ``longest`` that an address may ask for, ``answer`` for all."""

    pauses: tuple[float, ...] = (0.5, 1, 2, 4, 8)
    longest: float = 30
    answer: float = 120


@dataclass(slots=True)
class _Device:
    """One person's device. ``last``: id of the last event seen of the turn that is being answered."""

    http: httpx.AsyncClient
    locale: str
    headers: dict[str, str] = field(default_factory=dict)
    path: str = ""
    last: str = ""

    async def start(self) -> None:
        """A new conversation, of the same person once there is one."""
        answer = await _asked(self.http.post("/v1/conversations", json={"locale": self.locale}, headers=self.headers))
        self.http.cookies.clear()  # the token alone says who it is: the next case is another person
        started = _read(StartedOut, answer.content)
        if started.device_token is not None:
            self.headers = {"Authorization": f"Bearer {started.device_token}"}
        self.path = f"/v1/conversations/{started.conversation_id}"

    async def post(self, turn_id: str, text: str) -> None:
        """The message. With the same id it is the same message, however often it is sent."""
        body = {"turn_id": turn_id, "text": text}
        await _asked(self.http.post(f"{self.path}/turns", json=body, headers=self.headers))

    async def follow(self, turn_id: str) -> ReplyOut:
        """The reply, from the event after the last one that was seen."""
        headers = self.headers | ({"Last-Event-ID": self.last} if self.last else {})
        try:
            async with self.http.stream("GET", f"{self.path}/turns/{turn_id}/events", headers=headers) as stream:
                _check(stream)
                async for event in events(stream.aiter_lines()):
                    self.last = event.id or self.last
                    if event.name == "done":
                        return _read(ReplyOut, event.data)
        except httpx.RequestError as error:
            raise Away(type(error).__name__) from error
        raise Away("the stream ended before the reply did")

    async def history(self) -> HistoryOut:
        """The conversation as it stands, and in whose hands the person is."""
        return _read(HistoryOut, (await _asked(self.http.get(self.path, headers=self.headers))).content)


class OverHttp:
    """Plays cases through the conversation API. A case with a deed that a person cannot do is skipped."""

    def __init__(self, name: str, http: httpx.AsyncClient, patience: Patience = Patience()) -> None:
        self.name = name
        self._http = http
        self._patience = patience

    async def play(self, case: Case) -> Transcript:
        """One case from a new person on. An address that is gone ends it; a message that is refused does not."""
        transcript, device = Transcript(case.id, skipped=cannot(case, _CAN)), _Device(self._http, case.locale)
        if transcript.skipped:
            return transcript
        try:
            await self._patiently(device.start)
            lines = script(case)
            while not transcript.stopped and (turn := await lines.next(transcript)) is not None:
                if isinstance(turn, Say):
                    transcript.events.append(await self._say(turn, device, transcript))
                    continue
                if turn.do == "new_chat":
                    await self._patiently(device.start)
                transcript.events.append(turn)
        except (Away, Refused) as error:
            transcript.stopped = str(error)
        return transcript

    async def _say(self, say: Say, device: _Device, transcript: Transcript) -> Exchange:
        begun, turn_id = time.monotonic(), str(uuid4())
        device.last = ""
        try:
            async with asyncio.timeout(self._patience.answer):
                await self._patiently(lambda: device.post(turn_id, say.say))
                reply = await self._patiently(lambda: device.follow(turn_id))
                seconds = time.monotonic() - begun
                history = await self._patiently(device.history)
        except (Away, Refused, TimeoutError) as error:
            transcript.stopped = str(error) if isinstance(error, Away) else ""
            why = str(error) or f"no reply in {self._patience.answer:g} seconds"
            return Exchange(say, "", time.monotonic() - begun, error=why)
        return Exchange(say, reply.text, seconds, _record(reply, history), tuple(reply.sentences))

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        for pause in self._patience.pauses:
            try:
                return await ask()
            except Away as error:
                await asyncio.sleep(max(pause, min(error.after, self._patience.longest)))
        return await ask()


def _record(reply: ReplyOut, history: HistoryOut) -> Record:
    """What a person can know: neither the tier nor the strategy, nor the texts of the passages."""
    hands = history.hands
    return Record(
        tier=None, card=reply.card is not None, case=hands.state != "nobody", case_first=None, reached=hands.state,
        on_duty=hands.on_duty, origin=reply.origin, strategy="", names=tuple(hands.names),
    )  # fmt: skip


async def _asked(answer: Awaitable[httpx.Response]) -> httpx.Response:
    try:
        given = await answer
    except httpx.RequestError as error:
        raise Away(type(error).__name__) from error
    _check(given)
    return given


def _check(answer: httpx.Response) -> None:
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        after = answer.headers.get("retry-after", "")
        raise Away(f"HTTP {answer.status_code}", float(after) if after.isdecimal() else 0)
    if not answer.is_success:
        raise Refused(f"HTTP {answer.status_code}")


def _read(kind: type[Body], body: bytes | str) -> Body:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise Refused("it does not answer as Handhold does") from error
