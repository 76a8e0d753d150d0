"""The questions of the forms, and what must be there before one is saved. Nothing here counts or rates answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from functools import cache
from importlib.resources import files
from typing import Final

from agent.domain.forms import MOST_NOTE, Answer, Filled, FormKind
from agent.errors import BadInput
from agent.yaml_files import read_yaml

#: The question whose answer says which of the others are needed.
DECISION: Final = "decision"


@dataclass(frozen=True, slots=True)
class Item:
    """One question. ``say``: words for the counsellor to use. ``choices``: id to words; none means only a note.

    ``needed_for``: must be answered when the decision is one of these. ``words_for``: these choices need a note.
    """

    id: str
    ask: str
    say: tuple[str, ...] = ()
    hint: str = ""
    choices: Mapping[str, str] | None = None
    note: str = "In their words"
    clock: bool = False
    group: str = ""
    needed_for: frozenset[str] = frozenset()
    words_for: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Form:
    """The questions of one form, in their order. ``first`` is what a new one starts with for each choice."""

    kind: FormKind
    version: str
    title: str
    intro: tuple[str, ...]
    first: str
    items: tuple[Item, ...]

    def blank(self) -> dict[str, Answer]:
        """The answers of a form that nobody has touched."""
        return {item.id: Answer(self.first if item.choices else "") for item in self.items}


@cache
def form(kind: FormKind) -> Form:
    """The shipped questions. Raises ``OSError`` or ``yaml.YAMLError``."""
    data = read_yaml(files("agent.escalation").joinpath(f"data/forms/{kind}.yaml"))
    always: dict[str, str] = data.get("always", {})
    sets: dict[str, dict[str, str]] = data.get("choice_sets", {})
    items = []
    for raw in data["items"]:
        own = raw.get("choices")
        own = sets[own] if isinstance(own, str) else own
        items.append(
            Item(
                raw["id"], raw["ask"], tuple(raw.get("say", ())), raw.get("hint", ""),
                None if own is None else {**always, **own}, raw.get("note", "In their words"), raw.get("clock", False),
                raw.get("group", ""), frozenset(raw.get("needed_for", ())), frozenset(raw.get("words_for", ())),
            )
        )  # fmt: skip
    return Form(kind, data["version"], data["title"], tuple(data["intro"]), data["first"], tuple(items))


def check(of: Form, given: Mapping[str, Answer]) -> Filled:
    """The form as it may be saved; ``BadInput`` names the question. The caller keeps what was given either way."""
    known = {item.id: item for item in of.items}
    if stranger := next((name for name in given if name not in known), None):
        raise BadInput(f"There is no question {stranger[:40]!r} in this form.", code="unknown_question")
    answers = of.blank()
    for name, answer in given.items():
        answers[name] = _checked(known[name], answer, of.first)
    if answers == of.blank():
        raise BadInput("Nothing is filled in yet.", code="empty_form")
    if DECISION in known:
        _decided(of, known, answers)
    return Filled(of.version, answers)


def _checked(item: Item, answer: Answer, first: str) -> Answer:
    if answer.choice and answer.choice not in (item.choices or {}):
        raise BadInput(f"“{item.ask}” has no such answer. Please choose again.", code="unknown_choice")
    note = answer.note.strip()
    if len(note) > MOST_NOTE:
        raise BadInput(
            f"“{item.ask}”: this note has {len(note)} characters. Please keep it to {MOST_NOTE}. Nothing is lost.",
            code="note_too_long",
        )
    if answer.choice in item.words_for and not note:
        raise BadInput(f"“{item.ask}”: please say why, in a few words.", code="reasons_missing")
    if item.clock and note:
        _clock(item, note)
    return Answer(answer.choice or (first if item.choices else ""), note)


def _clock(item: Item, note: str) -> None:
    try:
        time.fromisoformat(note)
    except ValueError:
        raise BadInput(f"“{item.ask}” needs a time, such as 21:04.", code="no_time") from None


def _decided(of: Form, known: Mapping[str, Item], answers: Mapping[str, Answer]) -> None:
    decided = answers[DECISION].choice
    if not decided:
        raise BadInput(f"“{known[DECISION].ask}” is not answered yet.", code="no_decision")
    for item in of.items:
        answer = answers[item.id]
        if decided in item.needed_for and not (answer.choice or (item.choices is None and answer.note)):
            raise BadInput(f"“{item.ask}” is not answered yet.", code="answer_missing")
