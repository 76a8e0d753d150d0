"""A counsellor at the desk as tests use it: an account made by its link, and the pages read."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx

from agent.bootstrap import Application

PASSWORD = "correct horse battery staple"
DANGER = "I don't want to be alive any more. I think about killing myself every night."


@dataclass
class Desk:
    """A signed-in browser."""

    http: httpx.AsyncClient

    async def csrf(self) -> str:
        """The value that our own forms carry."""
        page = await self.http.get("/counsellor")
        assert page.status_code == 200, page.text
        found = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert found is not None
        return found[1]

    async def listed(self, show: str = "live") -> list[str]:
        """Case ids in the order of the list."""
        page = await self.http.get(f"/counsellor/cases/list?show={show}")
        assert page.status_code == 200, page.text
        return re.findall(r'data-case="([^"]+)"', page.text)

    async def page(self, case_id: str) -> str:
        answer = await self.http.get(f"/counsellor/cases/{case_id}")
        assert answer.status_code == 200, answer.text
        return answer.text

    async def claim(self, case_id: str, csrf: str | None = None) -> httpx.Response:
        form = {"csrf": await self.csrf() if csrf is None else csrf}
        return await self.http.post(f"/counsellor/cases/{case_id}/claim", data=form)

    async def fence(self, case_id: str) -> str:
        """The number of the claim, as the page of the one who has the case carries it; 0 for others."""
        found = re.search(r'name="fence" value="(\d+)"', await self.page(case_id))
        return found[1] if found else "0"

    async def close(
        self, case_id: str, note: str, csrf: str | None = None, outcome: str = "true_alarm", fence: str | None = None
    ) -> httpx.Response:
        form = {"note": note, "csrf": await self.csrf() if csrf is None else csrf, "outcome": outcome}
        form["fence"] = await self.fence(case_id) if fence is None else fence
        return await self.http.post(f"/counsellor/cases/{case_id}/close", data=form)

    async def do(self, case_id: str, deed: str, **form: str) -> httpx.Response:
        """Send one of the forms of the case's page, under the claim that the page carries."""
        given = {"csrf": await self.csrf(), "fence": await self.fence(case_id), **form}
        return await self.http.post(f"/counsellor/cases/{case_id}/{deed}", data=given)

    async def take_over(self, case_id: str) -> None:
        """Claim a case and the conversation in it."""
        assert (await self.claim(case_id)).status_code == 303
        assert (await self.do(case_id, "take-over")).status_code == 303

    async def say(self, case_id: str, words: str, line: UUID | None = None) -> httpx.Response:
        return await self.do(case_id, "say", words=words, line=str(line or uuid4()))

    async def whisper(self, case_id: str, aside: str) -> httpx.Response:
        return await self.do(case_id, "whisper", aside=aside, line=str(uuid4()))

    async def duty(self, hours: int) -> httpx.Response:
        return await self.http.post("/counsellor/duty", data={"csrf": await self.csrf(), "hours": str(hours)})

    async def handle(self, case_id: str, note: str) -> httpx.Response:
        """Take a case and close it."""
        await self.claim(case_id)
        return await self.close(case_id, note)


async def invite(application: Application, *, supervisor: bool = False) -> str:
    """A fresh one-time token."""
    async with application.services.database.unit_of_work() as work:
        token = await work.counsellors.invite(datetime.now(UTC), supervisor=supervisor)
        await work.commit()
    return token


async def register(
    http: httpx.AsyncClient, token: str, email: str = "ada@desk.example", **other: str
) -> httpx.Response:
    """Fill in the form behind the link."""
    form = {"token": token, "name": "Ada", "email": email, "password": PASSWORD, **other}
    return await http.post("/counsellor/setup", data=form)


async def sign_in(http: httpx.AsyncClient, email: str = "ada@desk.example", password: str = PASSWORD) -> httpx.Response:
    """Send the sign-in form."""
    return await http.post("/counsellor/login", data={"email": email, "password": password})
