"""The embedded profile as it is run: one process on one data folder, the others are told so and harm nothing."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from databases import open_folder

from agent.storage import embedded

pytestmark = pytest.mark.loopback
STARTS_WITHIN = 60


@dataclass
class Serving:
    """A real ``handhold serve``."""

    process: subprocess.Popen
    data_dir: Path
    address: str
    link: str

    def health(self) -> int:
        return httpx.get(f"{self.address}/health").status_code


def environment(data_dir: Path) -> dict[str, str]:
    given = {
        "HANDHOLD_DATA_DIR": str(data_dir),
        "HANDHOLD_SERVER__PORT": "0",
        "HANDHOLD_GENERATOR__KIND": "authored",
        "HANDHOLD_LOG_LEVEL": "WARNING",
    }
    return {**{k: v for k, v in os.environ.items() if not k.startswith("HANDHOLD_")}, **given}


def handhold(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from agent.cli import main; main()", *arguments]


def run(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(  # noqa: S603  (our own command)
        handhold(*arguments), env=environment(data_dir), capture_output=True, text=True, timeout=60, check=False
    )


def printed(process: subprocess.Popen, pattern: str, log: Path) -> str:
    """Read what it prints until the pattern is there."""
    seen, until = "", time.monotonic() + STARTS_WITHIN
    while (left := until - time.monotonic()) > 0:
        if select.select([process.stdout], [], [], left)[0]:
            part = os.read(process.stdout.fileno(), 4096).decode()
            seen += part
            if found := re.search(pattern, seen):
                return found[1]
            if not part:
                break
    pytest.fail(f"it did not print {pattern!r} but {seen!r}; {process.poll()=}; {log.read_text()}")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


@pytest.fixture(scope="module")
def serving(folder: Path) -> Iterator[Serving]:
    data_dir, log = folder / "data", folder / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603  (our own command)
            handhold("serve"), env=environment(data_dir), stdout=subprocess.PIPE, stderr=errors
        )
    try:
        link = printed(process, r"(http://\S+/counsellor/setup\?token=\S+)\s", log)
        yield Serving(process, data_dir, link.split("/counsellor")[0], link)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
        process.stdout.close()
        if (data_dir / "postgres" / "postmaster.pid").exists():
            embedded.stop(data_dir)


def test_it_prints_where_it_is_and_a_link_that_opens(serving: Serving) -> None:
    assert serving.address.startswith("http://127.0.0.1:")
    assert serving.health() == 200
    assert httpx.get(serving.link).status_code == 200


@pytest.mark.parametrize("command", [["serve"], ["restore", __file__]], ids=lambda c: c[0])
def test_a_second_process_on_the_folder_is_told_who_holds_it_and_the_first_goes_on(
    serving: Serving, command: list[str]
) -> None:
    second = run(serving.data_dir, *command)
    assert second.returncode == 2
    assert f"Another Handhold (process {serving.process.pid}) is using {serving.data_dir}." in second.stderr
    assert "HANDHOLD_DATA_DIR" in second.stderr
    assert "Traceback" not in second.stderr
    assert serving.health() == 200


def test_an_invitation_can_be_made_beside_the_running_process(serving: Serving) -> None:
    made = run(serving.data_dir, "invite")
    assert made.returncode == 0, made.stderr
    token = re.search(r"/counsellor/setup\?token=(\S+)", made.stdout)[1]
    assert httpx.get(f"{serving.address}/counsellor/setup?token={token}").status_code == 200
    assert serving.health() == 200


def test_a_backup_beside_the_running_process_restores_into_a_new_folder(serving: Serving, folder: Path) -> None:
    started = httpx.post(f"{serving.address}/v1/conversations", json={})
    assert started.status_code == 201
    made = run(serving.data_dir, "backup", str(folder / "b"))
    assert made.returncode == 0, made.stderr
    assert serving.health() == 200
    new = folder / "new"
    restored = run(new, "restore", str(folder / "b"))
    assert restored.returncode == 0, restored.stderr
    assert f"master key that belongs to it at {new / 'keys' / 'master.key'}" in restored.stdout
    # It stopped the server that it started, and a second restore finds the folder full.
    assert not (new / "postgres" / "postmaster.pid").exists()
    again = run(new, "restore", str(folder / "b"))
    assert (again.returncode, "not empty" in again.stderr) == (2, True)
    assert not (new / "postgres" / "postmaster.pid").exists()


def test_told_to_stop_it_stops_its_database_too_and_frees_the_folder(serving: Serving) -> None:
    """Last in this file: it ends the process of the others."""
    serving.process.send_signal(signal.SIGTERM)
    assert serving.process.wait(30) == 0
    assert not (serving.data_dir / "postgres" / "postmaster.pid").exists()
    lock = embedded.FolderLock(serving.data_dir)
    lock.acquire()
    lock.release()
