"""What goes over the wire when somebody is alerted."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Self
from uuid import UUID

import httpx
import pytest

from agent.errors import NotReady
from agent.escalation.alerts import channels
from agent.escalation.alerts.channels import Email, Notice, Webhook
from agent.escalation.alerts.ladder_policy import load, quiet_hours
from agent.settings import SmtpSettings, WebhookSettings

NOTICE = Notice(
    UUID(int=7), "ada@desk.example", "https://help.example/counsellor/cases/7", datetime(2026, 3, 1, tzinfo=UTC)
)
SECRET = "a-secret-of-at-least-24-characters"


def webhook(answer: httpx.Response) -> tuple[Webhook, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    settings = WebhookSettings(url="https://hook.example/in", secret=SECRET)
    return Webhook(settings, httpx.MockTransport(handle)), seen


async def test_a_webhook_carries_a_link_and_can_be_verified() -> None:
    channel, seen = webhook(httpx.Response(204))
    assert await channel.send(NOTICE)
    (request,) = seen
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.{request.content.decode()}"
    expected = base64.b64encode(hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(request.content)["data"] == {"link": NOTICE.link}
    assert b"ada@desk" not in request.content


@pytest.mark.parametrize("status", [301, 400, 500])
async def test_anything_but_success_is_a_failure(status: int) -> None:
    channel, _ = webhook(httpx.Response(status))
    with pytest.raises(OSError, match="HTTPStatusError"):
        await channel.send(NOTICE)


async def test_an_email_is_a_link_and_the_same_alert_has_the_same_message_id(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []

    class Server:
        def __init__(self, *given: object, timeout: float) -> None:
            assert timeout
            self.steps = [("connect", *given)]
            sent.append(self.steps)

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *given: object) -> None:
            pass

        def __getattr__(self, name: str) -> object:
            return lambda *given, **_: self.steps.append((name, *given))

    monkeypatch.setattr("agent.escalation.alerts.channels.smtplib.SMTP", Server)
    email = Email(SmtpSettings(host="mail.example", user="u", password="p", sender="handhold@help.example"))
    assert await email.send(NOTICE)
    assert await email.send(NOTICE)
    first, second = sent
    assert [step[0] for step in first] == ["connect", "starttls", "login", "send_message"]
    message, again = first[-1][1], second[-1][1]
    assert message["To"] == "ada@desk.example"
    assert message["Message-ID"] == again["Message-ID"]
    assert message.get_content().split() == [*["Somebody", "is", "waiting", "for", "a", "counsellor."], NOTICE.link]


async def test_mail_servers_that_hang_take_no_thread_from_those_who_read_what_people_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = threading.Event()
    monkeypatch.setattr(channels, "MAIL_SECONDS", 0.3)
    monkeypatch.setattr(Email, "_send", lambda *_: over.wait(10))
    email = Email(SmtpSettings(host="mail.example", sender="handhold@help.example"))
    sending = [asyncio.create_task(email.send(NOTICE)) for _ in range(40)]
    await asyncio.sleep(0.05)
    async with asyncio.timeout(0.2):
        assert await asyncio.to_thread(lambda: "read") == "read"
    assert {type(e) for e in await asyncio.gather(*sending, return_exceptions=True)} == {TimeoutError}
    over.set()


async def test_an_address_that_no_letter_takes_is_a_channel_that_failed() -> None:
    email = Email(SmtpSettings(host="mail.example", sender="handhold@help.example"))
    with pytest.raises(OSError, match="cannot be written"):
        await email.send(replace(NOTICE, to="ada@desk.example\nBcc: eve@desk.example"))


async def test_an_email_to_nobody_is_not_for_this_channel() -> None:
    email = Email(SmtpSettings(host="mail.example", sender="handhold@help.example"))
    assert not await email.send(Notice(NOTICE.id, None, NOTICE.link, NOTICE.at))


def test_the_shipped_ladder_asks_sooner_the_graver_it_is() -> None:
    rungs = load().rungs
    worst_first = [rungs[tier] for tier in sorted(rungs, reverse=True)]
    for graver, lesser in pairwise(worst_first):
        assert all(a.after <= b.after for a, b in zip(graver, lesser, strict=False))
    assert all(r[0].after.total_seconds() == 0 for r in worst_first)


@pytest.mark.parametrize("words", ["", "22:00", "22:00-08:00", "22:00-08:00 Nowhere/City", "25:00-08:00 UTC"])
def test_quiet_hours_that_cannot_be_read_stop_the_start(words: str) -> None:
    with pytest.raises(NotReady, match="QUIET"):
        quiet_hours(words)


async def test_a_follow_up_does_not_say_that_somebody_is_waiting() -> None:
    due = replace(NOTICE, kind="follow_up")
    channel, seen = webhook(httpx.Response(204))
    assert await channel.send(due)
    assert json.loads(seen[0].content)["type"] == "follow_up.due"
    assert "waiting" not in due.title + due.words
