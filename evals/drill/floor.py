"""Counsellors at work: they look, come, claim, stay, put back, close, vanish, write under a claim they no longer have.

A new move is one more coroutine in ``MOVES``, with how often it is made.
"""

import asyncio
import hashlib
import random
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import httpx
import psycopg

from evals.drill.house import Node
from evals.drill.journal import Journal, Wrote

PASSWORD: Final = "correct horse battery staple"  # noqa: S105  (of accounts that live as long as a round)
_OUTCOMES: Final = ("true_alarm", "missed", "false_alarm", "could_not_reach")
Move = Callable[["Counsellor"], Awaitable[None]]


class Counsellor:
    """One counsellor with a browser. ``held`` maps a case to the fence of the claim they believe to have."""

    def __init__(self, name: str, nodes: Sequence[Node], journal: Journal, chance: random.Random) -> None:
        self.name = name
        self.held: dict[UUID, int] = {}
        self.lost: dict[UUID, int] = {}
        self.called: list[UUID] = []
        #: Cases in which they sit beside another.
        self.beside: set[UUID] = set()
        #: What their last look at a case showed: to whom it could be passed, and whether they talk with the person.
        self.others: list[UUID] = []
        self.talking = False
        #: Moves to be made before all others, when the driver waits for one of them.
        self.wanted: tuple[Move, ...] = ()
        self.silent_until = 0.0
        self.may_be_on_duty = True
        self.chance = chance
        self.journal = journal
        self._nodes = nodes
        self._session = ""
        self._csrf = ""

    async def join(self, admin: str) -> None:
        """An account by a one-time link, and on duty."""
        token = secrets.token_urlsafe(32)
        async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
            used = (hashlib.sha256(token.encode()).digest(), timedelta(hours=1))
            await connection.execute("INSERT INTO invite (token_hash, expires_at) VALUES (%s, now() + %s)", used)
        form = {"token": token, "name": self.name, "email": self.email, "password": PASSWORD}
        while not self._session:
            self._enter(await self.post("setup", form))
        while not self._csrf:
            await self.page("")
        while await self.duty(8) is None:
            await self.page("")

    @property
    def email(self) -> str:
        """Where they sign in from."""
        return f"{self.name.lower()}@drill.example"

    async def work(self) -> None:
        """One thing after another, for ever."""
        while True:
            await asyncio.sleep(0.02 if self.wanted else self.chance.random() * 0.15)
            if time.monotonic() < self.silent_until:
                continue
            moves = list(MOVES)
            move = self.chance.choices(moves, [MOVES[m] for m in moves])[0]
            for one in self.wanted or (move,):
                await one(self)

    async def page(self, path: str) -> str:
        """One page; empty if it did not come."""
        answer = await self._ask("GET", path)
        found = re.search(r'name="csrf" value="([^"]+)"', answer.text) if answer is not None else None
        if found is not None:
            self._csrf = found[1]
        return answer.text if answer is not None and answer.status_code == httpx.codes.OK else ""

    async def post(self, path: str, form: dict[str, str]) -> httpx.Response | None:
        """Send a form; None when no answer came, or none that says anything."""
        return await self._ask("POST", path, {"csrf": self._csrf, **form})

    async def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> httpx.Response | None:
        node = self.chance.choice(self._nodes)
        headers = {"cookie": f"handhold_counsellor={self._session}"} if self._session else {}
        try:
            answer = await node.http.request(method, f"/counsellor/{path}".rstrip("/"), data=form, headers=headers)
        except httpx.HTTPError:
            return None
        if answer.headers.get("location", "").endswith("/login"):
            await self.sign_in()
            return None
        if answer.status_code not in {200, 204, 303, 401, 409, 429, 503}:
            self.journal.strange(f"a counsellor was answered with {answer.status_code} on {path.rpartition('/')[2]}")
        return answer

    def _enter(self, answer: httpx.Response | None) -> None:
        found = answer.cookies.get("handhold_counsellor") if answer is not None else None
        if found is not None:
            self._session = found

    async def sign_in(self) -> None:
        """A new session."""
        self._session = ""
        self._enter(await self.post("login", {"email": self.email, "password": PASSWORD}))
        await self.page("")

    async def write(self, case: UUID, move: str, fence: int | None, **form: str) -> int | None:
        """A write on a case; its status, noted in the journal when it was success."""
        begun = time.time()
        given = {**form, **({} if fence is None else {"fence": str(fence)})}
        answer = await self.post(f"cases/{case}/{move}", given)
        if answer is None or answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return None
        line = UUID(form["line"]) if "line" in form else None
        if answer.status_code in {204, 303}:
            self.journal.did(Wrote(self.email, move, case, fence, begun, time.time(), line))
        return answer.status_code

    async def duty(self, hours: int) -> bool | None:
        """On duty for so long; None if that is not certain."""
        self.journal.duty(self.email, "unsure")
        answer = await self.post("duty", {"hours": str(hours)})
        if answer is None or answer.status_code != httpx.codes.SEE_OTHER:
            return None
        self.journal.duty(self.email, "on" if hours else "off")
        return True

    def vanish(self) -> None:
        """Gone with everything they hold, for longer than a lease."""
        for case in list(self.held):
            self.lose(case)
        self.silent_until = time.monotonic() + 2 + self.chance.random()

    def lose(self, case: UUID) -> None:
        """They no longer have it, or do not know."""
        fence = self.held.pop(case, None)
        if fence is not None:
            self.lost[case] = fence

    async def listed(self) -> list[UUID]:
        """The cases on the page."""
        return [UUID(n) for n in re.findall(r'data-case="([^"]+)"', await self.page("cases/list"))]

    async def fence_of(self, case: UUID) -> int | None:
        """The number of our claim, as the page shows it to whoever has the case."""
        page = await self.page(f"cases/{case}")
        found = re.search(r'id="stay"[^>]* data-fence="(\d+)"', page)
        self.others = [UUID(n) for n in re.findall(r'<option value="([^"]{36})"', page)]
        self.talking = f"/counsellor/cases/{case}/say" in page
        return int(found[1]) if found else None


