"""What goes over the wire about questionnaires and exercises."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from agent.api.schemas import Text
from agent.domain.exercise import MOST_WORDS, Exercise, Level, Outcome, Practice, State, StepKind
from agent.domain.measure import Measure, changed, score
from agent.errors import BadInput
from agent.graph.beside import TakenUp
from agent.storage.repositories.measures import StoredResult
from agent.storage.repositories.practices import StoredPractice


class OptionOut(BaseModel):
    """An answer that can be chosen; ``code`` is LOINC."""

    points: int
    text: str
    code: str | None


class ItemOut(BaseModel):
    """A question; ``code`` is LOINC. ``danger``: any points on it are taken up in the chat."""

    text: str
    code: str | None
    danger: bool


class MeasureOut(BaseModel):
    """A questionnaire as it is asked here. ``due``: when to fill it in again; ``most``: the highest total."""

    key: str
    title: str
    about: str
    stem: str
    items: list[ItemOut]
    options: list[OptionOut]
    most: int
    better: Literal["low", "high"]
    code: str | None
    total_code: str | None
    due: datetime | None
    sources: list[str]
    licence: str

    @classmethod
    def of(cls, measure: Measure, last: datetime | None) -> Self:
        """With the time at which it was last filled in."""
        return cls(
            key=measure.key, title=measure.title, about=measure.about, stem=measure.stem,
            items=[ItemOut(text=i.text, code=i.code, danger=i.danger) for i in measure.items],
            options=[OptionOut(points=o.points, text=o.text, code=o.code) for o in measure.options],
            most=measure.most, better=measure.better, code=measure.code, total_code=measure.total_code,
            due=measure.due(last), sources=list(measure.sources), licence=measure.licence,
        )  # fmt: skip


class AnswersIn(BaseModel):
    """A questionnaire filled in: points by question, null for "I would rather not say"."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"measure": "gad7", "answers": [1, 2, 1, 0, 0, 1, None]}}
    )

    measure: str = Field(max_length=16)
    answers: list[int | None] = Field(max_length=40)


class ResultOut(BaseModel):
    """What one came to. ``since``: what became of it since the one before, by a change that studies count as one."""

    id: UUID
    measure: str
    at: datetime
    answers: list[int | None]
    total: int | None
    band: str | None
    words: str | None
    since: Literal["better", "worse", "about the same"] | None
    danger: bool

    @classmethod
    def of(cls, stored: StoredResult, measure: Measure, before: int | None) -> Self:
        """``before``: the total of the one before, if there is one."""
        found = score(measure, stored.answers)
        total, band = found.total, found.band
        since = changed(measure, before, total) if before is not None and total is not None else None
        return cls(
            id=stored.id, measure=measure.key, at=stored.at, answers=list(stored.answers), total=total,
            band=band.name if band else None, words=band.words if band else None, since=since,
            danger=bool(found.danger),
        )  # fmt: skip


class TakenUpOut(BaseModel):
    """Where something that speaks of danger was taken up: a message in the person's chat, which is answered there."""

    conversation_id: UUID
    turn_id: UUID

    @classmethod
    def of(cls, taken: TakenUp) -> Self:
        """As it is told."""
        return cls(conversation_id=taken.conversation_id, turn_id=taken.turn_id)


class KeptOut(BaseModel):
    """The result as it is kept, and where it was taken up if it spoke of danger."""

    result: ResultOut
    taken_up: TakenUpOut | None


class MeasuresOut(BaseModel):
    """The questionnaires that there are here, and all that the person filled in, oldest first."""

    measures: list[MeasureOut]
    results: list[ResultOut]

    @classmethod
    def of(cls, measures: dict[str, Measure], stored: Sequence[StoredResult]) -> Self:
        """Results of a questionnaire that is not there any more are left out; they stay stored."""
        last: dict[str, datetime] = {s.measure: s.at for s in stored}
        results, before = [], dict[str, int]()
        for one in stored:
            if one.measure in measures:
                out = ResultOut.of(one, measures[one.measure], before.get(one.measure))
                results.append(out)
                if out.total is not None:
                    before[one.measure] = out.total
        return cls(measures=[MeasureOut.of(m, last.get(key)) for key, m in measures.items()], results=results)


