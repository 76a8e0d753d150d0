"""What a reply is for: the rules of the policy, one case a rule."""

from dataclasses import replace

import pytest

from agent.domain.risk import RiskAssessment, Tier
from agent.domain.turn import PastTurn, Plan
from agent.policy.eating import about_eating_less
from agent.policy.plan import plan
from classifiers.reading import IntentScore, TextReading


def reading(intent: str, *felt: str, score: float = 0.9) -> TextReading:
    return TextReading((), felt, 0.5, IntentScore(intent, score), (0.0, 0.0, 0.0, 0.0), (), "en")  # type: ignore[arg-type]


def risk(tier: Tier = Tier.NONE, *domains: str, whose: str = "self") -> RiskAssessment:
    return RiskAssessment(tier, tier, domains, (), whose, retraction=False, degraded=False, policy_version="t")  # type: ignore[arg-type]


def past(strategy: str, technique: str | None = None) -> PastTurn:
    return PastTurn("…", "…", Tier.NONE, strategy, technique)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "seen", "history", "expected"),
    [
        ("hello", reading("greeting"), [], "greet"),
        ("my dad died", reading("vent", "sadness"), [], "listen"),
        ("how do I calm down?", reading("seek_coping_skill"), [], "offer_skill"),
        ("what is CBT?", reading("seek_information"), [], "inform"),
        ("can I talk to a person", reading("seek_person"), [], "connect_person"),
        ("write my essay about Rome please", reading("out_of_scope"), [], "redirect"),
        ("I got the job!", reading("share_good_news", "joy"), [], "celebrate"),
        ("yes", reading("agree"), [past("offer_skill", "worry_time")], "continue"),
        ("I wrote the list", reading("vent"), [past("continue", "worry_time")], "continue"),
        ("no", reading("disagree"), [past("explore")], "repair"),
        ("that doesn't help at all, you don't listen", reading("disagree"), [past("explore")], "repair"),
    ],
)
def test_an_intent_leads_to_its_strategy(text: str, seen: TextReading, history: list[PastTurn], expected: str) -> None:
    assert plan(text, seen, history, risk()).strategy == expected


@pytest.mark.parametrize(
    ("text", "seen", "history"),
    [
        ("had a massive row with my sister last night", reading("share_good_news", "anger"), []),
        ("its not true!! i paid for the boiler, ask anyone in the family", reading("disagree"), [past("explore")]),
        ("whats the point of the house being quiet, i sit there", reading("past_crisis"), []),
        ("the house is so quiet now", reading("seek_information"), []),
        ("I am so tired of it", reading("seek_person", "sadness", score=0.3), []),
    ],
)
def test_an_intent_that_makes_no_sense_here_is_heard_as_venting(
    text: str, seen: TextReading, history: list[PastTurn]
) -> None:
    assert plan(text, seen, history, risk()).strategy in {"listen", "explore"}


def test_what_was_heard_is_summed_up_before_a_skill_is_offered_and_none_is_offered_twice_in_a_row() -> None:
    def then(*history: PastTurn) -> str:
        return plan("it goes on", reading("vent", "sadness"), list(history), risk()).strategy

    heard = [past("listen"), past("explore"), past("explore")]
    assert then(*heard[:2]) in {"listen", "explore"}
    assert then(*heard) == "summarise"
    assert then(*heard, past("summarise")) == "offer_skill"
    offered = [*heard, past("summarise"), past("offer_skill", "worry_time")]
    assert then(*offered) != "offer_skill"
    again = [*offered, *(past("explore") for _ in range(4))]
    assert then(*again) == "offer_skill"  # summed up not long ago


@pytest.mark.parametrize(
    "text",
    ["is it normal to cry at adverts", "am I going crazy or what", "does anyone else feel like this",
     "am i alone in this", "I must be the only one who hates Christmas", "Is this weird?"],
)  # fmt: skip
def test_who_asks_whether_others_know_it_is_told_before_anything_else(text: str) -> None:
    for intent in ("vent", "seek_information"):
        assert plan(text, reading(intent), [], risk()).strategy == "normalise"


@pytest.mark.parametrize("text", ["my normal day begins at six", "others say I'm fine", "the only one I like is him"])
def test_who_does_not_ask_is_heard(text: str) -> None:
    assert plan(text, reading("vent"), [], risk()).strategy in {"listen", "explore"}


@pytest.mark.parametrize(
    ("text", "refuses"), [("no", True), ("not really", True), ("no idea", False), ("no clue", False)]
)
def test_not_to_know_is_no_refusal(text: str, refuses: bool) -> None:
    strategy = plan(text, reading("disagree"), [past("explore")], risk()).strategy
    assert (strategy == "repair") == refuses


def test_low_risk_about_oneself_gets_one_check_in_and_then_ordinary_talk() -> None:
    low = risk(Tier.LOW, "suicide")
    assert plan("sometimes I wish I would not wake up", reading("vent"), [], low).strategy == "check_in"
    assert plan("it is hard", reading("vent"), [past("check_in")], low).strategy != "check_in"


@pytest.mark.parametrize(
    ("seen", "low"),
    [
        (reading("farewell"), risk(Tier.LOW, "suicide")),
        (reading("worry_about_other"), risk(Tier.LOW, "suicide", whose="other")),
        (reading("vent"), risk(Tier.LOW, "eating_disorder")),
    ],
)
def test_no_check_in_on_a_goodbye_about_somebody_else_or_where_life_is_not_in_question(
    seen: TextReading, low: RiskAssessment
) -> None:
    assert plan("bye for now", seen, [], low).strategy != "check_in"


def test_without_a_reading_it_listens() -> None:
    assert plan("hello there", None, [], risk()).strategy == "listen"


def foreign(intent: str, *felt: str) -> TextReading:
    return replace(reading(intent, *felt), language="sw", doubts=("language",))


@pytest.mark.parametrize("intent", ["vent", "greeting", "seek_person", "seek_coping_skill", "disagree", "out_of_scope"])
def test_the_first_reply_in_another_language_tells_how_it_is_read(intent: str) -> None:
    history = [past("explore"), past("listen")]
    assert plan("…", foreign(intent), history, risk()) == Plan("language")
    assert plan("…", foreign(intent), history, risk(Tier.LOW, "suicide")) == Plan("language")


def test_it_is_told_once_and_the_talk_goes_on_as_before() -> None:
    history = [past("language")]
    seen = foreign("vent", "sadness")
    assert plan("…", seen, history, risk(), noted=True) == plan("…", reading("vent", "sadness"), history, risk())


def test_nothing_is_told_of_english_or_without_a_reading() -> None:
    assert plan("…", replace(reading("vent"), doubts=("risk", "intent")), [], risk()).strategy != "language"
    assert plan("…", None, [], risk()).strategy == "listen"


@pytest.mark.parametrize(
    ("text", "before", "expected"),
    [
        ("no dinner for a week and i feel amazing", "", True),
        ("I skipped lunch again!", "", True),
        ("I’m so proud", "i haven't eaten since monday", True),
        ("down two kilos", "", True),
        ("I got the job!", "", False),
        ("we had a lovely dinner together", "", False),
        ("I passed!", "I was so nervous", False),
    ],
)
def test_gladness_about_eating_less_is_not_met_with_gladness(text: str, before: str, expected: bool) -> None:
    history = [PastTurn(before, "…", Tier.NONE, "listen")] if before else []
    assert about_eating_less(text, history) == expected
