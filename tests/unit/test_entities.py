"""People, symptoms, triggers and times a message names."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.entities import KINDS, entities


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "My mum\u2019s boyfriend shouts every night and I can't sleep since the divorce 3 weeks ago",
            [("person", "mum\u2019s"), ("person", "boyfriend"), ("time", "every night"), ("symptom", "can't sleep"),
             ("trigger", "divorce"), ("time", "3 weeks ago")],
        ),
        ("panic attacks before exams", [("symptom", "panic attacks"), ("trigger", "exams")]),
        ("moment of madness, kidding", []),
        ("", []),
    ],
)  # fmt: skip
def test_what_is_named_is_found_in_order(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(e.kind, e.words) for e in entities(text)] == expected


@given(st.text(max_size=200))
def test_any_text_gives_entities_that_stand_in_it_and_do_not_overlap(text: str) -> None:
    found = entities(text)
    assert all(e.kind in KINDS and text[e.start : e.end].strip() == e.words for e in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
