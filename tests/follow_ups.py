"""Cases that are let go with a follow-up, and the day that passes until it is due."""

from datetime import timedelta

from databases import change, rows
from desk import DANGER, Desk
from device import Device

from agent.bootstrap import Application
from agent.escalation.sweep import sweep

ASK = "Ask whether the sister came."
NOTE = "We spoke for a while. The sister comes tonight."


async def closed(desk: Desk, device: Device, *, follow: str = "24", act: str = "close", **other: str) -> str:
    """The person is in danger; a counsellor takes the case, and closes it or hands it back."""
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await desk.claim(case_id)
    form = {
        "csrf": await desk.csrf(), "fence": await desk.fence(case_id), "note": NOTE, "outcome": "true_alarm",
        "follow": follow, "ask": ASK, **other,
    }  # fmt: skip
    answer = await desk.http.post(f"/counsellor/cases/{case_id}/{act}", data=form)
    assert answer.status_code == 303, answer.text
    return case_id


async def look(application: Application) -> None:
    services = application.services
    await sweep(services.database, services.spool, services.ladder)


async def fall_due(application: Application, conninfo: str, ago: timedelta = timedelta(minutes=1)) -> str:
    """The day has passed; then a sweep looks."""
    await change(conninfo, "UPDATE follow_up SET due_at = now() - %s", ago)
    await look(application)
    ((found,),) = rows(conninfo, "SELECT id FROM follow_up")
    return str(found)
