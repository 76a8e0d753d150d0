"""A person with an HTTP client: standard library only, a new connection for each turn."""

import json
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from uuid import uuid4

from evals.bench.rounds import MeasureError

HOST = "127.0.0.1"
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Answered:
    """One turn as seen by the client. Seconds from sending it to its first words and to its end."""

    first: float
    done: float
    origin: str
    card: bool


class Person:
    """A device token and a conversation. Raises ``OSError`` or ``HTTPException`` while nobody listens."""

    def __init__(self, port: int, locale: str = "en-GB") -> None:
        self._port = port
        connection = HTTPConnection(HOST, port, timeout=SECONDS)
        try:
            status, started = _post(connection, "/v1/conversations", {"locale": locale}, "")
        finally:
            connection.close()
        if status != 201:  # noqa: PLR2004  (Created)
            raise HTTPException(f"no conversation: {status}")
        self._token = str(started["device_token"])
        self._path = f"/v1/conversations/{started['conversation_id']}/turns"

    def say(self, text: str) -> Answered:
        """Send a turn and follow it to its end."""
        turn = {"turn_id": str(uuid4()), "text": text}
        begun = time.perf_counter()
        connection = HTTPConnection(HOST, self._port, timeout=SECONDS)
        try:
            status, accepted = _post(connection, self._path, turn, self._token)
            if status != 202:  # noqa: PLR2004  (Accepted)
                raise MeasureError(f"a turn was refused with {status}")
            connection.request("GET", str(accepted["events"]), headers=_headers(self._token))
            return _follow(connection.getresponse(), begun)
        finally:
            connection.close()


def health(port: int) -> dict[str, object]:
    """What the process says of itself."""
    connection = HTTPConnection(HOST, port, timeout=SECONDS)
    try:
        connection.request("GET", "/health")
        answer: dict[str, object] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return answer


def _post(connection: HTTPConnection, path: str, body: dict[str, str], token: str) -> tuple[int, dict[str, object]]:
    connection.request("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json", **_headers(token)})
    response = connection.getresponse()
    answer: dict[str, object] = json.loads(response.read())
    return response.status, answer


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _follow(stream: HTTPResponse, begun: float) -> Answered:
    """Read server-sent events until ``done``."""
    first, name, card = 0.0, "", False
    while line := stream.readline():
        key, _, value = line.decode().rstrip("\r\n").partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            card = card or name == "card"
            if name in {"card", "sentence", "done"} and not first:
                first = time.perf_counter() - begun
            if name == "done":
                return Answered(first, time.perf_counter() - begun, str(json.loads(value)["origin"]), card)
    raise MeasureError("the event stream ended before the reply did")
