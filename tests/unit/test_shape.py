"""Holds the shape of the code: what a newcomer was promised by docs/architecture.md."""

import ast
import re
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("agent", "classifiers", "knowledge", "evals", "prompts")
FILES = [p for name in PACKAGES for p in sorted((ROOT / name).rglob("*.py"))]
#: The two boundaries that may catch everything, and the guard, whose fault must count as unsafe whatever it is.
#: The last: without a worker nobody is told, so whatever ends it is noted and it begins again.
CATCH_ALL = {"agent/graph/runner.py", "agent/api/errors.py", "agent/safety/vetting.py", "agent/bootstrap.py"}
#: ``settings`` reads the environment; the two encoders and the guard write one switch before an import.
ENVIRONMENT = {"agent/settings.py", "classifiers/onnx.py", "knowledge/embedding.py", "agent/safety/vetting.py"}
LONGEST = 400
MAY_PRINT = ("agent/cli.py", "agent/commands/", "classifiers/train/", "knowledge/train/", "evals/")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text("utf-8")))


def names_in(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_a_file_is_one_idea(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LONGEST or "migrations/versions" in relative(path), f"{lines} lines: is this still one idea?"


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_only_the_boundaries_catch_everything(path: Path) -> None:
    broad = [
        node.lineno
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or {"Exception", "BaseException"} & names_in(node.type))
    ]
    assert not broad or relative(path) in CATCH_ALL, f"lines {broad}"


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_only_settings_reads_the_environment(path: Path) -> None:
    touched = [
        node.lineno
        for node in nodes(path)
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"})
    ]
    assert not touched or relative(path) in ENVIRONMENT, f"lines {touched}"


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_only_the_command_line_prints(path: Path) -> None:
    printed = [
        node.lineno
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not printed or relative(path).startswith(MAY_PRINT), f"lines {printed}"


def test_no_other_distribution_owns_our_import_names() -> None:
    owners = packages_distributions()
    assert {name: set(owners.get(name, [])) - {"handhold"} for name in PACKAGES} == {name: set() for name in PACKAGES}


def test_the_root_holds_no_package_that_shadows_guardrails() -> None:
    assert not (ROOT / "guardrails").exists()


def test_no_file_names_a_machine_or_a_secret() -> None:
    private_key = "-----BEGIN " + "PRIVATE"
    homes = ("/" + "work/", "/" + "root/")
    found = [
        relative(p)
        for p in [*FILES, *ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md"), ROOT / "Makefile"]
        if private_key in (text := p.read_text("utf-8")) or any(home in text for home in homes)
    ]
    assert found == []


def test_every_make_command_we_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    rules = set(re.findall(r"^([a-z-]+):(?!=)", makefile, re.MULTILINE))
    phony = set(re.search(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("classifiers/cards/*.md"), ROOT / ".ci" / "run"]
    named = {name for p in pages for name in re.findall(r"(?:`|^)make ([a-z-]+)", p.read_text("utf-8"), re.MULTILINE)}
    assert {"run", "test", "check"} <= named
    assert (phony | named) - rules == set()
