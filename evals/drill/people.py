"""People who write: ordinary and dangerous things, taking them back, sending again until they have an answer.

A new move of a person is one more method and one more line in ``_say_next``.
"""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from uuid import UUID, uuid4

import httpx

from agent.domain.risk import Tier
from agent.storage.repositories.turns import row_id
from evals.drill.house import Node
from evals.drill.journal import Heard, Journal, Seen, Sent
from evals.drill.lines import ASKING, CALM, DANGER, RETRACTING
from evals.drill.looking import Eye

_AGAIN_SECONDS = 0.05
_MOST_MESSAGES = 15
#: While it shows this, a person stays and writes on.
_STAYS = frozenset({"coming", "taken", "talking"})
_CONTENT = frozenset({"card", "sentence", "done"})


class Crowd:
    """Everybody who writes in a round. ``open`` is cleared while nobody may begin anything new."""

    def __init__(self, nodes: Sequence[Node], journal: Journal, eye: Eye, chance: random.Random) -> None:
        self.nodes = nodes
        self.journal = journal
        self.eye = eye
        self.chance = chance
        self.open = asyncio.Event()
        self.open.set()
        self.busy = 0
        #: More cases wait than counsellors can take: what people write is calm for a while.
        self.enough = False
        #: The driver waits for something that only danger leads to.
        self.urged = False
        #: Seconds between two things that one person does, at most.
        self.pace = 0.15

    async def somebody(self) -> None:
        """One person after the other, for ever."""
        while True:
            await self.open.wait()
            self.busy += 1
            try:
                await Person(self).live()
            finally:
                self.busy -= 1

    def node(self) -> Node:
        """Whichever answers the door."""
        return self.chance.choice(self.nodes)


class Person:
    """One person from their first message to their last."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._chance = crowd.chance
        self._token, self._hands = "", "nobody"
        self._conversation = uuid4()

    async def live(self) -> None:
        """A few messages, sometimes in a second conversation."""
        await self._begin()
        left = self._chance.randint(1, 4)
        for _ in range(_MOST_MESSAGES):
            if not self._crowd.open.is_set() or (left <= 0 and self._hands not in _STAYS):
                return
            left -= 1
            if self._chance.random() < 0.1:  # noqa: PLR2004
                await self._begin()
            await self._say(self._line())
            await self._look()
            slow = 3 if self._hands in _STAYS else 1
            await asyncio.sleep(self._chance.random() * self._crowd.pace * slow)

    def _line(self) -> str:
        kinds: tuple[Sequence[str], ...] = (tuple(DANGER), CALM, RETRACTING, ASKING)
        odds = (5, 0, 0, 1) if self._crowd.urged else (0, 6, 1, 0) if self._crowd.enough else (5, 3, 2, 1)
        return self._chance.choice(self._chance.choices(kinds, odds)[0])

    async def _begin(self) -> None:
        while True:
            answer = await self._ask("POST", "/v1/conversations", {"locale": "en-GB"})
            if answer is not None and answer.status_code == httpx.codes.CREATED:
                body = answer.json()
                self._token = body["device_token"] or self._token
                self._conversation = UUID(body["conversation_id"])
                return
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _say(self, text: str) -> None:
        name = uuid4()
        tier = int(DANGER.get(text, Tier.NONE))
        turn = Sent(row_id(self._conversation, name), self._conversation, tier, text in ASKING, time.time())
        self._crowd.journal.sent(turn)
        await self._send(turn, name, text)
        if self._chance.random() < 0.1:  # noqa: PLR2004  (gone before the answer)
            return
        await self._hear(turn, name)
        if self._chance.random() < 0.1:  # noqa: PLR2004  (the same once more, as a client that lost track)
            await self._send(turn, name, text)
            await self._hear(turn, name)

    async def _look(self) -> None:
        """The page once more: in whose hands they are."""
        begun = time.time()
        answer = await self._ask("GET", f"/v1/conversations/{self._conversation}", None)
        if answer is not None and answer.status_code == httpx.codes.OK:
            hands = answer.json()["hands"]
            self._hands = hands["state"]
            names, on_duty = tuple(hands["names"]), bool(hands["on_duty"])
            self._crowd.journal.looked(Seen(self._conversation, self._hands, begun, time.time(), names, on_duty))

    async def _send(self, turn: Sent, name: UUID, text: str) -> None:
        while True:
            answer = await self._ask("POST", self._path(), {"turn_id": str(name), "text": text})
            if answer is not None and answer.status_code == httpx.codes.ACCEPTED:
                if turn.accepted_at is None:
                    self._crowd.journal.accepted(turn)
                return
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _hear(self, turn: Sent, name: UUID) -> None:
        while True:
            node = self._crowd.node()
            got = await self._read(node, name) if self._chance.random() < 0.2 else await self._follow(node, turn, name)  # noqa: PLR2004
            if got is not None:
                if got.committed is None:
                    got.committed = await self._crowd.eye.committed(turn.row)
                self._crowd.journal.heard(turn, got)
                return
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _follow(self, node: Node, turn: Sent, name: UUID) -> Heard | None:
        """By server-sent events. The case is looked up when the first words come, not when all are there."""
        event, first, committed = "", None, None
        try:
            async with node.http.stream("GET", f"{self._path()}/{name}/events", headers=self._headers()) as stream:
                if stream.status_code != httpx.codes.OK:
                    self._note_odd(stream.status_code)
                    return None
                async for line in stream.aiter_lines():
                    if line.startswith("event:"):
                        event = line.removeprefix("event:").strip()
                        if event in _CONTENT and first is None:
                            first = time.time()
                            committed = await self._crowd.eye.committed(turn.row)
                    elif line.startswith("data:") and event == "done" and first is not None:
                        whole = json.loads(line.removeprefix("data:"))
                        return Heard(first, whole["origin"], whole["text"], committed)
        except (httpx.HTTPError, ValueError):
            return None
        return None

    async def _read(self, node: Node, name: UUID) -> Heard | None:
        """By asking for the turn."""
        answer = await self._ask("GET", f"{self._path()}/{name}", None, node)
        if answer is None or answer.status_code != httpx.codes.OK or answer.json()["reply"] is None:
            return None
        reply = answer.json()["reply"]
        return Heard(time.time(), reply["origin"], reply["text"])

    async def _ask(
        self, method: str, path: str, body: dict[str, str] | None, node: Node | None = None
    ) -> httpx.Response | None:
        asked = node or self._crowd.node()
        try:
            answer = await asked.http.request(method, path, json=body, headers=self._headers())
        except httpx.HTTPError:
            return None
        self._note_odd(answer.status_code)
        return answer

    def _note_odd(self, status: int) -> None:
        """A refusal that asks to come again is no surprise; anything else that is not success is."""
        if not (status < httpx.codes.MULTIPLE_CHOICES or status in {429, 503}):
            self._crowd.journal.strange(f"a person was answered with {status}")

    def _path(self) -> str:
        return f"/v1/conversations/{self._conversation}/turns"

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}"} if self._token else {}
