"""The safety case: hazards, controls and evidence in ``docs/safety-case/hazards.yaml``, checked and written out.

``python -m evals.safety_case`` writes ``docs/safety-case/README.md`` and says what is missing or red; 1 if anything is.
"""

import ast
import json
import sys
from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

from agent.yaml_files import read_yaml
from evals.drill.mutants import MUTANTS
from evals.gates import gates

ROOT: Final = Path(__file__).parents[1]
CASE, PAGE = ROOT / "docs/safety-case/hazards.yaml", ROOT / "docs/safety-case/README.md"
#: What the last whole run found of each gate, and the rounds of the drill.
GATES, ROUNDS = ROOT / "docs/evals/gates.json", ROOT / "docs/drill/runs.jsonl"
_STRICT: Final = ConfigDict(extra="forbid", frozen=True)
_NEVER_RUN: Final = frozenset({"skip", "xfail"})
_ELSEWHERE: Final = {"heavy": "make test-heavy", "browser": "make test-browser", "train": "make test-train"}
State = Literal["holds", "red", "missing"]


class Evidence(BaseModel):
    """A test, a gate of the evals, or a law of the fault drill."""

    model_config = _STRICT

    test: str = ""
    gate: str = ""
    law: str = ""

    @model_validator(mode="after")
    def _one(self) -> "Evidence":
        if sum(bool(given) for given in (self.test, self.gate, self.law)) != 1:
            raise ValueError("one of test, gate and law")
        return self

    @property
    def name(self) -> str:
        """As it is written."""
        return self.test or self.gate or self.law


class Hazard(BaseModel):
    """What may go wrong, for whom it is bad, what stands against it, and what is left."""

    model_config = _STRICT

    id: str
    hazard: str
    harm: str
    controls: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    residual: str


def hazards(path: Path = CASE) -> tuple[Hazard, ...]:
    """The whole case; ``ValueError`` says what is wrong with it."""
    return TypeAdapter(tuple[Hazard, ...]).validate_python(read_yaml(path)["hazards"])


def state(evidence: Evidence) -> tuple[State, str]:
    """Whether it is there and holds, and how that is known. That a test passes is seen by running it."""
    if evidence.test:
        return _test(evidence.test)
    return _gate(evidence.gate) if evidence.gate else _law(evidence.law)


def _test(name: str) -> tuple[State, str]:
    file, _, function = name.partition("::")
    marks = _marks(file).get(function)
    if marks is None:
        return "missing", "there is no such test"
    if marks & _NEVER_RUN:
        return "red", "it is not run"
    command = next((_ELSEWHERE[mark] for mark in sorted(marks & _ELSEWHERE.keys())), "make test")
    return "holds", command


@cache
def _marks(file: str) -> dict[str, frozenset[str]]:
    """The marks of each test of a file, those of the whole file with them."""
    path = ROOT / file
    if not path.is_file():
        return {}
    tree = ast.parse(path.read_text("utf-8"))
    of_all = {
        name
        for node in tree.body
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets)
        for name in _names(node.value)
    }
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {f.name: frozenset(of_all | {n for d in f.decorator_list for n in _names(d)}) for f in functions}


def _names(node: ast.AST) -> set[str]:
    return {child.attr for child in ast.walk(node) if isinstance(child, ast.Attribute)}


def _gate(name: str) -> tuple[State, str]:
    if name not in {gate.name for gate in gates()}:
        return "missing", "there is no such gate"
    found = json.loads(GATES.read_text("utf-8")) if GATES.exists() else {"gates": {}}
    judged = found["gates"].get(name)
    if judged is None:
        return "missing", "it was not judged in the last whole run"
    return ("holds" if judged["open"] else "red"), judged["found"]


def _law(name: str) -> tuple[State, str]:
    if name not in {law for mutant in MUTANTS.values() for law in mutant.laws}:
        return "missing", "no broken product of the drill has to break such a law"
    rounds = [json.loads(line) for line in ROUNDS.read_text("utf-8").splitlines()]
    kills = sum(int(r["kills"].get("random", 0)) for r in rounds)
    broken = sum(v["law"] == name for r in rounds for v in r["violations"])
    return ("holds" if rounds and not broken else "red"), f"{broken} violations in {kills} kills at random moments"


def page(case: tuple[Hazard, ...]) -> str:
    """The case as Markdown."""
    lines = [
        "# Safety case", "",
        "Written by `python -m evals.safety_case` from [hazards.yaml](hazards.yaml). `test_safety_case.py` fails",
        "when a piece of evidence is missing or red. Not reviewed by a clinician. Changes of models stand in",
        "[model-changes.md](model-changes.md).", "",
    ]  # fmt: skip
    for hazard in case:
        lines += [f"## {hazard.id}: {hazard.hazard}", "", f"*Harm:* {hazard.harm}", ""]
        lines += ["*Controls:* " + "; ".join(hazard.controls) + ".", "", "*Evidence:*", ""]
        for evidence in hazard.evidence:
            kind = "test" if evidence.test else "gate" if evidence.gate else "law of the drill"
            lines.append(f"- {kind} `{evidence.name}`: {state(evidence)[1]}")
        lines += ["", f"*What is left:* {hazard.residual}", ""]
    return "\n".join(lines)


def main() -> int:
    """Returns 1 if evidence is missing or red."""
    case = hazards()
    PAGE.write_text(page(case), "utf-8")
    bad = [(h.id, e.name, *state(e)) for h in case for e in h.evidence if state(e)[0] != "holds"]
    for one in bad:
        print(*one, sep=": ")  # noqa: T201
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
