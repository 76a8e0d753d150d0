"""``handhold alerts test`` and ``doctor``: an operator learns that alerts do not arrive before somebody waits."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from agent.commands import alerts as command
from agent.commands import doctor
from agent.errors import NotReady
from agent.escalation.alerts import channels
from agent.settings import AlertSettings, Settings

KEY = "a-secret-of-at-least-24-characters"


class Taker(BaseHTTPRequestHandler):
    """Takes everything and keeps it."""

    seen: list[bytes]

    def do_POST(self) -> None:
        self.seen.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *given: object) -> None:
        pass


@pytest.fixture
def taker() -> Iterator[tuple[str, list[bytes]]]:
    seen: list[bytes] = []
    with HTTPServer(("127.0.0.1", 0), type("Kept", (Taker,), {"seen": seen})) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Exit code and output of the command with these settings in the environment."""

    def ask(**alerts: str) -> tuple[int, str]:
        monkeypatch.setenv("COLUMNS", "200")
        for name, value in alerts.items():
            monkeypatch.setenv(f"HANDHOLD_ALERTS__{name}", value)
        return command.run(Settings()), capsys.readouterr().out

    return ask


@pytest.mark.loopback
def test_every_channel_is_tried_and_one_that_failed_makes_it_fail(
    asked: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch, taker: tuple[str, list[bytes]]
) -> None:
    monkeypatch.setattr(channels, "SECONDS", 2.0)
    where, seen = taker
    code, said = asked(
        WEBHOOK__URL=f"http://{where}/hook", WEBHOOK__SECRET=KEY, APPRISE=f"json://{where}/room",
        SMTP__HOST="127.0.0.1", SMTP__PORT="9", SMTP__SENDER="handhold@help.example", OUTSIDE="duty@outside.example",
    )  # fmt: skip
    assert code == 1
    lines = [line.split() for line in said.splitlines()]
    assert ["email", "duty@outside.example", "failed:", "ConnectionRefusedError"] in lines
    assert ["webhook", "whoever", "looks", "there", "taken"] in lines
    assert ["apprise", "1", "(JSON)", "whoever", "looks", "there", "taken"] in lines
    assert len(seen) == 2
    assert all(b"test" in body and b"somebody is waiting" not in body for body in seen)
    assert KEY not in said


@pytest.mark.loopback
def test_when_all_took_it_the_exit_code_is_0(
    asked: Callable[..., tuple[int, str]], taker: tuple[str, list[bytes]]
) -> None:
    code, said = asked(APPRISE=f"json://{taker[0]}/room")
    assert (code, said.count("taken")) == (0, 1)


def test_without_any_channel_it_fails_and_says_so(asked: Callable[..., tuple[int, str]]) -> None:
    code, said = asked()
    assert code == 1
    assert "No channel is set up" in said


def told(**alerts: object) -> list[tuple[str, str]]:
    """What the doctor says of alerts."""
    return [(f.verdict, f.what) for f in doctor.alerts(Settings(alerts=AlertSettings(**alerts)))]


def test_the_doctor_names_the_channels_and_says_when_there_is_none() -> None:
    ((verdict, words),) = told()
    assert (verdict, "no way to reach anybody" in words) == ("note", True)
    one, two = told(apprise="json://localhost")
    assert one[0] == "ok"
    assert "apprise 1 (JSON)" in one[1]
    assert "OUTSIDE" in two[1]
    ((verdict, words),) = told(apprise="slack://key-of-ours")
    assert verdict == "wrong"
    assert "key-of-ours" not in words


def test_a_wrong_address_ends_the_start_before_anything_is_opened(settings: Settings) -> None:
    from agent.bootstrap import Application

    wrong = settings.model_copy(update={"alerts": AlertSettings(apprise="nonsense")})
    application = Application(wrong)
    with pytest.raises(NotReady, match="HANDHOLD_ALERTS__APPRISE"):
        asyncio.run(application.start())
    assert application.lock is None
