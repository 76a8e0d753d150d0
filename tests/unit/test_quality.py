"""Measures of ordinary replies mean what they say."""

from hypothesis import given
from hypothesis import strategies as st

from agent.domain.risk import Tier
from evals.cases import Case, Say
from evals.scorers.quality import explores, measured, quality, warm
from evals.transcript import Exchange, Record, Transcript

CALM = Record(
    tier=Tier.NONE, card=False, case=False, case_first=None, reached="nobody", on_duty=False, origin="authored",
    strategy="listen",
)  # fmt: skip
TALKS = (
    ("My boat has stood in the yard since May and I miss the water.", "Which day on the boat do you miss most?"),
    ("The baby cries all night and nobody helps me.", "A baby who cries all night wears anybody out. Who could help?"),
    ("I failed my driving test again today.", "Failing the test again hurts. What went wrong on the road?"),
    ("Our choir sang badly and they all laughed.", "It is horrid when a choir is laughed at. What did you sing?"),
)


def talk(
    n: int, said: str, reply: str, *, record: Record | None = CALM, wants: str = "listen"
) -> tuple[Transcript, Case]:
    turns = ({"say": said, "expect": {"does": ["reflects"]}},)
    case = Case.model_validate(
        {"id": f"c{n}", "suite": "support", "who": "x", "why": "x", "locale": "en-GB", "turns": turns, "wants": wants}
    )
    return Transcript(case.id, [Exchange(Say(say=said), reply, 0.1, record)]), case


def figures(talks: list[tuple[Transcript, Case]]) -> dict[str, float]:
    return {m.name: m.value for m in quality(talks)}


def test_replies_to_their_own_messages_are_relevant_and_shuffled_ones_are_not():
    own = figures([talk(n, said, reply) for n, (said, reply) in enumerate(TALKS)])
    shuffled = [(said, TALKS[(n + 1) % len(TALKS)][1]) for n, (said, _) in enumerate(TALKS)]
    assert own["relevance of replies"] > 0.9
    assert figures([talk(n, *one) for n, one in enumerate(shuffled)])["relevance of replies"] < 0.6


def test_the_strategy_of_the_first_reply_is_held_against_what_the_case_wants():
    fits = figures([talk(0, *TALKS[0]), talk(1, *TALKS[1], wants="celebrate")])
    assert fits["first replies whose strategy fits"] == 0.5
    assert "first replies whose strategy fits" not in figures([talk(0, *TALKS[0], record=None)])


def test_warmth_and_questions_about_the_person_are_seen_and_others_are_not():
    assert warm("That sounds really hard.")
    assert warm("I am so sorry that happened.")
    assert not warm("Sleep has four stages.")
    assert explores("What was it like for you?")
    assert not explores("You could write it down.")


def test_people_in_danger_are_not_ordinary_talk():
    assert quality([]) == ()
    grave = Record(Tier.HIGH, True, True, True, "listed", False, "crisis", "crisis")
    assert quality([talk(0, *TALKS[0], record=grave)]) == ()


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcdef")), min_size=1, max_size=30))
def test_a_mean_lies_within_its_interval(pairs):
    values, cases = zip(*pairs, strict=True)
    m = measured("x", values, cases, "", "")
    assert m.low - 1e-9 <= m.value <= m.high + 1e-9
    assert m.n == len(values)
