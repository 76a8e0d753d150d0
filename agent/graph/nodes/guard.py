"""[guard] Every sentence of a model's draft is vetted; what is unsafe becomes authored words, the reason is kept."""

import asyncio
import logging
from dataclasses import replace

from langgraph.runtime import Runtime

from agent.domain.risk import Driver, RiskAssessment, Tier
from agent.domain.turn import READ_LESS_WELL, Draft, Reply
from agent.graph.failures import part_failed
from agent.graph.nodes.generate import conditioning
from agent.graph.state import Services, State
from agent.safety.sentences import clean_markup, split
from agent.safety.vetting import Vetted

log = logging.getLogger("handhold.graph")
#: A draft that brings up dying although nobody asked it to has seen something in the message.
SAW_DANGER = "crisis_in_generated"
_FAINT_SIGN = 0.15
OFFERED, PASSAGE = "offered/", "passage/"


async def guard(state: State, runtime: Runtime[Services]) -> State:
    """Vet the draft. Authored words were vetted when they were written; tests hold them to the same guard."""
    services, draft = runtime.context, state["draft"]
    assert draft is not None
    if draft.origin != "generated":
        return {"reply": reply_of(state, draft)}
    try:
        vetting = asyncio.to_thread(services.guard.vet, clean_markup(draft.text), state["message"].text)
        vetted: Vetted | None = await asyncio.wait_for(vetting, services.limits.guard)
    except part_failed() as error:
        log.warning("guard_failed", extra={"code": type(error).__name__, "part": "guard"})
        vetted = None
    if vetted is None:
        authored = services.composer.compose(conditioning(state))
        return {"draft": authored, "reply": reply_of(state, authored, reasons=("guard_failed",))}
    if SAW_DANGER in vetted.reasons and _faint_sign(state):
        return {"risk": _raised(state["risk"])}
    return {"reply": reply_of(state, draft, vetted.text, vetted.reasons)}


def _faint_sign(state: State) -> bool:
    reading = state["reading"]
    return reading is None or state["risk"].tier >= Tier.LOW or reading.at_least[0] >= _FAINT_SIGN


def _raised(risk: RiskAssessment) -> RiskAssessment:
    driver = Driver("output_guard", Tier.MODERATE, "the draft answered a danger that the reader had not raised")
    return replace(
        risk, here=max(risk.here, Tier.MODERATE), tier=max(risk.tier, Tier.MODERATE), drivers=(driver, *risk.drivers)
    )


def reply_of(state: State, draft: Draft, text: str = "", reasons: tuple[str, ...] = ()) -> Reply:
    """The reply that a draft becomes; ``text`` is what the guard left of it."""
    text = text or draft.text
    plan = state["plan"]
    note = plan.strategy == "language"
    return Reply(
        text=text,
        sentences=split(text),
        origin="guard" if reasons and draft.origin == "generated" else draft.origin,
        tier=state["risk"].tier,
        strategy=plan.strategy,
        card=note,
        technique=_technique(state, draft),
        passages=_passages(state, draft),
        pieces=draft.pieces,
        reasons=(*reasons, READ_LESS_WELL) if note else reasons,
        prompt_hash=draft.prompt_hash,
        model=draft.model,
    )


def _technique(state: State, draft: Draft) -> str | None:
    """The skill that was really offered or is being walked through; the composer says so in its pieces."""
    offered = next((p.removeprefix(OFFERED) for p in draft.pieces if p.startswith(OFFERED)), None)
    if (
        offered is None
        and draft.origin == "generated"
        and state["plan"].strategy == "offer_skill"
        and state["passages"]
    ):
        return state["passages"][0].technique
    if offered is None and state["plan"].strategy == "continue" and state["history"]:
        return state["history"][-1].technique
    return offered


def _passages(state: State, draft: Draft) -> tuple[str, ...]:
    """Passages whose words are in the reply; for a model's draft, those it was given."""
    if draft.origin == "generated":
        return tuple(p.id for p in state["passages"])
    return tuple(p.removeprefix(PASSAGE) for p in draft.pieces if p.startswith(PASSAGE))
