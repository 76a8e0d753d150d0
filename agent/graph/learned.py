"""The choice among offers as it has learned so far: from the answers in the database, again from time to time.

There is no model to keep. Whoever's data are erased is out of it the next time it learns.
"""

import asyncio
import logging
import time
from typing import Final

from agent.domain.offer import REWARD, Offer
from agent.graph.failures import STORAGE_FAILED
from agent.policy.choosing import Learner
from agent.storage.unit_of_work import Database

log = logging.getLogger("handhold.graph")
AGAIN_SECONDS: Final = 3600.0
#: More than these change nothing that could be told apart.
MOST_ANSWERS: Final = 20_000
_FAILED: Final[tuple[type[Exception], ...]] = (*STORAGE_FAILED, ImportError, RuntimeError)


class LearnedChoice:
    """One learner for all turns of this process. No turn waits for it: until it has learned, the rules choose."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._learner: Learner | None = None
        self._at = float("-inf")
        self._learning: asyncio.Task[None] | None = None

    def newest(self) -> Learner | None:
        """The learner as it is; one that is over an hour old begins to learn anew."""
        if time.monotonic() - self._at >= AGAIN_SECONDS:
            self._at = time.monotonic()
            self._learning = asyncio.create_task(self.learn(), name="learning")
        return self._learner

    async def learn(self) -> None:
        """From the answers there are now; where they cannot be read, it stays what it was."""
        try:
            async with self._database.unit_of_work() as work:
                answers = await work.offers.answered(MOST_ANSWERS)
            self._learner = await asyncio.to_thread(_learn, answers)
        except _FAILED as error:
            log.warning("choice_not_learned", extra={"code": type(error).__name__})


def _learn(answers: list[Offer]) -> Learner:
    learner = Learner()
    told = [offer for offer in answers if offer.helped is not None]
    learner.learn(told, [REWARD[offer.helped] for offer in told if offer.helped is not None])
    return learner
