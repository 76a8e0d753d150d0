"""A system that gives words and nothing else: no record, no counsellors, no parts that a case could break."""

import time
from collections.abc import Sequence
from typing import Final, Literal, Protocol

from evals.cases import Case, Deed, Say
from evals.catalogue import script
from evals.transcript import Exchange, Transcript

#: One message of a chat: who wrote it, and what.
Message = tuple[Literal["user", "assistant"], str]
#: A chat that begins anew and time that passes happen to such a system as to any other.
_CAN: Final = frozenset({"new_chat", "wait"})


class NoAnswer(Exception):
    """The system did not answer; the words say why."""


class TooLong(NoAnswer):
    """The chat is longer than the system can read at once."""


class Voice(Protocol):
    """Whatever answers a chat."""

    async def answer(self, chat: Sequence[Message], locale: str) -> str:
        """The reply to the last message; empty if it says nothing. Raises ``NoAnswer`` or ``TooLong``."""
        ...


class WordsOnly:
    """Plays cases on a voice. A case with a deed that needs more than words is skipped, before anything is asked."""

    def __init__(self, name: str, voice: Voice) -> None:
        self.name = name
        self._voice = voice

    async def play(self, case: Case) -> Transcript:
        """One case from an empty chat on. A message without an answer is not in the chat after it."""
        transcript, chat = Transcript(case.id, skipped=cannot(case, _CAN)), list[Message]()
        if transcript.skipped:
            return transcript
        lines = script(case)
        while (turn := await lines.next(transcript)) is not None:
            if isinstance(turn, Say):
                transcript.events.append(await self._say(turn, chat, case.locale))
                continue
            if turn.do == "new_chat":
                chat.clear()
            transcript.events.append(turn)
        return transcript

    async def _say(self, say: Say, chat: list[Message], locale: str) -> Exchange:
        begun = time.monotonic()
        try:
            reply = await self._answer(chat, ("user", say.say), locale)
        except NoAnswer as error:
            return Exchange(say, "", time.monotonic() - begun, error=str(error))
        chat += [("user", say.say), ("assistant", reply)]
        return Exchange(say, reply, time.monotonic() - begun)

    async def _answer(self, chat: list[Message], message: Message, locale: str) -> str:
        """What does not fit is forgotten from the beginning, a message with its reply at a time."""
        while True:
            try:
                return await self._voice.answer([*chat, message], locale)
            except TooLong:
                if not chat:
                    raise
                del chat[:2]


def cannot(case: Case, can: frozenset[str]) -> str:
    """Which deeds of a case a system cannot do that can do only these; empty if none."""
    wanted = {turn.do for turn in case.turns if isinstance(turn, Deed)} - can
    return f"cannot do: {', '.join(sorted(wanted))}" if wanted else ""
