"""Every feeling has its own words for every strategy and strength, in plain language, and they are used."""

import pytest
from readability import reading_age

from agent.domain.risk import Tier
from agent.domain.turn import Conditioning, PastTurn, Plan
from agent.generation.composer import Composer
from agent.yaml_files import read_yaml

COMPOSER = Composer.load()
GROUPS = sorted({g.split(".")[1] for g in COMPOSER.shelf.moves if g.startswith("tone.")})
STRATEGIES, STRENGTHS = ("normalise", "ask", "invite", "offer"), ("soft", "strong")


def said(text: str, felt: str, intensity: float, strategy: str, *history: PastTurn):
    intent = "seek_coping_skill" if strategy == "offer_skill" else "vent"
    return COMPOSER.compose(
        Conditioning(text, (felt,), intensity, intent, Tier.NONE, Plan(strategy), "en-GB", history=history)
    )


def test_there_are_twelve_feelings_and_each_has_every_strategy_at_both_strengths() -> None:
    assert len(GROUPS) >= 12
    for group in GROUPS:
        for strategy in STRATEGIES:
            for strength in STRENGTHS:
                assert len(COMPOSER.shelf.move(f"tone.{group}.{strategy}.{strength}")) >= 2
        for strength in STRENGTHS:
            assert len(COMPOSER.shelf.move(f"feel.{group}.{strength}")) >= 3


def test_only_questions_ask_and_none_is_said_in_two_places() -> None:
    texts = [p.text for p in COMPOSER.shelf.pieces()]
    for name, pieces in COMPOSER.shelf.moves.items():
        if name.startswith("tone."):
            for piece in pieces:
                assert texts.count(piece.text) == 1
                assert ("?" in piece.text) <= (".ask." in name or piece.text.endswith("today?"))


def test_a_child_of_eleven_could_read_it() -> None:
    every = " ".join(p.text for n, pieces in COMPOSER.shelf.moves.items() if n.startswith("tone.") for p in pieces)
    assert reading_age(every) <= 11


@pytest.mark.parametrize("emotion", ["sadness", "fear", "anger", "embarrassment", "confusion", "disappointment"])
@pytest.mark.parametrize(("intensity", "strength"), [(0.3, "soft"), (0.9, "strong")])
def test_a_feeling_that_was_read_gives_the_reply_its_tone(emotion: str, intensity: float, strength: str) -> None:
    pieces = said("It was the thing on Tuesday", emotion, intensity, "listen").pieces
    assert any(p.startswith("tone.") and f".{strength}/" in p for p in pieces)


def test_without_a_feeling_there_is_no_tone_to_be_wrong_about() -> None:
    pieces = COMPOSER.compose(
        Conditioning("It was the thing on Tuesday", (), 0.0, "vent", Tier.NONE, Plan("explore"), "en-GB")
    ).pieces
    assert not any(p.startswith("tone.") for p in pieces)


def test_a_talk_of_ten_turns_in_one_feeling_repeats_no_sentence() -> None:
    history: tuple[PastTurn, ...] = ()
    seen: set[str] = set()
    for n in range(10):
        strategy = ("listen", "explore", "normalise")[n % 3]
        draft = said(f"It was the thing number {n}", "sadness", 0.8, strategy, *history)
        assert seen.isdisjoint(draft.pieces)
        seen |= set(draft.pieces)
        history = (*history, PastTurn(f"number {n}", draft.text, Tier.NONE, strategy, pieces=draft.pieces))


def test_what_is_summed_up_is_what_was_said() -> None:
    past = PastTurn("I have my finals and I feel so scared", "r", Tier.NONE, "listen", pieces=("topic.exam.ask/1",))
    draft = said("mum keeps asking", "fear", 0.6, "summarise", past, past)
    assert "We wrote about the studying. You said that you felt so scared." in draft.text
    assert draft.text.count("?") <= 1


def test_the_file_is_data_and_says_that_no_clinician_has_looked_at_it() -> None:
    from importlib.resources import files

    path = files("agent.generation").joinpath("data/tone.yaml")
    assert set(read_yaml(path)) == set(GROUPS)
    assert "Not yet reviewed by a clinician" in path.read_text("utf-8")
