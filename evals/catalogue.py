"""All suites and their cases: the written ones, and simulated people. A script says what comes next in a case."""

from collections.abc import Iterator
from functools import cache
from typing import Final, Protocol

from openai import AsyncOpenAI

from agent.settings import Settings
from evals import cases
from evals.cases import WRITTEN, Case, Deed, Say
from evals.people.persona import personas
from evals.people.policy import Person
from evals.people.spoken import Spoken
from evals.transcript import Transcript

PEOPLE: Final = "people"
SUITES: Final = (*WRITTEN, PEOPLE)
#: How many conversations simulated people have in a whole run, and about how many messages are in one.
CONVERSATIONS: Final = 500
_LENGTH: Final = 13


class Script(Protocol):
    """What comes next in a case, in the light of what has come."""

    async def next(self, transcript: Transcript) -> Say | Deed | None:
        """The next message or event; None at the end."""
        ...


class Written:
    """The turns of a case, in their order, whatever is replied."""

    def __init__(self, case: Case) -> None:
        self._turns = iter(case.turns)

    async def next(self, transcript: Transcript) -> Say | Deed | None:
        """See ``Script``."""
        del transcript
        return next(self._turns, None)


@cache
def load(suite: str) -> tuple[Case, ...]:
    """The cases of a suite; ``ValueError`` names the line that cannot be read."""
    return tuple(_of_people()) if suite == PEOPLE else cases.load(suite)


def script(case: Case) -> Script:
    """What comes next in this case. ``KeyError`` if its person is unknown.

    A model that finds a person's words has the name and the key of the generator in the settings.
    """
    if not case.person:
        return Written(case)
    persona = {one.id: one for one in personas()}[case.person]
    if not case.spoken:
        return Person(persona, case.seed)
    known = Settings().generator
    client = AsyncOpenAI(base_url=case.spoken, api_key=known.api_key.get_secret_value())
    return Spoken(persona, case.seed, client, known.model)


def messages(case: Case) -> int:
    """How many there are; about, for a simulated person."""
    return len(case.said) or _LENGTH


def _of_people() -> Iterator[Case]:
    """Everybody in turn, each time with another seed."""
    everybody = personas()
    for n in range(CONVERSATIONS):
        who, seed = everybody[n % len(everybody)], n // len(everybody)
        yield Case(
            id=f"{who.id}-{seed}", suite=PEOPLE, who=who.who, why=f"{who.course}: {who.concern}", locale=who.locale,
            person=who.id, seed=seed,
        )  # fmt: skip
