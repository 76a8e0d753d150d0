"""The two command-line contracts of the design: ``handhold screen`` and ``handhold replay``."""

import json
from pathlib import Path

import pytest

from agent.commands import replay, screen
from agent.settings import GeneratorSettings, Settings
from classifiers.labels import EMOTIONS, TIERS

DANGER = "I want to kill myself. I don't want to live any more."


def lines(*rows: object) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)


def turns(*texts: str) -> list[dict[str, str]]:
    return [{"role": "user" if i % 2 == 0 else "assistant", "text": t} for i, t in enumerate(texts)]


@pytest.fixture
def screened(tmp_path: Path):
    def run(*rows: object) -> list[dict]:
        source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_text(lines(*rows), "utf-8")
        screen.run(source, out)
        return [json.loads(line) for line in out.read_text("utf-8").splitlines()]

    return run


def test_every_user_turn_is_answered_in_the_promised_form(screened) -> None:
    (row,) = screened({"id": "a", "locale": "en-US", "turns": turns("I feel low", "Tell me more", DANGER)})
    assert row["id"] == "a"
    assert [t["index"] for t in row["turns"]] == [0, 2]
    for turn in row["turns"]:
        assert {e["label"] for e in turn["emotions"]} == set(EMOTIONS)
        assert all(0 <= e["score"] <= 1 for e in turn["emotions"])
        assert set(turn["intent"]) == {"label", "score"}
        assert turn["language"]
        assert turn["risk"]["tier"] in TIERS
    assert row["turns"][1]["risk"]["drivers"]
    assert "suicide" in row["turns"][1]["risk"]["domains"]


def test_the_outer_tier_is_the_one_that_stands_at_the_end(screened) -> None:
    (row,) = screened({"id": "a", "turns": turns(DANGER, "…", "lol forget it", "ok", "what's the weather like")})
    assert TIERS.index(row["tier"]) >= TIERS.index("moderate")


def test_a_bad_line_gets_an_error_and_the_rest_goes_on(screened) -> None:
    rows = screened(
        {"id": "ok1", "turns": turns("hello")},
        "{not json",
        {"id": "no-turns"},
        {"id": 7, "turns": turns("hi")},
        {"id": "role", "turns": [{"role": "system", "text": "x"}]},
        "[1, 2]",
        {"id": "ok2", "turns": turns("\ud800 broken pair")},
    )
    assert [("error" in r) for r in rows] == [False, True, True, True, True, True, False]
    assert [r["id"] for r in rows] == ["ok1", None, "no-turns", 7, "role", None, "ok2"]
    assert all(set(r["error"]) == {"code", "message"} for r in rows if "error" in r)


def test_a_conversation_of_the_assistant_alone_has_no_turns_to_read(screened) -> None:
    (row,) = screened({"id": "a", "turns": [{"role": "assistant", "text": "hello"}]})
    assert (row["tier"], row["turns"]) == ("none", [])


def test_replay_drives_the_real_graph(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    calm = {"id": "calm", "turns": turns("My exam is on Friday and I panic.", "-", "I can't sleep.")}
    source.write_text(lines(calm, "{", {"id": "danger", "turns": turns(DANGER)}), "utf-8")
    replay.run(Settings(generator=GeneratorSettings(kind="authored")), source, out, "")
    first, bad, last = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert first["case_id"] is None
    assert len(first["replies"]) == 2
    assert set(first["replies"][0]) == {"text", "origin", "tier", "strategy", "passages", "card"}
    assert "error" in bad
    assert last["case_id"]
    assert last["replies"][0]["card"] is True
    assert last["replies"][0]["origin"] == "crisis"
