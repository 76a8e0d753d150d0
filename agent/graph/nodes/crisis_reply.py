"""[crisis_reply] Authored words only. The card comes first and when things get worse, never with each turn."""

from dataclasses import replace

from langgraph.runtime import Runtime

from agent.domain.risk import RiskAssessment, Tier
from agent.domain.turn import READ_LESS_WELL, PastTurn, Reply
from agent.graph.nodes.generate import authored
from agent.graph.nodes.guard import reply_of
from agent.graph.nodes.retrieve import retrieve
from agent.graph.nodes.straight import plain_answer
from agent.graph.nodes.told import person_asked, who_is_told
from agent.graph.state import Services, State
from agent.policy.plan import language_due, plan
from agent.safety.crisis import Moment
from agent.safety.sentences import split

#: Under moderate risk that is calm for now, this many turns of ordinary talk pass between two questions about it.
TALK_BETWEEN = 3
_CALM = 0.25
#: Kept with a reply that said that the conversation is on the list.
_TOLD = "told"
_PLAIN_ENDINGS = frozenset({"gratitude", "farewell"})


async def crisis_reply(state: State, runtime: Runtime[Services]) -> State:
    """Words for this danger; when the message itself is calm again, an ordinary authored reply that stays near."""
    services, risk, history = runtime.context, state["risk"], state["history"]
    stored = state.get("case_id") is not None
    if state["asked"] and not risk.here.elevated:
        asked_for = await person_asked(state, services, stored=stored)
        answer = await plain_answer(state, services, told=True)
        return {"reply": _after(answer, asked_for) if answer else asked_for}
    if _calm_enough_to_talk(state):
        return {"reply": await _companion(state, runtime)}
    used = frozenset(piece for turn in history for piece in turn.pieces)
    moment = _moment(state)
    text = services.words.choose(risk, moment, used, str(state["message"].conversation_id))
    told, wait = ("not_stored", "") if not stored else await who_is_told(state, services, moment)
    words = services.words.fill(text.text, services.card(state), told, wait, again=_TOLD in used)
    answer = await plain_answer(state, services, told=told is not None)
    # What is asked is answered first, but for the emergency number.
    words = " ".join(filter(None, (words, answer) if risk.tier == Tier.IMMINENT else (answer, words)))
    reply = Reply(
        words, split(words), "crisis", risk.tier, "crisis", pieces=(text.id, _TOLD) if told and stored else (text.id,),
        card=show_card(risk, history, services.card_again_after) or not stored,
        reasons=() if stored else ("case_not_stored",),
    )  # fmt: skip
    return {"reply": _with_note(reply, state, services) if _note_due(state) else reply}


def _after(answer: str, reply: Reply) -> Reply:
    """The reply with a plain answer before it."""
    text = f"{answer} {reply.text}"
    return replace(reply, text=text, sentences=split(text))


def _note_due(state: State) -> bool:
    return language_due(state["reading"], noted=state.get("noted", False))


def _with_note(reply: Reply, state: State, services: Services) -> Reply:
    """The same reply after the note on the person's language; before it where the emergency number comes first."""
    reading = state["reading"]
    note = services.languages.note(reading.language if reading else "")
    both = (reply.text, note.text) if reply.tier == Tier.IMMINENT else (note.text, reply.text)
    text = "\n\n".join(both)  # a paragraph of its own: it may be written from right to left
    pieces, reasons = (*reply.pieces, note.id), (*reply.reasons, READ_LESS_WELL)
    return replace(reply, text=text, sentences=split(text), pieces=pieces, reasons=reasons, card=True)


def _moment(state: State) -> Moment:
    risk, history = state["risk"], state["history"]
    if risk.retraction:
        return "retraction"
    worst_before = max((t.tier for t in history if t.strategy == "crisis"), default=Tier.NONE)
    if risk.here.elevated and risk.here > worst_before:
        plainly = any(
            d.tier >= Tier.MODERATE and d.domain == "suicide" and d.source in {"lexicon", "history"}
            for d in risk.drivers
        )
        return "said" if plainly and risk.here == Tier.MODERATE else "first"
    return "later"


def _calm_enough_to_talk(state: State) -> bool:
    """Once the crisis was answered here and the last words are calm, most turns are ordinary talk.

    Under high risk only thanks and goodbyes are; under imminent risk nothing is. Nor is what may have been misread.
    """
    risk, reading = state["risk"], state["reading"]
    if _note_due(state):
        return False
    if risk.here.elevated or risk.retraction or reading is None or reading.at_least[1] >= _CALM:
        return False
    if risk.tier > Tier.MODERATE and (risk.tier == Tier.IMMINENT or reading.intent.label not in _PLAIN_ENDINGS):
        return False
    answered = [t.strategy == "crisis" for t in state["history"]]
    if not any(answered):
        return False
    since = next(i for i, crisis in enumerate(reversed(answered)) if crisis)
    return since < TALK_BETWEEN


async def _companion(state: State, runtime: Runtime[Services]) -> Reply:
    """The authored composer under a standing risk: no model; passages only if they are meant for this tier."""
    services, text = runtime.context, state["message"].text
    asked = services.straight.asked(text)
    wanted = plan(text, state["reading"], state["history"], state["risk"], noted=True, asked=asked)
    found = await retrieve({**state, "plan": wanted}, runtime)
    talk: State = {**state, "plan": wanted, "passages": found["passages"]}
    return reply_of(talk, await authored(talk, services))


def show_card(risk: RiskAssessment, history: tuple[PastTurn, ...], again_after: int) -> bool:
    """First, when things get worse, and now and then while they are bad."""
    shown = [i for i, turn in enumerate(history) if turn.card]
    if not shown:
        return True
    worse = risk.here > max(turn.tier for turn in history)
    return worse or (risk.here.elevated and len(history) - shown[-1] >= again_after)
