"""A suite as a task of Inspect: every case is played on a product, and what came of it is judged."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Protocol

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from pydantic import TypeAdapter

from evals.cases import Case
from evals.scorers.judge import judge
from evals.transcript import Transcript

#: Where a sample keeps its case, its transcript, and what was found.
CASE, TRANSCRIPT, FINDINGS = "case", "transcript", "findings"
_TRANSCRIPT = TypeAdapter(Transcript)


class Product(Protocol):
    """A system that cases can be played on."""

    @property
    def name(self) -> str:
        """What it is called in logs."""
        ...

    async def play(self, case: Case) -> Transcript:
        """One case from a fresh person on."""
        ...


def task(product: Product, suite: str, cases: Sequence[Case], **known: str) -> Task:
    """The cases of one suite, never two samples at once: a product is one deployment. ``known`` is kept in the log."""
    samples = [
        Sample(
            id=case.id, input=case.said[0].say if case.said else case.who, metadata={CASE: case.model_dump(mode="json")}
        )
        for case in cases
    ]
    return Task(
        dataset=MemoryDataset(samples, name=suite), solver=played(product), scorer=judged(), name=suite,
        metadata={"product": product.name, **known},
    )  # fmt: skip


@solver
def played(product: Product) -> Solver:
    """The case on the product. The transcript stays with the sample."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        del generate
        transcript = await product.play(Case.model_validate(state.metadata[CASE]))
        last = transcript.exchanges[-1].reply if transcript.exchanges else ""
        state.store.set(TRANSCRIPT, _TRANSCRIPT.dump_python(transcript, mode="json"))
        state.output = ModelOutput.from_content(product.name, last)
        return state

    return solve


@scorer(metrics={"passed": [mean()]})
def judged() -> Scorer:
    """A case passes if everything that was looked at is right. A case that the product cannot play is not scored."""

    async def score(state: TaskState, target: Target) -> Score | None:
        del target
        transcript = _TRANSCRIPT.validate_python(state.store.get(TRANSCRIPT))
        found = judge(transcript, Case.model_validate(state.metadata[CASE]))
        if not found:
            return None
        wrong = [f for f in found if not f.ok]
        why = "\n".join(f"{f.exchange}: {f.code}: {f.why}" for f in wrong)
        return Score(
            value={"passed": float(not wrong)}, explanation=why, metadata={FINDINGS: [asdict(f) for f in found]}
        )

    return score
