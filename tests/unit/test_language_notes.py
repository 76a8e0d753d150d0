"""The notes for people whose language is read less well. Nobody among the authors reads all of them, so tests do."""

import re
from importlib.resources import files

import pytest

from agent.safety.languages import Languages, Note
from agent.safety.sentences import split
from classifiers.language import language_of, read_less_well

NOTES = Languages.load()
LEXICON = {
    f.name.removesuffix(".yaml") for f in files("agent.safety").joinpath("data/lexicon").iterdir() if f.name[0] != "."
}
EVERY = [*NOTES.notes.items(), ("any", NOTES.any_other)]
ENGLISH = {
    "ar": "الإنجليزية", "bn": "ইংরেজি", "da": "engelsk", "de": "Englisch", "es": "inglés", "fa": "انگلیسی",
    "fi": "englan", "fr": "anglais", "he": "אנגלית", "hi": "अंग्रेज़ी", "id": "Inggris", "it": "inglese",
    "ja": "英語", "ko": "영어", "nl": "Engels", "no": "engelsk", "pl": "angielsk", "pt": "inglês", "ro": "englez",
    "ru": "английски", "sv": "engelska", "sw": "Kiingereza", "th": "อังกฤษ", "tl": "Ingles", "tr": "İngilizce",
    "uk": "англійськ", "ur": "انگریزی", "vi": "tiếng Anh", "zh": "英文", "any": "English",
}  # fmt: skip


def test_every_language_of_the_lexicon_but_english_has_a_note() -> None:
    assert set(NOTES.notes) == LEXICON - {"en"}


@pytest.mark.parametrize(("code", "note"), EVERY)
def test_a_note_is_short_plain_and_whole(code: str, note: Note) -> None:
    assert note.id == f"language/{code}"
    assert 60 < len(note.text) < 420
    assert not re.search(r"[\d{}—–<>*\n]|  ", note.text)
    assert 1 <= len(split(note.text)) <= 3
    assert "".join(split(note.text)) == note.text
    assert note.text.count(ENGLISH[code]) >= 2, "English is named where it is compared and where it is offered"


@pytest.mark.parametrize(("code", "note"), NOTES.notes.items())
def test_a_note_is_in_its_own_language(code: str, note: Note) -> None:
    assert language_of(note.text) == code
    assert read_less_well(note.text, code)


def test_no_two_notes_are_the_same() -> None:
    assert len({note.text for _, note in EVERY}) == len(EVERY)


@pytest.mark.parametrize("language", ["und", "en", "hu", "xx", ""])
def test_any_other_language_gets_the_english_note(language: str) -> None:
    assert NOTES.note(language) is NOTES.any_other
