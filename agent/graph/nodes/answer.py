"""[answer] TX3: reply, reading and standing risk in one commit. What stands already stays: a turn has one reply."""

import logging
from datetime import UTC, datetime
from uuid import uuid5

from langgraph.runtime import Runtime

from agent.care.exercises import known_as, load
from agent.care.in_chat import begun, due, gone_on
from agent.care.remember import fresh, notes_in, noticed
from agent.domain.escalation import Held
from agent.domain.offer import Offer
from agent.domain.risk import RiskAssessment, Standing, Tier
from agent.domain.turn import Message, PastTurn, Reply
from agent.graph.failures import STORAGE_FAILED
from agent.graph.nodes.guard import OFFERED
from agent.graph.state import Services, State
from agent.storage.repositories.lines import Talk
from agent.storage.unit_of_work import UnitOfWork

log = logging.getLogger("handhold.graph")


class Overtaken(Exception):
    """What the turn stands on has changed meanwhile, and it is run again from the top.

    A counsellor took the conversation over or gave it back; or another chat of the person, or a counsellor who closed
    the case, changed the risk that stands.
    """


async def answer(state: State, runtime: Runtime[Services]) -> State:
    """Commit the reply; returns the one that stands.

    A crisis reply goes out even if it cannot be stored, and one whose case could not be kept anywhere is not stored on
    purpose: the turn stays RECEIVED and is run again from the top, case and all. ``Overtaken``: nothing committed.
    """
    if state.get("case_lost", False):
        return {"reply": state["reply"]}
    try:
        return await _commit(state, runtime.context)
    except STORAGE_FAILED as error:
        if state["reply"].origin != "crisis":
            raise
        log.critical("reply_not_stored", extra={"code": type(error).__name__, "turn_id": str(state["message"].turn_id)})
        return {"reply": state["reply"]}


async def _commit(state: State, services: Services) -> State:
    message, risk, now = state["message"], state["risk"], datetime.now(UTC)
    held = holding(state["standing"], risk)
    async with services.database.unit_of_work() as work:
        if await work.cases.held(message.person_id, state["held"]) != state["held"]:
            raise Overtaken
        if await work.people.standing(message.person_id, keep=True) != state["stood"]:
            raise Overtaken
        reply = await work.turns.answer(message, state["reply"], risk.here, state["reading"], now)
        if state.get("stepped_down", False):
            await work.cases.stepped_down(message.person_id, message.turn_id, state["standing"].tier)
        await work.people.hold(message.person_id, held, restated=risk.here.elevated)
        await _keep_practice(work, state, reply, now)
        await _remember(work, state, reply)
        await _sum_up(work, state, reply, services)
        await _keep_offer(work, state, reply)
        if state["held"] is not None:
            await _for_counsellor(work, state["held"], message, state.get("drafted", ""))
        await work.commit()
    return {"reply": reply}


async def _keep_practice(work: UnitOfWork, state: State, reply: Reply, now: datetime) -> None:
    """What this turn made of an exercise. One that was changed meanwhile on its page stays as it is there."""
    message, known, last = state["message"], state.get("practices", ()), state.get("history", ())[-1:]
    new, plan = begun(reply.pieces), state.get("plan")
    if new is not None:
        await work.practices.keep(
            uuid5(message.turn_id, "practice"), message.person_id, new, 0, message.conversation_id
        )
        return
    here = next((s for s in known if s.conversation_id == message.conversation_id), None)
    if plan is not None and plan.resume is not None:
        here = next((s for s in known if s.practice.state != "finished"), None)
    before = last[0].pieces if last else ()
    if any(p.startswith("look_back/") for p in before):
        asked = due([s.practice for s in known], now)
        here = next((s for s in known if s.practice == asked), None)
    if here is None or here.practice.exercise not in load():
        return
    after = gone_on(here.practice, message.text, before, reply.pieces, now)
    await work.practices.keep(here.id, message.person_id, after, here.revision, message.conversation_id)


async def _remember(work: UnitOfWork, state: State, reply: Reply) -> None:
    """Note what was told, where that is wanted and nobody is in danger; and which note the reply came back to."""
    message, notes = state["message"], state.get("notes")
    if notes is None or state["risk"].tier.elevated:
        return
    here = message.conversation_id
    for n, (kind, words) in enumerate(fresh(notes, noticed(message.text))):
        await work.notes.keep(uuid5(message.turn_id, f"note {n}"), message.person_id, kind, words, here)
    for note_id in notes_in(reply.pieces):
        await work.notes.used(note_id, message.person_id)


async def _sum_up(work: UnitOfWork, state: State, reply: Reply, services: Services) -> None:
    """What this talk was about: noted once there is enough, and kept up while nobody has changed the note."""
    message, notes, past = state["message"], state.get("notes"), state.get("history", ())
    if notes is None or state["risk"].tier.elevated:
        return
    reading, plan = state.get("reading"), state.get("plan")
    this = PastTurn(
        message.text, reply.text, state["risk"].here, reply.strategy, reply.technique, reading.felt if reading else (),
        plan.intent if plan else None, reply.pieces,
    )  # fmt: skip
    before, now = services.composer.looking_back(past), services.composer.looking_back([*past, this])
    note_id = uuid5(message.conversation_id, "talk")
    kept = next((n.text for n in notes if n.id == note_id), "")
    if now and now != before and kept == before:
        await work.notes.keep(note_id, message.person_id, "talk", now, message.conversation_id)


async def _keep_offer(work: UnitOfWork, state: State, reply: Reply) -> None:
    """What was really offered, and how it was chosen if it was: a reply may have taken another than was chosen."""
    message, choice = state["message"], state.get("choice")
    for technique in (p.removeprefix(OFFERED) for p in reply.pieces if p.startswith(OFFERED)):
        kept = choice if choice and choice.menu[choice.taken] == technique else None
        exercise = known_as().get(technique)
        titles = (p.title for p in state.get("passages", ()) if p.technique == technique)
        name = exercise.name if exercise else next(titles, "")
        offer = Offer(technique, kept, name=name)
        await work.offers.keep(message.turn_id, message.person_id, offer, message.conversation_id)


async def _for_counsellor(work: UnitOfWork, held: Held, message: Message, drafted: str) -> None:
    """The case shows the chat that the person writes in, and the draft if there is one."""
    await work.cases.follow(held.case_id, message.conversation_id)
    if drafted:
        talk = Talk(held.case_id, message.conversation_id, message.person_id)
        await work.lines.add(uuid5(message.turn_id, "draft"), talk, "draft", drafted)


def holding(standing: Standing, risk: RiskAssessment) -> Standing:
    """What holds after this turn: the tier that stands with its domains; calm turns are counted under it."""
    if risk.tier == Tier.NONE:
        return Standing()
    calm = 0 if risk.here >= Tier.LOW else standing.calm_turns + 1
    return Standing(risk.tier, risk.domains, standing.since, calm)
