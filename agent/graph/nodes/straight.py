"""The plain answer to what a message asks of the program itself; who is there is said by the record."""

from agent.domain.turn import Asked
from agent.escalation.hands import Hands
from agent.graph.nodes.told import hands_now, wait
from agent.graph.state import Services, State
from agent.safety.helplines import line_of


async def plain_answer(state: State, services: Services, *, told: bool = False) -> str:
    """Empty if nothing is asked. ``told``: the reply says already who has been told."""
    asked = services.straight.asked(state["message"].text)
    asked = tuple(kind for kind in asked if kind in services.straight.answers or (kind == "there" and not told))
    return " ".join([await _answer(kind, state, services) for kind in asked])


async def _answer(kind: Asked, state: State, services: Services) -> str:
    if kind != "there":
        ways = services.straight.answers[kind]
        return ways[len(state["history"]) % len(ways)]  # not the same words each time
    hands = await hands_now(state, services)
    words = services.straight.there[_there(hands)].replace("{line}", line_of(services.card(state)))
    return words if hands is None else words.replace("{wait}", wait(hands)).replace("{name}", " and ".join(hands.names))


def _there(hands: Hands | None) -> str:
    if hands is None:
        return "unknown"
    if hands.state in {"taken", "coming", "told"}:
        return hands.state
    duty = "on_duty" if hands.on_duty else "nobody" if hands.duty_at is None else "nobody_until"
    return f"free_{duty}" if hands.state == "nobody" else duty
