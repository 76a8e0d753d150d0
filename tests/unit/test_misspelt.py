"""Misspelt words of danger are put right, and only they: no form may be a word of its own."""

import json
import re
from pathlib import Path

import pytest

import agent.safety
from classifiers.normalise import RIGHT, normalise, undisguised
from classifiers.text import WEIGHTS

ANYWHERE = sorted(RIGHT["anywhere"])
LISTS = sorted((Path(agent.safety.__file__).parent / "data" / "lexicon").glob("*.yaml"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("i wonted to kil myself", "i wanted to kill myself"),
        ("Kil miself.", "kill myself."),
        ("they sed sucide, agen", "they sed suicide, agen"),
        ("i wanna dei", "i wanna die"),
        ("better off ded", "better off dead"),
    ],
)
def test_misspelt_danger_is_read_as_meant(written: str, meant: str) -> None:
    assert undisguised(written) == meant


@pytest.mark.parametrize("text", ["het is kil buiten", "amici dei poeti", "a ded end", "cutt and paste"])
def test_what_may_be_another_word_is_left_alone_by_itself(text: str) -> None:
    assert undisguised(text) is None


def test_a_word_put_right_is_shown_as_it_was_written() -> None:
    text = "so i overdozed."
    plain, offsets = normalise(text)
    at = plain.index("overdosed")
    assert text[offsets[at] : offsets[at + len("overdosed") - 1] + 1] == "overdozed"


def test_no_form_is_a_word_that_the_reader_knows() -> None:
    known = json.loads((WEIGHTS / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    assert [form for form in ANYWHERE if form in known] == []


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_no_form_is_a_word_of_a_word_list(path: Path) -> None:
    """It would be put right before the list is looked up, and never be found."""
    words = set(re.findall(r"[^\W\d_]+", path.read_text("utf-8").casefold()))
    assert words.isdisjoint(ANYWHERE)
