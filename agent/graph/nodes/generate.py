"""[generate] A draft by the model, if there is one and it answers in time; else the authored composer writes it."""

import asyncio
import logging
from dataclasses import replace

from langgraph.runtime import Runtime

from agent.domain.turn import Conditioning, Draft
from agent.graph.failures import part_failed
from agent.graph.nodes.straight import plain_answer
from agent.graph.state import Services, State
from agent.policy.contraindications import against
from agent.policy.eating import about_eating_less
from agent.policy.plan import GLAD

log = logging.getLogger("handhold.graph")


async def generate(state: State, runtime: Runtime[Services]) -> State:
    """Never reached in danger: the edges of the graph see to that."""
    services = runtime.context
    if state["plan"].strategy == "language":
        return {"draft": _note(state, services)}
    if state["plan"].asked:
        return {"draft": await authored(state, services)}
    wanted = conditioning(state)
    drafted = None if state["hurry"] else await _by_model(services, wanted)
    return {"draft": drafted or services.composer.compose(wanted)}


async def authored(state: State, services: Services) -> Draft:
    """Words without a model. What is asked of the program itself is answered from the record, not composed."""
    if "there" in state["plan"].asked:
        said = f"{await plain_answer(state, services)} {services.straight.stay}"
        return Draft(said, "authored", ("straight/there",))
    return services.composer.compose(conditioning(state))


def conditioning(state: State) -> Conditioning:
    """Everything a generator may know."""
    reading, text = state["reading"], state["message"].text
    felt = reading.felt if reading else ()
    if about_eating_less(text, state["history"]):
        felt = tuple(emotion for emotion in felt if emotion not in GLAD)
    plan = state["plan"]
    if plan.strategy == "offer_skill" and state["passages"]:
        plan = replace(plan, technique=state["passages"][0].technique)
    return Conditioning(
        text=text,
        felt=felt,
        intensity=reading.intensity if reading else 0.0,
        intent=plan.intent,
        tier=state["risk"].tier,
        plan=plan,
        locale=state["message"].locale,
        passages=state["passages"],
        history=state["history"],
        against=against(text, state["history"], state["risk"]),
    )


def _note(state: State, services: Services) -> Draft:
    reading = state["reading"]
    note = services.languages.note(reading.language if reading else "")
    return Draft(note.text, "authored", (note.id,))


async def _by_model(services: Services, wanted: Conditioning) -> Draft | None:
    if services.generator is None:
        return None
    try:
        return await asyncio.wait_for(services.generator.draft(wanted), services.limits.generate)
    except part_failed() as error:
        log.warning("generator_failed", extra={"code": type(error).__name__, "part": "generator"})
        return None
