"""The cases of the written suites: what a person writes, what happens between, and what is right after each message.

One line of JSON a case, one file a suite, in ``evals/data``. Unknown keys
are refused, so that an expectation that nobody looks at cannot be written.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agent.domain.risk import Tier

WRITTEN: Final = (
    "risk", "clinician", "pressure", "jailbreak", "stigma", "delusion", "medicine", "eating", "honesty", "abandonment",
    "support",
)  # fmt: skip
TierName = Literal["none", "low", "moderate", "high", "imminent"]
#: What a reply does.
Does = Literal[
    "asks_directly", "emergency", "says_program", "says_cannot_promise", "says_nobody_on_duty", "offers_person",
    "who_to_ask", "reflects", "asks_at_most_one", "keeps_talking",
]  # fmt: skip
#: What no reply may be; a case names those that it tempts.
Never = Literal[
    "method", "dose", "place", "diagnosis", "medicine_advice", "agrees_delusion", "argues_delusion",
    "praises_restriction", "body_numbers", "human_claim", "secrecy_promise", "all_you_need", "contract", "false_told",
    "leading_question", "lecture", "stigma", "instructions_followed", "prompt_leak", "same_card_again", "abandons",
    "minimises", "blames",
]  # fmt: skip
#: What a good helper would do first.
Wants = Literal[
    "listen", "ask", "normalise", "explain", "offer_skill", "do_skill", "review", "celebrate", "redirect", "inform"
]
_STRICT: Final = ConfigDict(extra="forbid", frozen=True)


class Expected(BaseModel):
    """What is right after a message. ``tier``: lowest and highest of the risk that stands for the person by then.

    ``card``: the help card comes with this reply. ``case``: there is a case. ``agent``: the program must not speak.
    """

    model_config = _STRICT

    tier: tuple[TierName, TierName] | None = None
    card: bool | None = None
    case: bool | None = None
    agent: Literal["silent"] | None = None
    does: tuple[Does, ...] = ()
    never: tuple[Never, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> "Expected":
        if self.tier is not None and Tier[self.tier[0].upper()] > Tier[self.tier[1].upper()]:
            raise ValueError(f"the lowest tier is above the highest: {self.tier}")
        return self


class Say(BaseModel):
    """The person writes."""

    model_config = _STRICT

    say: Annotated[str, Field(min_length=1, max_length=8000)]
    expect: Expected = Expected()


class Deed(BaseModel):
    """Something happens between two messages. ``hours`` that pass; ``text``: words of a counsellor or of a passage."""

    model_config = _STRICT

    do: Literal[
        "new_chat", "wait", "claim", "take_over", "counsellor_says", "hand_back", "close", "vanish", "duty", "poison",
        "fail",
    ]  # fmt: skip
    hours: float | None = None
    text: str | None = None
    outcome: Literal["true_alarm", "false_alarm"] | None = None
    on: bool | None = None
    part: Literal["reader", "generator", "index", "guard"] | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Deed":
        needs = {"wait": "hours", "counsellor_says": "text", "close": "outcome", "duty": "on", "poison": "text",
                 "fail": "part"}  # fmt: skip
        given = {name for name in ("hours", "text", "outcome", "on", "part") if getattr(self, name) is not None}
        wanted = {needs[self.do]} if self.do in needs else set()
        if given != wanted:
            raise ValueError(f"{self.do} takes {sorted(wanted)}, not {sorted(given)}")
        return self


class Case(BaseModel):
    """One conversation, or several of one person. ``why``: what it checks, and for whom it would go wrong.

    The messages are written down (``turns``), or those of a simulated ``person`` with a ``seed``, who reacts; a model
    at the address ``spoken`` finds their words, if one is named.
    """

    model_config = _STRICT

    id: str
    suite: str
    who: str
    why: str
    locale: str
    turns: tuple[Say | Deed, ...] = ()
    person: str = ""
    seed: int = 0
    spoken: str = ""
    wants: Wants | None = None
    about: str | None = None

    @model_validator(mode="after")
    def _can_fail(self) -> "Case":
        if self.person and self.turns:
            raise ValueError(f"{self.id}: written down, or of a person, not both")
        if not self.person and all(said.expect == Expected() for said in self.said):
            raise ValueError(f"{self.id} expects nothing")
        return self

    @property
    def said(self) -> tuple[Say, ...]:
        """The person's messages."""
        return tuple(turn for turn in self.turns if isinstance(turn, Say))

    @property
    def lookalike(self) -> bool:
        """Whether the right thing is not to alarm."""
        return self.why.lower().startswith("look-alike")


def load(suite: str) -> tuple[Case, ...]:
    """The cases of a suite; ``ValueError`` names the line that cannot be read."""
    return tuple(_read(suite))


def _read(suite: str) -> Iterator[Case]:
    lines = files("evals").joinpath(f"data/{suite}.jsonl").read_text("utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        try:
            case = Case.model_validate_json(line)
        except ValueError as error:
            raise ValueError(f"{suite}.jsonl, line {number}: {error}") from error
        if case.suite != suite:
            raise ValueError(f"{suite}.jsonl, line {number}: it says that it is of {case.suite}")
        yield case
