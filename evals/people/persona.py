"""Who the simulated people are, and the words that each of them has. One line of JSON a person, in ``data``."""

from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

#: How the danger of a person goes: none at all, or when it is said.
Calm = Literal["calm", "heavy", "past", "worried", "idioms", "thoughts", "angry", "tests"]
Grave = Literal["slow", "sudden", "when_asked", "denies", "joking", "asks"]
GRAVE: Final = frozenset({"slow", "sudden", "when_asked", "denies", "joking", "asks"})
#: Kinds of messages. Those of the last line are of people in danger alone.
Kind = Literal[
    "opens", "goes_on", "asked", "accepts", "declines", "missed", "repeated", "ends", "no", "wants_person",
    "hints", "danger", "yes", "after", "takes_back",
]  # fmt: skip
_OF_DANGER: Final = ("hints", "danger", "yes", "after", "takes_back")
Words = Annotated[tuple[str, ...], Field(min_length=2)]


class Persona(BaseModel):
    """A person. ``tier`` and ``domain`` are of what they plainly say (``danger``); empty for people in no danger."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    who: str
    age: Annotated[int, Field(ge=13, le=100)]
    culture: str
    dialect: str
    literacy: Literal["plain", "careful", "hurried", "misspelt", "second_language", "emoji", "long"]
    concern: str
    course: Calm | Grave
    disclosure: Literal["direct", "indirect", "only_when_asked", "jokes", "minimises", "terse", "long"]
    locale: Annotated[str, Field(pattern=r"^[a-z]{2}-[A-Z]{2}$")]
    tier: Literal["", "moderate", "high", "imminent"] = ""
    domain: str = ""
    opens: Words
    goes_on: Annotated[tuple[str, ...], Field(min_length=8)]
    asked: Words
    accepts: Words
    declines: Words
    missed: Words
    repeated: Words
    ends: Words
    no: Words
    wants_person: Words = ("Can I talk to a real person please?", "I want to speak to a human being now.")
    hints: tuple[str, ...] = ()
    danger: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    takes_back: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> "Persona":
        has = {kind for kind in _OF_DANGER if self.words(kind)} | ({"tier"} if self.tier else set())
        needs = {*_OF_DANGER, "tier"} if self.course in GRAVE else set()
        if has != needs:
            raise ValueError(f"{self.id}: a person of the course {self.course} has {sorted(needs)}, not {sorted(has)}")
        return self

    def words(self, kind: str) -> tuple[str, ...]:
        """All wordings of one kind."""
        found: tuple[str, ...] = getattr(self, kind)
        return found


@cache
def personas() -> tuple[Persona, ...]:
    """All of them, in the order of the file; ``ValueError`` names the line that cannot be read."""
    found = list[Persona]()
    for number, line in enumerate(
        files("evals.people").joinpath("data/people.jsonl").read_text("utf-8").splitlines(), 1
    ):
        try:
            found.append(Persona.model_validate_json(line))
        except ValueError as error:
            raise ValueError(f"people.jsonl, line {number}: {error}") from error
    return tuple(found)
