"""The fault drill in small, on both profiles, and proof that it can fail: broken products are found out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from evals.drill.failpoints import ALL, NEEDS

#: Points that are reached within a second or so, half of them for each profile; the others are for `make drill`.
QUICK = [name for name in ALL if name not in NEEDS or name.startswith("spool.")]
FAULTS = {
    "one": ["server_restarted", "case_disk_full", "silent_counsellor", "server_clock_ahead_and_back"],
    "two": ["connections_cut", "node_paused", "empty_roster", "node_clock_behind"],
}
SHARE = {"one": QUICK[::2], "two": QUICK[1::2]}


def drill(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(  # noqa: S603  (our own command)
        [sys.executable, "-W", "ignore", "-m", "evals.drill", *arguments],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.timeout(300)
@pytest.mark.parametrize("profile", ["one", "two"])
def test_thirty_kills_and_some_faults_break_no_law(profile: str, tmp_path: Path) -> None:
    report = tmp_path / "runs.jsonl"
    done = drill(
        "--profile", profile, "--kills", "8", "--round", "8", "--report", str(report), "--points", *SHARE[profile],
        "--faults", *FAULTS[profile],
    )  # fmt: skip
    assert "All together" in done.stdout, done.stdout + done.stderr
    (run,) = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
    assert run["violations"] == []
    assert sum(run["kills"].values()) >= 30
    # In so short a drill chance decides on a few of the points.
    assert len(run["points"]) >= 2 * len(SHARE[profile]) / 3
    assert set(run["faults"]) == set(FAULTS[profile])


@pytest.mark.heavy
@pytest.mark.timeout(1800)
def test_every_broken_product_is_found_out() -> None:
    done = drill("--mutants", "--profile", "one")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "found" in done.stdout
