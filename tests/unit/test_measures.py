"""Questionnaires: the sums are the published ones, a part of a sum says nothing, and danger is never added away."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.care.measures import OURS, THEIRS, load
from agent.domain.measure import changed, score

MEASURES = load()
PHQ9, GAD7 = MEASURES["phq9"], MEASURES["gad7"]
TEXTS = """
who5:
  stem: Over the last two weeks
  items: [one, two, three, four, five]
  options: [a, b, c, d, e, f]
  licence: checked
pss10:
  stem: In the last month
  items: [one, two, three, four, five, six, seven, eight, nine, ten]
  options: [never, almost never, sometimes, fairly often, very often]
  licence: checked
"""


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    file = tmp_path / "words.yaml"
    file.write_text(TEXTS)
    return file


def points(measure, total):
    """Answers that come to a total."""
    out = []
    for _ in measure.items:
        out.append(min(3, total - sum(out)))
    return out


@pytest.mark.parametrize(
    ("total", "name"),
    [
        (0, "minimal"), (4, "minimal"), (5, "mild"), (9, "mild"), (10, "moderate"), (14, "moderate"),
        (15, "moderately severe"), (19, "moderately severe"), (20, "severe"), (27, "severe"),
    ],
)  # fmt: skip
def test_the_bands_of_phq9_are_those_of_kroenke_spitzer_and_williams_2001(total: int, name: str) -> None:
    found = score(PHQ9, points(PHQ9, total))
    assert (found.total, found.band.name) == (total, name)


@pytest.mark.parametrize(
    ("total", "name"),
    [
        (0, "minimal"),
        (4, "minimal"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "severe"),
        (21, "severe"),
    ],
)
def test_the_bands_of_gad7_are_those_of_spitzer_and_others_2006(total: int, name: str) -> None:
    found = score(GAD7, points(GAD7, total))
    assert (found.total, found.band.name) == (total, name)


def test_the_published_example_of_the_german_core_data_set_comes_to_its_total() -> None:
    # medizininformatik-initiative/kerndatensatzmodul-proms, examples mii-exa-pro-phq-9-response and -observation:
    # LA6571-9 to each of the nine questions is 27.
    worst = next(o.points for o in PHQ9.options if o.code == "LA6571-9")
    assert score(PHQ9, [worst] * 9).total == 27


def test_codes_are_those_of_loinc_and_none_stands_twice() -> None:
    assert [i.code for i in PHQ9.items] == [
        "44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8",
    ]  # fmt: skip
    assert (PHQ9.code, PHQ9.total_code, GAD7.code, GAD7.total_code) == ("44249-1", "44261-6", "69737-5", "70274-6")
    codes = [i.code for m in (PHQ9, GAD7) for i in m.items]
    assert len(codes) == len(set(codes))
    assert [o.code for o in PHQ9.options] == ["LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9"]


@given(st.sampled_from([PHQ9, GAD7]), st.data())
def test_a_total_is_the_sum_and_one_answer_left_out_leaves_no_total(measure, data) -> None:
    answers = data.draw(st.lists(st.integers(0, 3), min_size=len(measure.items), max_size=len(measure.items)))
    found = score(measure, answers)
    assert found.total == sum(answers)
    assert found.band is not None
    at = data.draw(st.integers(0, len(answers) - 1))
    partly = score(measure, [None if n == at else a for n, a in enumerate(answers)])
    assert (partly.total, partly.band) == (None, None)


@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=8, max_size=8), st.integers(1, 3))
def test_item_nine_is_danger_whatever_else_was_answered(others, ninth) -> None:
    assert score(PHQ9, [*others, ninth]).danger == ninth


def test_no_other_question_is_danger_and_none_answered_is_not_none() -> None:
    assert score(PHQ9, [3] * 8 + [0]).danger == 0
    assert score(PHQ9, [3] * 8 + [None]).danger is None
    assert score(GAD7, [3] * 7).danger is None


@pytest.mark.parametrize("answers", [[0] * 8, [0] * 10, [4] + [0] * 8, [-1] + [0] * 8, []])
def test_answers_that_do_not_fit_are_refused(answers: list[int]) -> None:
    with pytest.raises(ValueError, match="PHQ-9"):
        score(PHQ9, answers)


def test_a_change_counts_from_what_studies_found() -> None:
    assert [changed(PHQ9, 15, n) for n in (10, 11, 19, 20)] == ["better", "about the same", "about the same", "worse"]
    assert [changed(GAD7, 10, n) for n in (6, 7, 14)] == ["better", "about the same", "worse"]


def test_without_the_operators_words_only_the_free_ones_are_there(texts: Path) -> None:
    assert tuple(MEASURES) == OURS
    assert tuple(load(texts)) == (*OURS, *THEIRS)


def test_who5_is_multiplied_by_four_and_high_is_good(texts: Path) -> None:
    who5 = load(texts)["who5"]
    assert who5.most == 100
    assert [score(who5, [p] * 5).total for p in (0, 3, 5)] == [0, 60, 100]
    assert (score(who5, [2, 2, 3, 3, 2]).band.name, score(who5, [2, 2, 3, 3, 3]).band.name) == ("low", "fair or good")
    assert changed(who5, 40, 50) == "better"


def test_pss10_counts_its_four_kind_questions_the_other_way_round(texts: Path) -> None:
    pss10 = load(texts)["pss10"]
    kind = {3, 4, 6, 7}
    assert {n for n, i in enumerate(pss10.items) if i.reverse} == kind
    assert score(pss10, [0 if n in kind else 4 for n in range(10)]).total == 40
    assert score(pss10, [4 if n in kind else 0 for n in range(10)]).total == 0
    assert score(pss10, [2] * 10).band is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("who5: {stem: s, items: [a], options: [a, b, c, d, e, f], licence: l}", "5 questions"),
        ("phq9: {stem: s, items: [a], options: [a], licence: l}", "phq9 is none of"),
        ("who5: {stem: s}", "cannot be read"),
        ("- a", "cannot be read"),
        ("who5: [", "cannot be read"),
    ],
)
def test_a_wrong_file_of_words_says_what_is_wrong(tmp_path: Path, words: str, told: str) -> None:
    file = tmp_path / "words.yaml"
    file.write_text(words)
    with pytest.raises(ValueError, match=told):
        load(file)


def test_no_words_of_others_are_in_the_repository() -> None:
    import agent.care

    for key in THEIRS:
        told = (Path(agent.care.__file__).parent / f"data/measures/{key}.yaml").read_text()
        assert "text:" not in told
        assert "stem:" not in told
