"""Ways to reach somebody: e-mail and a signed webhook. What is sent is a link and nothing else.

``apprise_channel.py`` holds the way to everything else; these two stand alone, without a library between.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Final, Literal, Protocol, runtime_checkable
from uuid import UUID

import httpx

from agent.settings import SmtpSettings, WebhookSettings

SECONDS = 10.0
#: For a whole mail: the time above is of one answer of the server.
MAIL_SECONDS = 20.0
MAILS_AT_ONCE = 8


#: ``case``: somebody waits. ``test``: a drill. ``follow_up``: nobody waits in danger, somebody is to be written to.
#: ``answer``: somebody has answered such a message. ``second_look``: a colleague wants a second counsellor's word.
Kind = Literal["case", "test", "follow_up", "answer", "second_look"]
#: The title, the sentence above the link, and the name of the event for a program.
_SAID: Final[dict[Kind, tuple[str, str, str]]] = {
    "case": ("somebody is waiting", "Somebody is waiting for a counsellor.", "case.waiting"),
    "test": ("a test, nobody is waiting", "This is a test. Nobody is waiting.", "alerts.test"),
    "follow_up": ("a follow-up is due", "A follow-up is due.", "follow_up.due"),
    "answer": ("a follow-up was answered", "Somebody has answered a follow-up.", "follow_up.answered"),
    "second_look": ("a second look is wanted", "A colleague wants a second look. Please look now.", "look.wanted"),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert. ``id`` makes sending it twice the same as once; ``to`` is an e-mail address."""

    id: UUID
    to: str | None
    link: str
    at: datetime
    kind: Kind = "case"

    @property
    def title(self) -> str:
        """The one line that says what it is."""
        return f"Handhold: {_SAID[self.kind][0]}"

    @property
    def words(self) -> str:
        """The sentence above the link."""
        return _SAID[self.kind][1]

    @property
    def event(self) -> str:
        """Its name for a program that is told."""
        return _SAID[self.kind][2]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with words of its own, to somebody outside. ``id`` makes sending it twice the same as once."""

    id: UUID
    to: str
    subject: str
    body: str


class Channel(Protocol):
    """Takes a notice or raises ``OSError``.

    ``name`` is its own among the channels of a deployment. ``personal``: it reaches the one whom a notice is to, and
    not whoever happens to look.
    """

    @property
    def name(self) -> str:
        """Short, for logs and rows; no address and no secret in it."""
        ...

    @property
    def personal(self) -> bool:
        """Whether it goes to ``Notice.to``."""
        ...

    async def send(self, notice: Notice) -> bool:
        """True once it was handed over; False if this channel is not for this notice."""
        ...


@runtime_checkable
class Mailer(Protocol):
    """Takes a letter to an e-mail address or raises ``OSError``."""

    async def mail(self, letter: Letter) -> None:
        """Return once it was handed over."""
        ...


class Email:
    """SMTP, for notices that have an address, and for letters."""

    name = "email"
    personal = True

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        # Its own: a mail server that hangs must not take the threads that read what people write.
        self._threads = ThreadPoolExecutor(MAILS_AT_ONCE, thread_name_prefix="mail")

    async def send(self, notice: Notice) -> bool:
        """Hand it to the mail server."""
        if notice.to is None:
            return False
        await self.mail(Letter(notice.id, notice.to, notice.title, f"{notice.words}\n\n{notice.link}\n"))
        return True

    async def mail(self, letter: Letter) -> None:
        """Hand it to the mail server."""
        try:
            async with asyncio.timeout(MAIL_SECONDS):
                await asyncio.get_running_loop().run_in_executor(self._threads, self._send, letter)
        except ValueError as error:  # an address that no header takes
            raise OSError("this letter cannot be written") from error

    def _send(self, letter: Letter) -> None:
        given, message = self._settings, EmailMessage()
        message["Subject"] = letter.subject
        message["From"], message["To"] = given.sender, letter.to
        message["Message-ID"] = f"<{letter.id}@handhold>"
        message.set_content(letter.body)
        context = ssl.create_default_context()
        opened = (
            smtplib.SMTP_SSL(given.host, given.port, timeout=SECONDS, context=context)
            if given.tls == "tls"
            else smtplib.SMTP(given.host, given.port, timeout=SECONDS)
        )
        with opened as server:
            if given.tls == "starttls":
                server.starttls(context=context)
            if given.user:
                server.login(given.user, given.password.get_secret_value())
            server.send_message(message)


class Webhook:
    """A POST signed as in the Standard Webhooks specification (standardwebhooks.com), for every notice."""

    name = "webhook"
    personal = False

    def __init__(self, settings: WebhookSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = settings.url.get_secret_value()
        self._key = settings.secret.get_secret_value().encode()
        self._transport = transport

    async def send(self, notice: Notice) -> bool:
        """Post it; anything but a 2xx answer is a failure."""
        body = json.dumps({"type": notice.event, "timestamp": notice.at.isoformat(), "data": {"link": notice.link}})
        stamp = str(int(notice.at.timestamp()))
        signed = hmac.new(self._key, f"{notice.id}.{stamp}.{body}".encode(), hashlib.sha256).digest()
        headers = {
            "content-type": "application/json",
            "webhook-id": str(notice.id),
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        }
        try:
            async with httpx.AsyncClient(timeout=SECONDS, transport=self._transport) as client:
                (await client.post(self._url, content=body, headers=headers)).raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise OSError(type(error).__name__) from error
        return True
