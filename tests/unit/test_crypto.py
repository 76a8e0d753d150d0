"""The key file and whose key opens what. The laws of sealing stand in tests/property/test_crypto_laws.py."""

import base64
import os
from pathlib import Path
from uuid import uuid4

import pytest

from agent.errors import NotReady, Tampered
from agent.storage.crypto import MasterKey, Place, write_secret


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "master.key"


def test_a_new_key_file_is_for_its_owner_alone_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        MasterKey.load_or_create(path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert len(base64.b64decode(path.read_bytes(), validate=True)) == 32


def test_the_second_start_finds_the_first_ones_key(path: Path) -> None:
    person, place = uuid4(), Place("turn", uuid4(), "sealed_text")
    first = MasterKey.load_or_create(path)
    content, wrapped = path.read_bytes(), first.new_data_key(person)
    sealed = first.unwrap(person, wrapped).seal(place, "hello")
    assert MasterKey.load_or_create(path).unwrap(person, wrapped).open(place, sealed) == "hello"
    assert path.read_bytes() == content


def test_two_installations_have_two_keys(tmp_path: Path) -> None:
    MasterKey.load_or_create(tmp_path / "a")
    MasterKey.load_or_create(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() != (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o660, 0o777])
def test_a_key_file_that_others_can_reach_is_refused_with_the_remedy(path: Path, mode: int) -> None:
    MasterKey.load_or_create(path)
    path.chmod(mode)
    with pytest.raises(NotReady, match=f"chmod 600 {path}") as refused:
        MasterKey.load_or_create(path)
    assert refused.value.reason == "key_file_open"


DAMAGED = {
    "empty": b"",
    "no base64": b"not base64!",
    "31 bytes": base64.b64encode(bytes(31)),
    "33 bytes": base64.b64encode(bytes(33)),
    "raw": bytes(32),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_key_file_is_refused_and_not_replaced(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    write_secret(path, content)
    with pytest.raises(NotReady) as refused:
        MasterKey.load_or_create(path)
    assert refused.value.reason == "bad_key_file"
    assert path.read_bytes() == content
    assert not content or repr(content) not in str(refused.value)


def test_a_secret_is_never_written_over_another(path: Path) -> None:
    path.parent.mkdir()
    write_secret(path, b"first")
    with pytest.raises(FileExistsError):
        write_secret(path, b"second")
    assert path.read_bytes() == b"first"


def test_a_data_key_opens_for_its_person_and_its_master_alone() -> None:
    master, other, person = MasterKey(bytes(32)), MasterKey(bytes([1]) * 32), uuid4()
    wrapped = master.new_data_key(person)
    with pytest.raises(Tampered):
        master.unwrap(uuid4(), wrapped)
    with pytest.raises(Tampered):
        other.unwrap(person, wrapped)
    master.unwrap(person, wrapped)


def test_the_spool_has_a_key_of_its_own_that_outlives_a_restart() -> None:
    place = Place("spool", uuid4(), "case")
    sealed = MasterKey(bytes(32)).spool_key().seal(place, "evidence")
    assert MasterKey(bytes(32)).spool_key().open(place, sealed) == "evidence"
    with pytest.raises(Tampered):
        MasterKey(bytes([1]) * 32).spool_key().open(place, sealed)
    person = uuid4()
    with pytest.raises(Tampered):
        MasterKey(bytes(32)).unwrap(person, MasterKey(bytes(32)).new_data_key(person)).open(place, sealed)
