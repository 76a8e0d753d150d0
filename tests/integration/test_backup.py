"""Backup and restore: a conversation survives with its key, and neither command ever destroys anything."""

from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from databases import rows, scratch
from desk import DANGER
from device import Device, new_device
from processes import process

from agent.bootstrap import Models
from agent.commands.backup import backup, restore
from agent.errors import BadInput, NotReady
from agent.settings import DatabaseSettings, Settings
from agent.storage import embedded
from agent.storage.crypto import MasterKey

SAID = "The lighthouse keeper story is one I never told."


def elsewhere(settings: Settings, url: str, folder: Path) -> Settings:
    """Another installation: its own database and its own data folder, without a key yet."""
    return settings.model_copy(update={"database": DatabaseSettings(url=url), "data_dir": folder})


def move_key(old: Settings, new: Settings) -> None:
    """What the operator does by hand."""
    new.key_file.parent.mkdir(parents=True, exist_ok=True)
    new.key_file.touch(mode=0o600)
    new.key_file.write_bytes(old.key_file.read_bytes())


@pytest.fixture
async def kept(settings: Settings, models: Models, tmp_path: Path) -> tuple[Path, Device, list[dict]]:
    """A backup, the device whose conversation is in it, and its turns. Taken while the process was running."""
    target = tmp_path / "handhold.backup"
    async with process(settings, models) as (_, http):
        device = await new_device(http)
        await device.say(SAID)
        await device.say(DANGER)
        turns = await device.turns()
        backup(settings, target)
        await device.say("This came after the backup.")
    return target, device, turns


async def test_with_its_key_a_restored_conversation_reads_as_before_and_goes_on(
    server: embedded.EmbeddedServer,
    settings: Settings,
    models: Models,
    tmp_path: Path,
    kept: tuple[Path, Device, list[dict]],
) -> None:
    target, device, turns = kept
    with scratch(server) as url:
        new = elsewhere(settings, url, tmp_path / "new")
        restore(new, target)
        move_key(settings, new)
        async with process(new, models) as (_, http):
            restored = device.over(http)
            assert await restored.turns() == turns
            assert (await restored.say("And here I go on."))["text"].strip()
        assert rows(url, "SELECT tier >= 2, status FROM crisis_case") == [(True, "open")]
        # The risk that stood for the person still stands, and the queue came along.
        assert rows(url, "SELECT standing_tier >= 2 FROM person") == [(True,)]
        assert rows(url, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'") == [(0,)]


@pytest.mark.parametrize("key", ["none", "another"])
async def test_without_its_key_a_restored_database_is_not_started_on_and_not_harmed(
    server: embedded.EmbeddedServer,
    settings: Settings,
    models: Models,
    tmp_path: Path,
    kept: tuple[Path, Device, list[dict]],
    key: str,
) -> None:
    target, device, turns = kept
    with scratch(server) as url:
        new = elsewhere(settings, url, tmp_path / "new")
        restore(new, target)
        if key == "another":
            MasterKey.load_or_create(new.key_file)
        with pytest.raises(NotReady, match=str(new.key_file)):
            async with process(new, models):
                pytest.fail("it started with a key that opens nothing")
        # No key was made up in its place, and the right one still opens everything.
        assert new.key_file.exists() == (key == "another")
        new.key_file.unlink(missing_ok=True)
        move_key(settings, new)
        async with process(new, models) as (_, http):
            assert await device.over(http).turns() == turns


async def test_a_backup_is_for_its_owner_alone_and_holds_neither_words_nor_key(
    settings: Settings, kept: tuple[Path, Device, list[dict]]
) -> None:
    target, device, turns = kept
    assert target.stat().st_mode & 0o777 == 0o600
    assert not target.with_name(target.name + ".part").exists()
    # Unpacked, so that compression hides nothing.
    script = target.with_name("script.sql")
    _dump_as_text(target, script)
    content = script.read_bytes()
    assert b"COPY public.turn " in content
    for secret in (SAID, DANGER, turns[0]["reply"]["text"], device.token, settings.key_file.read_text()):
        assert secret.encode() not in content
        assert secret.encode().hex().encode() not in content


def _dump_as_text(source: Path, target: Path) -> None:
    from agent.commands.backup import _tool

    _tool("pg_restore", "", f"--file={target}", str(source))


async def test_a_database_that_is_not_empty_is_refused_and_left_as_it_is(
    settings: Settings, models: Models, kept: tuple[Path, Device, list[dict]], conninfo: str
) -> None:
    target, device, turns = kept
    before = rows(conninfo, "SELECT * FROM turn ORDER BY seq")
    with pytest.raises(BadInput, match="not empty"):
        restore(settings, target)
    assert rows(conninfo, "SELECT * FROM turn ORDER BY seq") == before
    async with process(settings, models) as (_, http):
        assert [t["text"] for t in await device.over(http).turns()] == [
            *(t["text"] for t in turns),
            "This came after the backup.",
        ]


def test_a_backup_never_overwrites_a_file(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("last year's backup")
    with pytest.raises(BadInput, match="exists already"):
        backup(settings, target)
    assert target.read_text() == "last year's backup"


def test_a_backup_that_fails_leaves_no_half_file_and_no_password_in_its_words(
    settings: Settings, conninfo: str, tmp_path: Path
) -> None:
    wrong = psycopg.conninfo.make_conninfo(conninfo, dbname=f"none_{uuid4().hex}")
    with pytest.raises(NotReady, match="pg_dump failed") as failed:
        backup(elsewhere(settings, wrong, tmp_path / "new"), tmp_path / "out")
    assert psycopg.conninfo.conninfo_to_dict(conninfo)["password"] not in failed.value.message
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda _: b"not a backup", lambda _: b""])
async def test_a_damaged_backup_leaves_the_database_empty_for_the_next_try(
    server: embedded.EmbeddedServer, settings: Settings, tmp_path: Path, damage, conninfo: str
) -> None:
    target = tmp_path / "whole"
    backup(settings, target)
    (tmp_path / "damaged").write_bytes(damage(target.read_bytes()))
    with scratch(server) as url:
        new = elsewhere(settings, url, tmp_path / "new")
        with pytest.raises(NotReady, match="pg_restore failed"):
            restore(new, tmp_path / "damaged")
        assert rows(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
        restore(new, target)
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        assert rows(url, tables) == rows(conninfo, tables)


def test_a_backup_that_is_not_there_is_said_to_be_not_there(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no file"):
        restore(settings, tmp_path / "nowhere")