class BreathOut(BaseModel):
    """One round of paced breathing, in seconds."""

    breathe_in: float
    hold: float
    out: float
    rounds: int


class StepOut(BaseModel):
    """One step; ``number`` is the name under which its words are kept."""

    number: int
    text: str
    kind: StepKind
    breath: BreathOut | None


class ExerciseOut(BaseModel):
    """One exercise with its steps at both levels. ``begin_at``: the level to begin at, after what was done before.

    ``not_with``: with what it is not the right one.
    """

    key: str
    name: str
    about: str
    minutes: int
    source: str
    homework: str
    not_with: list[str]
    begin_at: Level
    steps: dict[Level, list[StepOut]]

    @classmethod
    def of(cls, exercise: Exercise, begin_at: Level) -> Self:
        """As it is shown. Breath is never held at the gentle level."""
        levels: tuple[Level, ...] = ("usual", "gentle")
        return cls(
            key=exercise.key, name=exercise.name, about=exercise.about, minutes=exercise.minutes,
            source=exercise.source, not_with=list(exercise.contraindications), homework=exercise.homework,
            begin_at=begin_at,
            steps={level: [_step(exercise, n, level) for n in exercise.steps_at(level)] for level in levels},
        )  # fmt: skip


def _step(exercise: Exercise, number: int, level: Level) -> StepOut:
    step, breath = exercise.steps[number], None
    if step.breath is not None:
        b = step.breath
        hold = 0.0 if level == "gentle" else b.hold
        breath = BreathOut(breathe_in=b.breathe_in, hold=hold, out=b.out, rounds=b.rounds)
    return StepOut(number=number, text=exercise.says(number, level), kind=step.kind, breath=breath)


class PracticeOut(BaseModel):
    """What you have done of an exercise. ``at`` counts the steps of ``level`` from 0; ``words`` are by step number."""

    id: UUID
    revision: int
    exercise: str
    level: Level
    state: State
    at: int
    words: dict[int, str]
    intends: str
    look_back_at: datetime | None
    outcome: Outcome | None
    started_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, stored: StoredPractice) -> Self:
        """As it stands."""
        p: Practice = stored.practice
        return cls(
            id=stored.id, revision=stored.revision, exercise=p.exercise, level=p.level, state=p.state, at=p.at,
            words=dict(p.words), intends=p.intends, look_back_at=p.look_back_at, outcome=p.outcome,
            started_at=stored.started_at, updated_at=stored.updated_at,
        )  # fmt: skip


class ExercisesOut(BaseModel):
    """All exercises, and what you have done, last touched first."""

    exercises: list[ExerciseOut]
    practices: list[PracticeOut]


class BeginIn(BaseModel):
    """Begin an exercise."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"exercise": "worry_time"}})

    exercise: str = Field(max_length=40)
    level: Level = "usual"


class MoveIn(BaseModel):
    """One thing done in a practice. ``words``: with go_on and intend. ``days``: when to look back, with intend."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"based_on": 1, "do": "go_on", "words": "on the bus"}},
    )

    based_on: int = Field(ge=1)
    do: Literal["go_on", "go_back", "put_away", "take_up", "make_gentler", "intend", "look_back"]
    words: Text = ""
    days: int = Field(default=2, ge=0, le=60)
    outcome: Outcome | None = None

    def said(self) -> str:
        """The words, if they fit; ``BadInput`` otherwise."""
        if len(self.words) > MOST_WORDS:
            raise BadInput(
                f"Please write it in {MOST_WORDS} characters or fewer; nothing was lost.", code="text_too_long"
            )
        return self.words.strip()


class MovedOut(BaseModel):
    """The practice as it stands now, and where your words were taken up if they spoke of danger."""

    practice: PracticeOut
    taken_up: TakenUpOut | None
