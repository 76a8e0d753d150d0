"""The text reader on its shipped weights."""

import json
import shutil
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from classifiers.labels import EKMAN, EMOTIONS, SENTIMENT
from classifiers.reading import TextReading
from classifiers.text import WEIGHTS, TextReader, verify
from classifiers.windows import ASKED, TOGETHER, WINDOW, pieces, said, together

SIGN = "Tonight I am going to kill myself, I have everything ready."
PADDING = "We went to the market and bought apples, and then my aunt told the long story about the train again. "


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


def test_all_labels_come_back_with_probabilities(reader: TextReader) -> None:
    reading = reader.read("I am so happy, thank you!")
    assert {e.label for e in reading.emotions} == set(EMOTIONS)
    assert all(0 <= e.score <= 1 for e in reading.emotions)
    assert list(reading.at_least) == sorted(reading.at_least, reverse=True)


def test_the_same_words_read_the_same_on_every_processor(reader: TextReader) -> None:
    """Sums of 8-bit products overflow on processors without VNNI unless the precise way is asked for: .67 for .73."""
    first, second = reader.read("I want to talk to a person.").emotions[:2]
    assert (first.label, second.label) == ("desire", "neutral")
    assert [first.score, second.score] == pytest.approx([0.7256, 0.2581], abs=0.01)


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("Thank you so much, you helped me a lot.", "gratitude"),
        ("I am terrified of what happens tomorrow.", "fear"),
        ("I miss her so much, I have been crying all day.", "sadness"),
        ("He lied to me again and I am furious.", "anger"),
    ],
)
def test_plain_feelings_are_read(reader: TextReader, text: str, emotion: str) -> None:
    assert emotion in {e.label for e in reader.read(text).emotions[:3]}


def test_a_long_letter_is_read_to_its_end(reader: TextReader) -> None:
    letter = PADDING * 40
    assert reader.read(letter + SIGN).at_least != reader.read(letter).at_least


def test_a_message_reads_the_same_whatever_is_read_beside_it(reader: TextReader) -> None:
    texts = ["ok", SIGN, PADDING * 3, "I can't stop worrying about my exam"]
    assert reader.read_all([(t, ()) for t in texts], workers=2) == [reader.read(text) for text in texts]


@pytest.mark.parametrize("text", ["\ud800", "\x00", "🙂🙂🙂", "我今天很难过", "", " ", "a" * 5000])
def test_no_text_breaks_it(reader: TextReader, text: str) -> None:
    assert len(reader.read(text).emotions) == len(EMOTIONS)


def test_a_changed_or_missing_file_is_named(tmp_path: Path) -> None:
    copy = tmp_path / "text"
    shutil.copytree(WEIGHTS, copy)
    (copy / "calibration.json").write_text(json.dumps({}))
    with pytest.raises(ValueError, match=r"calibration\.json is not the file"):
        verify(copy)
    (copy / "calibration.json").unlink()
    with pytest.raises(ValueError, match=r"calibration\.json is missing"):
        TextReader(copy)


def test_disguised_words_are_read_plainly(reader: TextReader) -> None:
    plain = reader.read("i want to kill myself tonight")
    for hidden in (
        "i w4nt to k1ll mys3lf t0night",
        "i want to k i l l myself tonight",
        "i want to kіll mysеlf tonight",
    ):
        assert reader.read(hidden).at_least[1] >= plain.at_least[1] - 0.1


def test_windows_hold_every_token_and_short_messages_are_one() -> None:
    for length in (0, 1, WINDOW, WINDOW + 1, 3 * WINDOW, 1000):
        cut = pieces(range(length))
        assert {t for piece in cut for t in piece} == set(range(length))
        assert all(len(piece) <= WINDOW for piece in cut)
        assert len(cut) == 1 or length > WINDOW


def test_a_message_stands_whole_behind_as_much_of_the_last_turns_as_there_is_room_for() -> None:
    earlier, message = [[n] * 30 for n in range(1, 7)], list(range(1000, 1040))
    ids, own = together(earlier, message, cls=101, sep=102)
    assert len(ids) == len(own) == TOGETHER + 2
    assert ids[-41:-1] == message
    assert [i for i, mine in zip(ids, own, strict=True) if mine] == [101, *message, 102]
    assert ids[-42] == 102
    assert ids[-72:-42] == [6] * 30
    assert together([], message, 101, 102) == ([101, *message, 102], [1] * 42)


def test_only_the_end_of_what_the_agent_said_is_kept() -> None:
    assert said("user", "I give up on it") == "I give up on it"
    kept = said("assistant", "word " * 60 + "what would you give up?")
    assert kept.startswith("> word")
    assert kept.endswith("what would you give up?")
    assert len(kept.split()) == ASKED + 1


def test_a_message_is_read_in_the_light_of_what_came_before_where_it_says_something(reader: TextReader) -> None:
    before = [said("user", "the thesis is due on Friday"), said("assistant", "What makes it so hard?")]
    assert reader.read("I want to die tonight", before).in_context is not None
    assert reader.read("I want to die tonight").in_context is None
    assert reader.read("what is the capital of France", before).in_context is None
    assert reader.read("I want to die tonight " + PADDING * 10, before).in_context is None  # it has its own context


def test_valence_and_arousal_follow_the_feelings(reader: TextReader) -> None:
    glad, furious, flat = (
        reader.read(t) for t in ("I am so happy!!", "I am furious with him!", "I feel sad and empty.")
    )
    assert glad.valence > 0.2 > -0.2 > furious.valence
    assert flat.valence < 0
    assert furious.arousal > flat.arousal


@pytest.mark.parametrize(
    "text",
    ["asdf qwer", "the the the"],
)
def test_it_says_when_it_is_not_sure(reader: TextReader, text: str) -> None:
    assert "emotion" in reader.read(text).doubts or "intent" in reader.read(text).doubts
    assert reader.read("this exam is killing me lol").doubts == ()


def test_a_reading_stored_by_an_earlier_version_can_still_be_opened() -> None:
    stored = {"emotions": [], "felt": [], "intensity": 0.5, "intent": {"label": "vent", "score": 0.9},
              "at_least": [0.1, 0.0, 0.0, 0.0], "domains": [], "language": "en", "model_version": "text-1"}  # fmt: skip
    opened = TypeAdapter(TextReading).validate_python(stored)
    assert (opened.signs, opened.doubts, opened.valence) == ((), (), 0.0)


@pytest.mark.parametrize("groups", [EKMAN, SENTIMENT])
def test_the_published_groupings_hold_every_label_once(groups: dict[str, tuple[str, ...]]) -> None:
    assert sorted(name for names in groups.values() for name in names) == sorted(EMOTIONS)
