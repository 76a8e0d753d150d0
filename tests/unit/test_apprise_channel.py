"""What goes over the wire through apprise: a title, a link and nothing else; and a wrong address stops the start."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest

from agent.errors import NotReady
from agent.escalation.alerts import apprise_channel, configured
from agent.escalation.alerts.channels import Notice
from agent.settings import AlertSettings

NOTICE = Notice(
    UUID(int=7), "ada@desk.example", "https://help.example/counsellor/cases/7", datetime(2026, 3, 1, tzinfo=UTC)
)
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"


class Receiver(ThreadingHTTPServer):
    """A service on loopback that keeps what it gets and answers as told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[dict[str, object]] = []
        self.answer = 200
        self.hold = threading.Event()
        self.hold.set()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.server.hold.wait(10)
        self.send_response(self.server.answer)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *given: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield running
        running.hold.set()
        running.shutdown()
        thread.join()


@pytest.mark.loopback
async def test_a_title_and_a_link_and_nothing_else(receiver: Receiver) -> None:
    (channel,) = apprise_channel.services(receiver.address)
    assert await channel.send(NOTICE)
    (body,) = receiver.got
    assert (body["title"], body["message"]) == ("Handhold: somebody is waiting", NOTICE.link)
    assert body["attachments"] == []
    assert set(body) == {"version", "title", "message", "attachments", "type"}
    assert not channel.personal


@pytest.mark.loopback
async def test_a_test_says_that_it_is_one(receiver: Receiver) -> None:
    (channel,) = apprise_channel.services(receiver.address)
    await channel.send(replace(NOTICE, kind="test"))
    assert receiver.got[0]["title"] == "Handhold: a test, nobody is waiting"


@pytest.mark.loopback
@pytest.mark.parametrize("status", [301, 401, 500])
async def test_a_refusal_is_a_failure_and_the_others_are_not_touched_by_it(receiver: Receiver, status: int) -> None:
    receiver.answer = status
    closed = "json://127.0.0.1:9"
    channels = apprise_channel.services(f"{receiver.address} {closed}")
    assert [c.name for c in channels] == ["apprise 1 (JSON)", "apprise 2 (JSON)"]
    for channel in channels:
        with pytest.raises(OSError, match="not reached"):
            await channel.send(NOTICE)
    assert len(receiver.got) == 1
    receiver.answer = 200
    assert await channels[0].send(NOTICE)


@pytest.mark.loopback
async def test_a_service_that_never_answers_is_given_up(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprise_channel, "SECONDS", 0.5)
    receiver.hold.clear()
    (channel,) = apprise_channel.services(receiver.address)
    with pytest.raises(OSError):  # noqa: PT011  (by our own clock or by apprise's: which is first is chance)
        await channel.send(NOTICE)
    assert receiver.got


@pytest.mark.parametrize("wrong", ["nonsense", "slack://TIiajkdnlazkcOXrIdevi7FQ", "nosuch://secret-key@host"])
def test_a_wrong_address_stops_the_start_and_is_not_printed(wrong: str) -> None:
    with pytest.raises(NotReady, match="address 2 of 2") as refused:
        configured.channels(AlertSettings(apprise=f"{SLACK} {wrong}"))
    assert wrong not in refused.value.message
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in refused.value.message


def test_the_addresses_are_secrets_and_no_name_of_a_channel_holds_one() -> None:
    settings = AlertSettings(apprise=f"{SLACK}, pagerduty://0123456789abcdef@ABCD")
    assert "TIiajkdn" not in settings.model_dump_json() + repr(settings)
    names = [channel.name for channel in configured.channels(settings)]
    assert names == ["apprise 1 (Slack)", "apprise 2 (Pager Duty)"]


def test_no_picture_is_fetched_from_the_place_of_apprise() -> None:
    """Slack and others would be given the address of a picture."""
    (channel,) = apprise_channel.services(SLACK)
    service = channel._service[0]
    assert service.image_url("failure") is None
    assert service.image_path("failure") is None


def test_apprise_is_loaded_only_where_an_address_is_configured() -> None:
    program = (
        "import sys, agent.bootstrap\n"
        "from agent.escalation.alerts import configured\n"
        "from agent.settings import AlertSettings\n"
        "assert configured.channels(AlertSettings()) == ()\n"
        "assert 'apprise' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603
