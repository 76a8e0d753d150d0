"""What a message is read in the light of."""

from agent.domain.risk import Tier
from agent.domain.turn import BEFORE, PastTurn, talk


def past(text: str, reply: str, *, settled: bool = False) -> PastTurn:
    return PastTurn(text, reply, Tier.NONE, None, settled=settled)


def test_the_last_turns_of_both_sides_oldest_first() -> None:
    history = [past(f"message {n}", f"reply {n}") for n in range(20)]
    lines = talk(history)
    assert len(lines) == BEFORE
    assert lines[-2:] == ("message 19", "> reply 19")


def test_not_what_a_counsellor_has_settled() -> None:
    history = [past("the cat has a new home", "Who has it now?", settled=True), past("hello again", "")]
    assert talk(history) == ("hello again",)
