"""Sends the messages to trusted contacts, and notes what came of each: once, whoever died in between."""

import logging
from datetime import timedelta
from uuid import UUID, uuid5

from agent.domain.risk import Tier
from agent.domain.trusted import NamedContact, Reach
from agent.escalation.alerts.channels import Letter
from agent.escalation.alerts.send import NotSent
from agent.escalation.trusted.contacts import TrustedDesk
from agent.escalation.trusted.policy import filled
from agent.escalation.trusted.rules import MailWords
from agent.storage.repositories.queue import REACH, TEST
from agent.storage.unit_of_work import Database, UnitOfWork

log = logging.getLogger("handhold.escalation")
SENT_WITHIN = timedelta(seconds=60)


async def send_test(desk: TrustedDesk, contact_id: UUID, *, last_try: bool) -> None:
    """The test message. Taken back meanwhile, it is not sent."""
    async with desk.database.unit_of_work() as work:
        named = await work.contacts.get(contact_id)
        token = work.contacts.token(contact_id)
    if named is None or named.test != "waiting":
        return
    letter_id = uuid5(named.id, str(named.test_asked_at))
    taken = await _mailed(desk, _letter(desk, desk.policy.test, named, token, letter_id))
    if not taken and not last_try:
        raise NotSent
    async with desk.database.unit_of_work() as work:
        await (work.contacts.test_sent(contact_id) if taken else work.contacts.test_failed(named))
        await work.commit()
    if not taken:
        log.error("contact_test_failed")


async def send_reach(desk: TrustedDesk, reach_id: UUID, *, last_try: bool) -> None:
    """A counsellor's message. The person is told once the mail server has taken it, in the commit that notes it."""
    async with desk.database.unit_of_work() as work:
        reach = await work.reaches.get(reach_id)
        if reach is None or not reach.counts or reach.sent_at is not None:
            return
        named = await work.contacts.get(reach.contact_id)
        token = work.contacts.token(reach.contact_id)
    letter = None if named is None else _letter(desk, desk.policy.reach, named, token, reach.id, reach.by_name)
    taken = letter is not None and await _mailed(desk, letter)
    if named is not None and not taken and not last_try:
        raise NotSent
    async with desk.database.unit_of_work() as work:
        now = await work.reaches.get(reach_id)
        if now is None or not now.counts or now.sent_at is not None:
            return
        await (_note_sent(work, desk, reach, named) if taken and named else _note_failed(work, reach, named))
        await work.commit()
    if not taken:
        log.critical("contact_not_reached", extra={"case_id": str(reach.case_id)})


async def send_lost(database: Database) -> None:
    """Messages whose job died with its worker. Sent twice, they carry one id."""
    async with database.unit_of_work() as work:
        tests, reaches = await work.contacts.tests_unsent(SENT_WITHIN), await work.reaches.unsent(SENT_WITHIN)
        for contact_id in tests:
            await work.defer(TEST, contact_id=str(contact_id))
        for reach_id in reaches:
            await work.defer(REACH, reach_id=str(reach_id))
        if tests or reaches:
            await work.commit()


async def _note_sent(work: UnitOfWork, desk: TrustedDesk, reach: Reach, named: NamedContact) -> None:
    await work.reaches.sent(reach.id)
    await work.record.add(reach.case_id, "reached", reach.person_id, await _tier(work, reach), actor=reach.by)
    words = filled(desk.policy.notice, counsellor=reach.by_name, contact=named.contact.name)
    await work.lines.add(uuid5(reach.id, "notice"), await work.cases.talk(reach.case_id), "notice", words)


async def _note_failed(work: UnitOfWork, reach: Reach, named: NamedContact | None) -> None:
    await work.reaches.failed(reach.id)
    why = "" if named is not None else "it was taken back or refused meanwhile"
    tier = await _tier(work, reach)
    await work.record.add(reach.case_id, "reach_failed", reach.person_id, tier, actor=reach.by, detail=why)


async def _tier(work: UnitOfWork, reach: Reach) -> Tier:
    return (await work.cases.get(reach.case_id)).tier


def _letter(
    desk: TrustedDesk, words: MailWords, named: NamedContact, token: str, letter_id: UUID, counsellor: str = ""
) -> Letter:
    names = {
        "called": named.contact.called, "contact": named.contact.name, "counsellor": counsellor,
        "link": f"{desk.base_url.rstrip('/')}/trusted/no/{token}",
    }  # fmt: skip
    return Letter(letter_id, named.contact.email, filled(words.subject, **names), filled(words.body, **names))


async def _mailed(desk: TrustedDesk, letter: Letter) -> bool:
    if desk.mailer is None:
        return False
    try:
        await desk.mailer.mail(letter)
    except OSError as error:
        extra = {"part": type(desk.mailer).__name__, "code": type(error).__name__}
        log.warning("channel_failed", extra=extra)
        return False
    return True
