"""What the handoff summary finds in authored conversations, what it leaves out, and what it says it does not know."""

from uuid import UUID

import pytest
from summary_talks import TALK, cases, event, measure, of_talks, stored, sum_up

from agent.domain.risk import Driver, Tier
from agent.escalation.summary.cues import TOPICS, SummaryCues
from agent.escalation.summary.quoting import quoted
from agent.escalation.summary.write import Claim, Heard
from classifiers.reading import IntentScore, SignScore, TextReading

DEV, HELD_OUT = cases("dev"), cases("held_out")


@pytest.mark.parametrize("case", [*DEV, *HELD_OUT], ids=lambda c: c["id"])
def test_traps_are_not_filed_as_present(case) -> None:
    topics = sum_up(case["turns"]).topics
    for topic, words in case.get("never", {}).items():
        for claim in topics.get(topic, ()):
            assert not any(w in claim.quote for w in words), claim


@pytest.mark.parametrize(("found", "least"), [(DEV, (0.97, 0.97)), (HELD_OUT, (0.9, 0.9))], ids=["dev", "held out"])
def test_precision_and_recall_do_not_fall_behind(found, least) -> None:
    score, wanted = measure(found)
    assert score.precision >= least[0], score.wrong
    assert score.recall(wanted) >= least[1], score.missed


def test_there_are_enough_conversations_and_each_asks_for_something() -> None:
    assert len(DEV) + len(HELD_OUT) >= 25
    assert all(case.get("has") or case.get("never") for case in [*DEV, *HELD_OUT])
    assert {t for c in [*DEV, *HELD_OUT] for t in c.get("has", {})} == set(TOPICS)


def frames(summary):
    return {c.quote: c.frame for c in summary.aside}


@pytest.mark.parametrize(
    "text", ["I have no pills in the house.", "I don't have any pills here", "ive not got a rope", "never got a gun"]
)
def test_what_is_denied_is_shown_as_denied_and_is_not_unknown(text) -> None:
    summary = sum_up([text])
    assert "means" not in summary.topics
    assert frames(summary) == {text: "negated"}
    assert "means" not in summary.unknown


def test_a_sentence_that_has_both_is_quoted_once_where_it_says_more() -> None:
    summary = sum_up(["i have a rope but i dont have any pills"])
    assert [c.quote for c in summary.topics["means"]] == ["i have a rope but i dont have any pills"]
    assert summary.aside == ()


def test_an_attempt_in_a_year_is_earlier() -> None:
    assert [c.quote for c in sum_up(["i tried once in 2019, my sister found me"]).topics["attempt"]] == [
        "i tried once in 2019, my sister found me"
    ]


def test_somebody_elses_means_stand_aside_and_their_own_stay_unknown() -> None:
    summary = sum_up(["My brother has got a gun in the truck."])
    assert "means" not in summary.topics
    assert frames(summary) == {"My brother has got a gun in the truck.": "other"}
    assert "means" in summary.unknown


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("When I was 16 I kept razors under my bed.", "past"),
        ("She wrote: “I have a rope in the car”. I froze.", "quoted"),
        ("> I have a rope in the car\nwhat do I answer", "quoted"),
    ],
)
def test_past_ifs_and_quotations_stand_aside_under_what_they_are(text, frame) -> None:
    summary = sum_up([text])
    assert "means" not in summary.topics
    assert frame in frames(summary).values()


def test_an_if_is_no_means_and_is_not_shown_at_all() -> None:
    summary = sum_up(["If I had a gun it would be over."])
    assert "means" not in summary.topics
    assert list(frames(summary).values()) == []


def test_nothing_said_leaves_everything_unknown_and_nothing_else() -> None:
    summary = sum_up(["hello", "how are you"])
    assert (summary.said, summary.topics, summary.aside) == ((), {}, ())
    assert set(summary.unknown) == {"means", "plan", "taken", "alone", "place", "attempt"}


def test_a_lone_word_is_quoted_with_what_stands_around_it() -> None:
    (claim,) = sum_up(["Rope. Got a rope. Garage."]).topics["means"]
    assert claim.quote == "Got a rope."
    driver = Driver("lexicon", Tier.HIGH, "suicide/now/en.means", "Pills.")
    (said,) = sum_up(["Pills. All of them. Tonight."], [event("opened", 1, Tier.HIGH, (driver,))]).said
    assert said.quote == "Pills. All of them."


def test_a_long_sentence_is_quoted_by_its_clauses() -> None:
    text = "so " + "we went on and on, " * 20 + "and I have a rope in the loft, " + "which nobody knows, " * 20
    (claim,) = sum_up([text]).topics["means"]
    assert len(claim.quote) <= 200
    assert "and I have a rope in the loft" in claim.quote


