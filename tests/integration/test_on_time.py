"""How soon somebody is told, over 200 cases on the real queue; prints its figures (``-s``)."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from statistics import quantiles
from uuid import UUID, uuid4

import pytest
from channels import Captured
from databases import rows
from desk import DANGER, invite, register
from processes import http

from agent.bootstrap import Application, Models
from agent.domain.risk import Driver, RiskAssessment, Tier
from agent.domain.turn import Message
from agent.escalation.alerts import ladder_policy
from agent.escalation.alerts.ladder import LadderPolicy, Rung
from agent.escalation.cases import open_case
from agent.graph.runner import LEASE
from agent.settings import AlertSettings, Settings
from agent.storage.repositories.turns import row_id

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(300)]
CASES = 200
AGAIN_AFTER = timedelta(seconds=6)
RISK = RiskAssessment(
    Tier.IMMINENT, Tier.IMMINENT, ("suicide",), (Driver("lexicon", Tier.IMMINENT, "said so", "kill myself"),), "self",
    retraction=False, degraded=False, policy_version="t",
)  # fmt: skip


@dataclass
class Timed(Captured):
    """When each notice was handed over, by its id; each takes as long as a quick mail server does."""

    at: dict[UUID, float] = field(default_factory=dict)

    async def send(self, notice) -> bool:
        self.at.setdefault(notice.id, time.time())
        await asyncio.sleep(0.05)
        return await super().send(notice)


@pytest.fixture
def channel() -> Timed:
    return Timed()


@pytest.fixture
async def application(
    settings: Settings, models: Models, channel: Timed, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Application]:
    """The running product with a ladder of two steps, and somebody on duty."""
    shipped = ladder_policy.load

    def two_steps(quiet: str | None = None) -> LadderPolicy:
        rungs = (Rung("on_duty", timedelta(0)), Rung("outside", AGAIN_AFTER))
        return replace(shipped(quiet), rungs={Tier.IMMINENT: rungs})

    monkeypatch.setattr(ladder_policy, "load", two_steps)
    alerts = AlertSettings(outside="duty-officer@outside.example")
    app = Application(settings.model_copy(update={"alerts": alerts}), channels=(channel,))
    await app.start(models)
    async with http(app) as browser:
        await register(browser, await invite(app))
        csrf = (await browser.get("/counsellor")).text.split('name="csrf" value="')[1].split('"')[0]
        await browser.post("/counsellor/duty", data={"csrf": csrf, "hours": 8})
    yield app
    await app.stop()


async def people(application: Application) -> list[Message]:
    """As many people, each with a message that this node has in hand (another's would be answered meanwhile)."""
    messages, node = [], application.runner.id
    for _ in range(CASES):
        async with application.services.database.unit_of_work() as work:
            person, _ = await work.people.create()
            talk, turn = await work.conversations.start(person, "en-GB", "GB"), uuid4()
            await work.turns.receive(talk.id, person, turn, DANGER, node, LEASE)
            messages.append(await work.turns.message(row_id(talk.id, turn)))
            await work.commit()
    return messages


def late(channel: Timed, conninfo: str, step: int, after: timedelta) -> list[float]:
    """Seconds from when each alert of a step was due until the channel had it."""
    due = rows(conninfo, "SELECT id, extract(epoch FROM since)::float8 FROM alert WHERE step = %s", step)
    assert len(due) == CASES
    return [channel.at[alert] - since - after.total_seconds() for alert, since in due]


def p99(what: str, seconds: Sequence[float]) -> float:
    cut = quantiles(seconds, n=100, method="inclusive")
    said = f"p50 {cut[49]:.2f} s, p99 {cut[98]:.2f} s, worst {max(seconds):.2f} s, n={len(seconds)}"
    print(f"{what}: {said}")  # noqa: T201  (the figures are what it is for)
    assert min(seconds) > -0.05, "nobody is told before it is due"
    return cut[98]


#: In steady traffic the bars; of 200 that fall due in one instant the last one waits for all others.
@pytest.mark.parametrize(
    ("how", "between", "page_within", "again_within"), [("ten a second", 0.1, 5, 2), ("all at once", 0.0, 5, 5)]
)
async def test_somebody_is_told_in_time_and_without_an_answer_the_next_one_is_too(
    application: Application, channel: Timed, conninfo: str,
    how: str, between: float, page_within: float, again_within: float,
) -> None:  # fmt: skip
    opening = []
    for message in await people(application):
        opening.append(asyncio.create_task(open_case(application.services.database, message, RISK, "t")))
        await asyncio.sleep(between)
    await asyncio.gather(*opening)
    await channel.wait_for(2 * CASES, seconds=120)
    assert p99(f"page, {how}", late(channel, conninfo, 0, timedelta(0))) < page_within
    assert p99(f"re-page, {how}", late(channel, conninfo, 1, AGAIN_AFTER)) < again_within
