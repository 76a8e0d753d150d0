"""Every hazard has evidence that is there, is run and is not red; the page says what the evidence says."""

from pathlib import Path

import pytest

from evals import safety_case
from evals.safety_case import PAGE, Evidence, hazards, page, state

CASE = hazards()


def test_every_piece_of_evidence_is_there_and_is_run() -> None:
    bad = [(h.id, e.name, *state(e)) for h in CASE for e in h.evidence if state(e)[0] != "holds"]
    assert bad == []


def test_every_hazard_has_controls_evidence_and_says_what_is_left() -> None:
    assert len({h.id for h in CASE}) == len(CASE) >= 20
    assert all(h.controls and h.evidence and h.residual and h.harm for h in CASE)


def test_the_page_is_written_from_the_case() -> None:
    assert PAGE.read_text("utf-8") == page(CASE)


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(test="tests/unit/test_safety_case.py::test_that_is_not_there"),
        Evidence(test="tests/unit/no_such_file.py::test_x"),
        Evidence(gate="no-such-gate"),
        Evidence(law="no_such_law"),
    ],
)
def test_evidence_that_is_not_there_is_missing(evidence: Evidence) -> None:
    assert state(evidence)[0] == "missing"


def test_evidence_that_is_not_run_or_red_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.py").write_text("import pytest\n@pytest.mark.skip\ndef test_a(): ...\n")
    monkeypatch.setattr(safety_case, "ROOT", tmp_path)
    assert state(Evidence(test="t.py::test_a"))[0] == "red"
    gates = tmp_path / "gates.json"
    gates.write_text('{"gates": {"no-method": {"open": false, "found": "1 wrong"}}}')
    monkeypatch.setattr(safety_case, "GATES", gates)
    assert state(Evidence(gate="no-method"))[0] == "red"
    assert state(Evidence(gate="no-dose"))[0] == "missing", "it was not judged"
