"""[crisis_reply] Authored words only. The card comes first and when things get worse, never with each turn."""

from langgraph.runtime import Runtime

from agent.domain.risk import RiskAssessment, Tier
from agent.domain.turn import PastTurn, Plan, Reply
from agent.graph.nodes.generate import conditioning
from agent.graph.state import Services, State
from agent.policy.plan import plan
from agent.safety.crisis import Moment, Told
from agent.safety.sentences import split

CHECK_EVERY = 3


async def crisis_reply(state: State, runtime: Runtime[Services]) -> State:
    """Words for this danger; when the message itself is calm again, an ordinary authored reply that stays near."""
    services, risk, history = runtime.context, state["risk"], state["history"]
    if _calm_enough_to_talk(risk, history):
        return {"reply": _companion(state, services)}
    used = frozenset(piece for turn in history for piece in turn.pieces)
    moment = _moment(state)
    text = services.words.choose(risk, moment, used, str(state["message"].conversation_id))
    card = services.card(state)
    stored = state.get("case_id") is not None
    told: Told | None = (
        "not_stored" if not stored else None if moment in {"later", "retraction"} else "case_open_unknown"
    )
    words = services.words.fill(text.text, card, told)
    return {
        "reply": Reply(
            words, split(words), "crisis", risk.tier, "crisis", pieces=(text.id,),
            card=_show_card(risk, history, services.card_again_after) or not stored,
            reasons=() if stored else ("case_not_stored",),
        )
    }  # fmt: skip


def _moment(state: State) -> Moment:
    risk, history = state["risk"], state["history"]
    if risk.retraction:
        return "retraction"
    worst_before = max((t.tier for t in history if t.strategy == "crisis"), default=Tier.NONE)
    if risk.here.elevated and risk.here > worst_before:
        plainly = any(
            d.tier >= Tier.MODERATE and d.domain == "suicide" and d.source in {"lexicon", "history"} for d in risk.drivers
        )
        return "said" if plainly and risk.here == Tier.MODERATE else "first"
    return "later"


def _calm_enough_to_talk(risk: RiskAssessment, history: tuple[PastTurn, ...]) -> bool:
    """Once the crisis was answered in this conversation and the last words are calm, most turns are ordinary talk."""
    if risk.here.elevated or risk.retraction or risk.tier == Tier.IMMINENT:
        return False
    answered = [t.strategy == "crisis" for t in history]
    if not any(answered):
        return False
    since = next(i for i, crisis in enumerate(reversed(answered)) if crisis)
    return since < CHECK_EVERY


def _companion(state: State, services: Services) -> Reply:
    """The authored composer under a standing risk: no model, no retrieval, and nobody is sent away."""
    wanted = plan(state["reading"], state["history"], Tier.NONE)
    if wanted.strategy in {"redirect", "celebrate", "inform", "offer_skill"}:
        wanted = Plan("listen")
    draft = services.composer.compose(conditioning({**state, "plan": wanted, "passages": ()}))
    return Reply(
        draft.text, split(draft.text), "authored", state["risk"].tier, wanted.strategy, pieces=draft.pieces,
        technique=wanted.technique,
    )  # fmt: skip


def _show_card(risk: RiskAssessment, history: tuple[PastTurn, ...], again_after: int) -> bool:
    shown = [i for i, turn in enumerate(history) if turn.card]
    if not shown:
        return True
    worse = risk.here > max(turn.tier for turn in history)
    return worse or (risk.here.elevated and len(history) - shown[-1] >= again_after)
