"""Laws of encryption at rest: what was sealed opens whole at its own place with its own key, and in no other way."""

from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agent.errors import Tampered
from agent.storage.crypto import DataKey, Place

#: Any text a browser can send, halves of surrogate pairs included.
texts = st.text(st.characters(codec=None), max_size=200)
keys = st.binary(min_size=32, max_size=32)
columns = st.sampled_from(["sealed_text", "sealed_reading", "sealed_body", "sealed_detail"])
places = st.builds(Place, st.sampled_from(["turn", "reply", "case_event"]), st.uuids(), columns)
KEY = DataKey(bytes(range(32)))
#: A law holds on a busy machine too.
unhurried = settings(deadline=None)


@unhurried
@given(keys, places, texts)
def test_any_text_comes_back_exactly(raw: bytes, place: Place, text: str) -> None:
    assert DataKey(raw).open(place, DataKey(raw).seal(place, text)) == text


@unhurried
@given(places, texts)
def test_nothing_of_the_text_shows_and_equal_texts_look_different(place: Place, text: str) -> None:
    one, two = KEY.seal(place, text), KEY.seal(place, text)
    assert one != two
    plain = text.encode("utf-8", "surrogatepass")
    assert len(plain) < 4 or plain not in one


@unhurried
@given(places, texts, st.data())
def test_one_changed_bit_anywhere_is_noticed(place: Place, text: str, data: st.DataObject) -> None:
    sealed = bytearray(KEY.seal(place, text))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Tampered):
        KEY.open(place, bytes(sealed))


@unhurried
@given(places, texts, st.data())
def test_cut_off_anywhere_it_does_not_open(place: Place, text: str, data: st.DataObject) -> None:
    sealed = KEY.seal(place, text)
    kept = data.draw(st.integers(0, len(sealed) - 1))
    with pytest.raises(Tampered):
        KEY.open(place, sealed[:kept])
    with pytest.raises(Tampered):
        KEY.open(place, sealed[len(sealed) - kept :])


@unhurried
@given(places, texts, st.binary(min_size=1, max_size=40))
def test_with_anything_added_it_does_not_open(place: Place, text: str, more: bytes) -> None:
    for longer in (KEY.seal(place, text) + more, more + KEY.seal(place, text)):
        with pytest.raises(Tampered):
            KEY.open(place, longer)


@unhurried
@given(st.binary(max_size=80), places)
def test_bytes_that_were_never_sealed_do_not_open(made_up: bytes, place: Place) -> None:
    for candidate in (made_up, b"\x01" + made_up):
        with pytest.raises(Tampered):
            KEY.open(place, candidate)


@unhurried
@given(places, places, texts)
def test_moved_to_another_place_it_does_not_open(home: Place, away: Place, text: str) -> None:
    assume(home != away)
    with pytest.raises(Tampered):
        KEY.open(away, KEY.seal(home, text))


@unhurried
@given(texts, st.uuids(), st.uuids())
def test_each_part_of_a_place_counts(text: str, row: UUID, other: UUID) -> None:
    assume(row != other)
    sealed = KEY.seal(Place("turn", row, "sealed_text"), text)
    elsewhere = (
        Place("turn", other, "sealed_text"),
        Place("reply", row, "sealed_text"),
        Place("turn", row, "sealed_reading"),
    )
    for place in elsewhere:
        with pytest.raises(Tampered):
            KEY.open(place, sealed)


@unhurried
@given(keys, keys, places, texts)
def test_another_persons_key_does_not_open_it(mine: bytes, theirs: bytes, place: Place, text: str) -> None:
    assume(mine != theirs)
    with pytest.raises(Tampered):
        DataKey(theirs).open(place, DataKey(mine).seal(place, text))
