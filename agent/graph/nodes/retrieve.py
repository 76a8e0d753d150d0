"""[retrieve] Passages for what was said, or none below the floor score. Without an index the reply says less."""

import asyncio
import logging

from langgraph.runtime import Runtime

from agent.graph.failures import part_failed
from agent.graph.state import Services, State

log = logging.getLogger("handhold.graph")
PASSAGES = 3
_EARLIER = 2


async def retrieve(state: State, runtime: Runtime[Services]) -> State:
    """Look for passages when the plan asks for them."""
    services, wanted = runtime.context, state["plan"]
    if not wanted.retrieve:
        return {"passages": ()}
    query = state["message"].text
    if len(query.split()) < 12:  # noqa: PLR2004  (a short request leans on what came before it)
        query = " ".join([*(t.text for t in state["history"][-_EARLIER:]), query])
    offered = frozenset(t.technique for t in state["history"] if t.technique)
    try:
        found = await asyncio.wait_for(
            services.finder.find(query, state["risk"].tier.label, wanted, state["reading"], offered, PASSAGES),
            services.limits.retrieve,
        )
    except part_failed() as error:
        log.warning("retrieval_failed", extra={"code": type(error).__name__, "part": "index"})
        found = ()
    return {"passages": found}
