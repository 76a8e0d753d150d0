"""The forms of a case as the page shows them, also with words in them that could not be saved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args
from uuid import UUID

from agent.domain.forms import MOST_NOTE, Answer, FormKind, Revision
from agent.escalation.desk.forms import Form, form
from agent.escalation.desk.saved_replies import saved_replies


@dataclass(frozen=True, slots=True)
class Refused:
    """What was sent and not saved, and why. ``about`` is the form, or the second look at a decision.

    ``base`` is the revision that the answers started from.
    """

    about: FormKind | Literal["approval"]
    error: str
    answers: Mapping[str, Answer] = field(default_factory=dict)
    base: int = 0
    agrees: str = ""
    remark: str = ""


KINDS: Final[tuple[FormKind, ...]] = get_args(FormKind)


def forms_view(found: list[Revision], me: UUID, may_write: bool, refused: Refused | None) -> dict[str, object]:
    """Values for ``_interview.html``, ``_decision.html`` and ``_saved_replies.html``."""
    return {
        "may_write": may_write,
        "saved_replies": saved_replies(),
        **{kind: _one(form(kind), [r for r in found if r.kind == kind], me, may_write, refused) for kind in KINDS},
    }


def _one(of: Form, found: list[Revision], me: UUID, may_write: bool, refused: Refused | None) -> dict[str, object]:
    newest = found[0] if found else None
    given = refused if refused is not None and refused.about == of.kind else None
    look = refused if refused is not None and refused.about == "approval" and of.kind == "decision" else None
    saved = newest.filled.answers if newest else {}
    return {
        "form": of,
        "base": newest.number if newest else 0,
        "answers": {**of.blank(), **saved, **(_changed(of, found, given) if given else {})},
        "versions": [_version(of, revision) for revision in found],
        "error": given.error if given else "",
        "written": rows(of, given.answers) if given else [],
        "may_write": may_write,
        "mine": newest is not None and newest.author == me,
        "waits_for_approval": of.kind == "decision" and newest is not None and newest.approval is None,
        "look": look,
        "most": MOST_NOTE,
        "by": str(me)[:8],
    }


def _changed(of: Form, found: list[Revision], given: Refused) -> dict[str, Answer]:
    """What they wrote since the revision they started from: a newer one keeps its answers to the other questions."""
    started = next((r.filled.answers for r in found if r.number == given.base), {})
    before = {**of.blank(), **started}
    return {name: answer for name, answer in given.answers.items() if answer != before.get(name)}


def _version(of: Form, revision: Revision) -> dict[str, object]:
    answered = rows(of, revision.filled.answers)
    untouched = [item.ask for item in of.items if item.choices and item.ask not in {ask for ask, _, _ in answered}]
    return {
        "number": revision.number, "name": revision.name, "at": revision.at, "rows": answered, "untouched": untouched,
        "questions": revision.filled.version, "approval": revision.approval,
    }  # fmt: skip


def rows(of: Form, answers: Mapping[str, Answer]) -> list[tuple[str, str, str]]:
    """Question, choice and note of what was answered; also of questions that today's form no longer has."""
    known = {item.id: item for item in of.items}
    order = [*known, *(name for name in answers if name not in known)]
    found = []
    for name in order:
        answer = answers.get(name, Answer())
        if not answer.note and answer.choice in ("", of.first):
            continue
        item = known.get(name)
        choices = (item.choices if item else None) or {}
        words = choices.get(answer.choice, answer.choice.replace("_", " "))
        found.append((item.ask if item else name.replace("_", " "), words, answer.note))
    return found
