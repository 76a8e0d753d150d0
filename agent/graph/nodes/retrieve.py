"""[retrieve] Passages for what was said, or none below the floor score. Without an index the reply says less."""

import asyncio
import logging

from langgraph.runtime import Runtime

from agent.domain.turn import Passage, Unfit
from agent.graph.failures import part_failed
from agent.graph.state import Services, State
from agent.policy.contraindications import against
from agent.safety.instructions import speaks_to_program

log = logging.getLogger("handhold.graph")
PASSAGES = 3
_EARLIER = 2


async def retrieve(state: State, runtime: Runtime[Services]) -> State:
    """Look for passages when the plan asks for them."""
    services, wanted = runtime.context, state["plan"]
    if not wanted.retrieve:
        return {"passages": ()}
    try:
        found = await asyncio.wait_for(_find(services, state), services.limits.retrieve)
    except part_failed() as error:
        log.warning("retrieval_failed", extra={"code": type(error).__name__, "part": "index"})
        found = ()
    return {"passages": tuple(p for p in found if not _poisoned(p))}


def _poisoned(passage: Passage) -> bool:
    """Whether it speaks to the program: words from a passage are data, and such a passage is not used at all."""
    words = speaks_to_program(f"{passage.title} {passage.step or ''} {passage.body}")
    if words:
        log.critical("passage_refused", extra={"part": passage.id})
    return bool(words)


async def _find(services: Services, state: State) -> tuple[Passage, ...]:
    """By the message's own words; a short one that finds nothing leans on what came before it."""
    text, earlier = state["message"].text, [t.text for t in state["history"][-_EARLIER:]]
    unfit = Unfit(
        frozenset(t.technique for t in state["history"] if t.technique),
        against(text, state["history"], state["risk"]),
    )
    for query in (text, " ".join([*earlier, text])):
        found = await services.finder.find(
            query, state["risk"].tier.label, state["plan"], state["reading"], unfit, PASSAGES
        )
        if found or not earlier:
            return found
    return ()
