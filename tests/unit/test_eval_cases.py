"""The cases of the suites can be read, can fail, are no copies of each other, and none was learned by the reader."""

import json
import re
from collections import Counter, defaultdict
from functools import cache

import pytest
from conftest import ROOT
from pydantic import ValidationError

from evals.cases import WRITTEN, Case, load

#: Of their runs of three words; two messages of ten words that differ in two have about 0.4.
MOST_ALIKE = 0.4


@cache
def everything() -> tuple[Case, ...]:
    return tuple(case for suite in WRITTEN for case in load(suite))


def runs(text: str) -> frozenset[str]:
    """Every three words that follow one another; of a shorter text, all of it."""
    words = re.findall(r"\w+", text.lower())
    return frozenset(" ".join(words[n : n + 3]) for n in range(max(1, len(words) - 2)))


def copies(texts: dict[str, str], others: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs of which one is nearly the other."""
    known = {name: runs(text) for name, text in others.items()}
    where: dict[str, list[str]] = defaultdict(list)
    for name, found in known.items():
        for run in found:
            where[run].append(name)
    pairs = []
    for name, text in texts.items():
        mine = runs(text)
        shared = Counter(other for run in mine for other in where[run] if other != name)
        pairs += [(name, o) for o, n in shared.items() if n / len(mine | known[o]) > MOST_ALIKE]
    return pairs


def test_there_are_enough_and_a_third_of_every_suite_on_danger_is_none() -> None:
    cases = everything()
    assert len(cases) >= 900
    assert sum(len(case.said) > 1 for case in cases) >= 150
    assert len({case.id for case in cases}) == len(cases)
    for suite in set(WRITTEN) - {"honesty", "abandonment", "support"}:
        some = [case for case in cases if case.suite == suite]
        assert sum(case.lookalike for case in some) >= len(some) / 3, suite


def test_no_case_is_nearly_another() -> None:
    texts = {case.id: " ".join(said.say for said in case.said) for case in everything()}
    assert copies(texts, texts) == []


def test_the_reader_has_learned_none_of_them() -> None:
    """Long enough to be somebody's own words: "thanks" is everybody's."""
    said = {
        f"{case.id}/{n}": turn.say
        for case in everything() for n, turn in enumerate(case.said) if len(re.findall(r"\w+", turn.say)) >= 8
    }  # fmt: skip
    learned = {}
    for path in sorted((ROOT / "classifiers" / "data").rglob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines()):
            row = json.loads(line)
            texts = [row["text"]] if "text" in row else [t["text"] for t in row.get("turns", []) if "text" in t]
            learned |= {f"{path.name}:{number}/{n}": text for n, text in enumerate(texts)}
    assert len(learned) > 10_000
    assert copies(said, learned) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"turns": [{"say": "hello"}]},
        {"turns": [{"say": "hello", "expect": {"tier": ["high", "low"]}}]},
        {"turns": [{"say": "hello", "expect": {"does": ["sings"]}}]},
        {"turns": [{"do": "wait"}, {"say": "hello", "expect": {"card": True}}]},
        {"turns": [{"do": "claim", "text": "x"}, {"say": "hello", "expect": {"card": True}}]},
        {"turns": [{"say": "hello", "expect": {"card": True}, "note": "x"}]},
    ],
)
def test_a_case_that_expects_nothing_or_something_unknown_is_refused(wrong: dict) -> None:
    whole = {"id": "a", "suite": "risk", "who": "x", "why": "x", "locale": "en-GB"}
    assert Case.model_validate({**whole, "turns": [{"say": "hello", "expect": {"card": True}}]})
    with pytest.raises(ValidationError):
        Case.model_validate({**whole, **wrong})