def test_words_of_drivers_are_quoted_from_their_message_and_others_left_out() -> None:
    drivers = (
        Driver("lexicon", Tier.HIGH, "suicide/now/en.means", "have a rope"),
        Driver("history", Tier.HIGH, "time or means named while risk stands", "tonight rope"),
        Driver("open_case", Tier.HIGH, "stood before this message and holds"),
    )
    summary = sum_up(["I have a rope and it will be tonight"], [event("opened", 1, Tier.HIGH, drivers)])
    assert [(c.quote, c.tier, c.why) for c in summary.said] == [
        ("I have a rope and it will be tonight", Tier.HIGH, "suicide/now/en.means")
    ]


def test_the_same_number_in_two_conversations_is_two_messages() -> None:
    earlier = UUID(int=7)
    talks = {TALK: [stored(1, "I have a rope here")], earlier: [stored(1, "I have a plan for it")]}
    driver = Driver("lexicon", Tier.HIGH, "suicide/now/en.have-plan", "have a plan")
    summary = of_talks(talks, [event("opened", 1, Tier.HIGH, (driver,), earlier)])
    assert [c.span.conversation_id for c in summary.said] == [earlier]
    assert [c.span.conversation_id for c in summary.topics["means"]] == [TALK]


def test_the_same_words_in_two_conversations_are_quoted_from_both() -> None:
    earlier = UUID(int=7)
    summary = of_talks({TALK: [stored(1, "I have a rope here")], earlier: [stored(1, "I have a rope here")]})
    assert {c.span.conversation_id for c in summary.topics["means"]} == {TALK, earlier}


def reading(language: str, *signs: SignScore) -> TextReading:
    return TextReading((), (), 0.0, IntentScore("vent", 1.0), (0, 0, 0, 0), (), language, signs=signs)


def test_another_language_gives_drivers_alone_and_says_so() -> None:
    driver = Driver("lexicon", Tier.HIGH, "suicide/now/es.means", "tengo pastillas")
    text = "tengo pastillas guardadas, I have a rope"
    summary = of_talks({TALK: [stored(1, text, reading("es"))]}, [event("opened", 1, Tier.HIGH, (driver,))])
    assert summary.other_languages == ("es",)
    assert [c.why for c in summary.topics["means"]] == ["suicide/now/es.means"]


def test_a_sign_without_words_is_neither_known_nor_unknown() -> None:
    heard = reading("en", SignScore("means", 0.8), SignScore("time", 0.2))
    summary = of_talks({TALK: [stored(4, "it is loud here", heard)]})
    assert summary.unclear == {"means": Heard(TALK, 4)}
    assert "means" not in summary.unknown
    assert "plan" in summary.unknown


def test_a_bare_mention_is_quoted_as_perhaps_and_files_nothing() -> None:
    summary = sum_up(["I was holding the pills the whole time. still am"])
    assert summary.topics == {}
    assert "means" not in summary.unknown
    (perhaps,) = [c for c in summary.unclear.values() if isinstance(c, Claim) and "pills" in c.quote]
    assert perhaps.quote == "I was holding the pills the whole time."


def test_the_timeline_has_changes_and_the_ends() -> None:
    events = [
        event("opened", 1, Tier.MODERATE), event("paged", None, Tier.MODERATE), event("risk", 2, Tier.MODERATE),
        event("risk", 3, Tier.HIGH), event("lapsed", None, Tier.HIGH),
    ]  # fmt: skip
    kinds = [m.kind for m in sum_up(["a", "b", "c", "d"], events).timeline]
    assert kinds == ["first_message", "opened", "risk", "last_message", "lapsed"]


def test_long_lists_are_cut_and_say_so() -> None:
    summary = sum_up([f"I have {n} pills here" for n in range(11, 20)])
    assert [c.quote for c in summary.topics["means"]] == [f"I have {n} pills here" for n in (16, 17, 18, 19)]
    assert summary.more == {"means"}


def test_a_message_wholly_in_quotation_marks_is_the_persons_own() -> None:
    assert not quoted('"I have a rope"', 1, 5)
    assert quoted('he said "I have a rope"', 10, 14)


def test_the_cues_that_match_are_those_of_the_file_and_every_phrase_is_written_so_that_it_can() -> None:
    entries = {c["id"] for c in _file()["entries"]}
    found = {c.entry.partition(".")[2] for case in [*DEV, *HELD_OUT] for t in case["turns"] for _, c in _cues(t)}
    assert {e["domain"] for e in _file()["entries"]} == set(TOPICS)
    assert found <= entries
    # A bracket in a bracket is read as words by the phrase syntax, and never matches.
    macros = _file()["macros"]
    for entry in _file()["entries"]:
        for phrase in entry["match"]:
            written = phrase
            for name, value in macros.items():
                written = written.replace(f"<{name}>", value)
            depth = 0
            for char in written:
                depth += (char == "(") - (char == ")")
                assert 0 <= depth <= 1, (entry["id"], phrase)


def _cues(text):
    return SummaryCues.load().find(text)


def _file():
    from importlib.resources import files

    from agent.yaml_files import read_yaml

    return read_yaml(files("agent.escalation").joinpath("data/summary_cues.yaml"))