def _one(c: Counsellor, cases: dict[UUID, int]) -> UUID | None:
    return c.chance.choice(list(cases)) if cases else None


async def _claim(c: Counsellor) -> None:
    cases = c.called[-3:] or await c.listed()
    if not cases or len(c.held) > 3:  # noqa: PLR2004
        return
    case = c.chance.choice(cases[:8])
    c.called.clear()
    await c.write(case, "claim", None)
    fence = await c.fence_of(case)
    if fence is not None:
        c.held[case] = fence


async def _come(c: Counsellor) -> None:
    if c.called:
        await c.write(c.called[-1], "coming", None)


async def _stay(c: Counsellor) -> None:
    for case, fence in list(c.held.items()):
        if await c.write(case, "stay", fence) == httpx.codes.CONFLICT:
            c.lose(case)


async def _take_over(c: Counsellor) -> None:
    case = _one(c, c.held)
    if case is not None:
        await c.write(case, "take-over", c.held[case])


async def _say(c: Counsellor) -> None:
    """Words to the person; now and then twice with one id, as a page that lost its connection does."""
    case = _one(c, c.held)
    fence = await c.fence_of(case) if case is not None else None
    if case is None or fence is None or not c.talking:
        return
    line = uuid4()
    for _ in range(c.chance.choice((1, 1, 2))):
        await c.write(case, "say", fence, line=str(line), words="I am here. Tell me about today.")


async def _hand_back(c: Counsellor) -> None:
    await _end(c, "hand-back")


async def _transfer(c: Counsellor) -> None:
    case = _one(c, c.held)
    if case is not None and await c.fence_of(case) is not None and c.others and case in c.held:
        to = str(c.chance.choice(c.others))
        if await c.write(case, "transfer", c.held[case], note="Please go on.", to=to) is not None:
            c.lose(case)


async def _join(c: Counsellor) -> None:
    cases = [case for case in await c.listed() if case not in c.held]
    if cases:
        case = c.chance.choice(cases[-8:])
        await c.write(case, "join", None)
        fence = await c.fence_of(case)
        if fence is not None:
            c.held[case] = fence
            c.beside.add(case)


async def _leave(c: Counsellor) -> None:
    c.beside &= c.held.keys()
    case = c.chance.choice(sorted(c.beside)) if c.beside else None
    if case is not None and await c.write(case, "leave", None) is not None:
        c.beside.discard(case)
        c.lose(case)


async def _end(c: Counsellor, move: str, **form: str) -> None:
    case = _one(c, c.held)
    if case is None:
        return
    status = await c.write(case, move, c.held[case], note="We talked; a plan is made.", **form)
    if status is not None:
        c.lose(case)
    if status == httpx.codes.SEE_OTHER and move == "close":
        c.lost.pop(case, None)  # who is done with it writes nothing late


async def _put_back(c: Counsellor) -> None:
    await _end(c, "release")


async def _close(c: Counsellor) -> None:
    await _end(c, "close", outcome=c.chance.choice(_OUTCOMES))


async def _vanish(c: Counsellor) -> None:
    c.vanish()


async def _write_late(c: Counsellor) -> None:
    """Under a claim that was lost: must be refused."""
    case = _one(c, c.lost)
    if case is not None:
        move = c.chance.choice(("stay", "release", "close"))
        await c.write(case, move, c.lost[case], note="Too late.", outcome="true_alarm")


async def _change_duty(c: Counsellor) -> None:
    await c.duty(8 if c.may_be_on_duty and c.chance.random() < 0.8 else 0)  # noqa: PLR2004


MOVES: Final[dict[Move, float]] = {
    _claim: 9, _come: 1.5, _stay: 5, _take_over: 4, _say: 4, _transfer: 1, _join: 1, _leave: 0.5, _hand_back: 1,
    _put_back: 1, _close: 7, _vanish: 0.4, _write_late: 3, _change_duty: 0.6, Counsellor.sign_in: 0.2,
}  # fmt: skip
#: What a counsellor has to do for a named failpoint to be passed, by the first part of its name.
LEADS_TO: Final[dict[str, tuple[Move, ...]]] = {
    "alert.acknowledged": (_claim,), "case.claimed": (_claim,), "case.stayed": (_claim, _stay),
    "case.took_over": (_claim, _take_over),
    "line.added": (_claim, _take_over, _say), "case.transferred": (_claim, _transfer), "case.joined": (_claim, _join),
    "case.left": (_claim, _join, _leave), "case.handed_back": (_claim, _hand_back),
    "case.released": (_claim, _put_back),
    "case.closed": (_claim, _close), "counsellor.duty": (_change_duty,), "counsellor.signed_in": (Counsellor.sign_in,),
}  # fmt: skip
