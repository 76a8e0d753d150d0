"""Commands of other packages are there when they are asked for, and what they need is named when it is missing."""

from importlib.metadata import EntryPoint

import pytest

from agent import cli
from agent.errors import BadInput


def offer(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    found = [EntryPoint("more", value, "handhold.commands")]
    monkeypatch.setattr(cli, "entry_points", lambda group: found if group == "handhold.commands" else [])
    monkeypatch.setattr(cli, "app", cli.typer.Typer())


def test_a_command_that_is_not_asked_for_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "no_such_package:app [evals]")
    cli._more_commands(["serve"])
    assert [one.name for one in cli.app.registered_commands] == ["more"], "a line in the help"


def test_a_package_that_is_missing_is_named_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "no_such_package:app [evals]")
    with pytest.raises(BadInput, match=r"no_such_package.*handhold\[evals\]"):
        cli._more_commands(["more", "run"])


def test_the_evals_are_such_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "evals.cli:app [evals]")
    cli._more_commands(["more"])
    assert [one.name for one in cli.app.registered_groups] == ["more"]
