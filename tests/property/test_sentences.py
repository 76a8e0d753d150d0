"""Cutting a reply into sentences loses nothing, and markup comes off in one go."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.safety.sentences import clean_markup, is_blank, split

texts = st.text() | st.lists(st.sampled_from([
    "I hear you",
    "Dr", "e.g", "3", "5", "p.m", "…", "...", ".", "!", "?", "?!", "。", "।", '"', "”", "“", "'",
    ")", "(", "*", "**", "_", "`", "#",
    "- ", "1. ", "> ", "😊", "❤️", " ", "  ", "\n", "\n\n", "\u2028", "\t", "yes", "No", "I", "u.s",
])).map("".join)  # fmt: skip


@given(texts)
@example("")
@example(" \n ")
@example("\n\nHi.\n")
def test_no_text_is_lost(text):
    assert "".join(split(text)) == text


@given(texts)
def test_every_part_has_words_and_white_space_stands_at_its_end(text):
    parts = split(text)
    assert all(p for p in parts)
    if text.strip():
        assert all(p.strip() for p in parts)
        assert all(not p[0].isspace() for p in parts[1:])


@given(texts)
def test_cleaning_twice_changes_nothing(text):
    assert clean_markup(clean_markup(text)) == clean_markup(text)


@given(st.lists(st.sampled_from(["I hear you.", "That is hard!", "What happened?", "Take your time."]), min_size=1))
def test_plain_sentences_come_apart_as_they_were(sentences):
    assert [p.strip() for p in split(" ".join(sentences))] == sentences


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("I hear you. That is hard.", 2),
        ("You saw Dr. Khan at 5 p.m. yesterday. How was it?", 2),
        ("It was at 5 p.m. Then you left.", 2),
        ("Try something small, e.g. a walk. Or tea.", 2),
        ("Mr. and Mrs. Ito called.", 1),
        ("J. K. called you.", 1),
        ("You slept 1.5 hours. That is little.", 2),
        ("Well... maybe later. Or not.", 2),
        ("Well... That was odd.", 2),
        ("Hm… perhaps.", 1),
        ("Really?! You did that!", 2),
        ('"Stop!" she said. You froze.', 2),
        ("You said \u201cI can\u2019t.\u201d That is hard.", 2),
        ("I'm glad! 😊 What helped?", 2),
        ("i hear you. that is hard.", 2),
        ("So it was you and I. That was all.", 2),
        ("One line\nAnother line", 2),
        ("1. Breathe in.\n2. Breathe out.", 2),
        ("我明白。你好吗？谢谢！", 3),
        ("मैं समझता हूँ। आप कैसे हैं?", 2),
        ("أنا أسمعك. كيف حالك؟ شكرا.", 3),
        ("no stop at all", 1),
        ("", 0),
        ("   ", 1),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text, count):
    assert len(split(text)) == count


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("## How it feels\nYou are **tired**.", "How it feels\nYou are tired."),
        ("- one\n* two\n3) three", "one\ntwo\nthree"),
        ('"I hear you."', "I hear you."),
        ("“I hear you.” You said “yes.”", "“I hear you.” You said “yes.”"),
        ("> quoted _softly_", "quoted softly"),
        ("snake_case_name stays, 5 * 3 * 2 too", "snake_case_name stays, 5 * 3 * 2 too"),
        ("Yes.\n---\nNo.", "Yes.\nNo."),
        ("a `word` here", "a word here"),
        ("plain", "plain"),
    ],
)
def test_markup_comes_off(text, clean):
    assert clean_markup(text) == clean


def test_blank_means_nothing_to_read():
    assert is_blank(" \n\u200b...")
    assert not is_blank("ok")
    assert not is_blank("💙")
