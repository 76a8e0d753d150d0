"""A person's device as tests use it: HTTP with its own token, and the event stream taken apart."""

import json
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx


@dataclass(frozen=True)
class Event:
    """One server-sent event; ``id`` is None for progress."""

    name: str
    id: str | None
    data: dict


def parse(stream: str) -> list[Event]:
    """Events of a whole stream; comments (keep-alives) are skipped."""
    events = []
    for block in stream.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if fields:
            events.append(Event(fields["event"], fields.get("id"), json.loads(fields["data"])))
    return events


@dataclass
class Device:
    """One person with one conversation open."""

    http: httpx.AsyncClient
    token: str
    conversation: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def path(self) -> str:
        return f"/v1/conversations/{self.conversation}"

    async def post(self, text: str, turn_id: UUID | str | None = None) -> httpx.Response:
        body = {"turn_id": str(turn_id or uuid4()), "text": text}
        return await self.http.post(f"{self.path}/turns", json=body, headers=self.headers)

    async def post_raw(self, content: bytes, **headers: str) -> httpx.Response:
        given = {"content-type": "application/json", **self.headers, **headers}
        return await self.http.post(f"{self.path}/turns", content=content, headers=given)

    async def follow(self, turn_id: UUID | str, after: str | None = None) -> httpx.Response:
        extra = {} if after is None else {"Last-Event-ID": after}
        return await self.http.get(f"{self.path}/turns/{turn_id}/events", headers={**self.headers, **extra})

    async def events(self, turn_id: UUID | str, after: str | None = None) -> list[Event]:
        return parse((await self.follow(turn_id, after)).text)

    async def say(self, text: str, turn_id: UUID | None = None) -> dict:
        """Send, wait, and return the whole reply."""
        chosen = turn_id or uuid4()
        sent = await self.post(text, chosen)
        assert sent.status_code == 202, sent.text
        return (await self.events(chosen))[-1].data

    async def turns(self) -> list[dict]:
        return (await self.history())["turns"]

    async def lines(self) -> list[tuple[str, str]]:
        """What others said here, as kind and words."""
        return [(x["kind"], x["text"]) for x in (await self.history())["lines"]]

    async def hands(self) -> dict:
        return (await self.history())["hands"]

    async def history(self) -> dict:
        answer = await self.http.get(self.path, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def over(self, http: httpx.AsyncClient) -> "Device":
        """The same device talking to another process."""
        return Device(http, self.token, self.conversation)


async def new_device(http: httpx.AsyncClient, locale: str = "en-GB") -> Device:
    """A new person. The cookie is dropped, so that only the token speaks for it."""
    answer = await http.post("/v1/conversations", json={"locale": locale})
    http.cookies.clear()
    started = answer.json()
    return Device(http, started["device_token"], started["conversation_id"])
