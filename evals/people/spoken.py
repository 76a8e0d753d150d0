"""A simulated person whose words a model finds, for talks that nobody wrote down. Optional.

What a model says is not known before, so nothing is expected of single messages; what must hold in every talk is.
"""

from typing import Final

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam

from evals.cases import Deed, Expected, Say
from evals.people.persona import Persona
from evals.people.policy import MOST
from evals.transcript import Transcript
from prompts import load

_MOST_TOKENS: Final = 120
_LONGEST: Final = 2000  # characters of a message
_END: Final = "END"


class Spoken:
    """One person in one conversation. ``seed`` is passed on; servers differ in what they make of it."""

    def __init__(self, persona: Persona, seed: int, client: AsyncOpenAI, model: str) -> None:
        self._persona = persona
        self._seed = seed
        self._client = client
        self._model = model

    async def next(self, transcript: Transcript) -> Say | Deed | None:
        """The next message; None when the person has gone. ``OpenAIError`` where the model does not answer."""
        if len(transcript.exchanges) >= MOST:
            return None
        made = await self._client.chat.completions.create(
            model=self._model, messages=self._chat(transcript), temperature=0.7, seed=self._seed,
            max_completion_tokens=_MOST_TOKENS,
        )  # fmt: skip
        words = (made.choices[0].message.content or "").encode("utf-8", "ignore").decode().strip()[:_LONGEST]
        ended = not words or words.rstrip(".") == _END
        return None if ended else Say(say=words, expect=Expected(never=("same_card_again",)))

    def _chat(self, transcript: Transcript) -> list[ChatCompletionMessageParam]:
        """As the person sees it: their own words are the model's."""
        p = self._persona
        sounds, danger = " / ".join((*p.opens, *p.goes_on[:4])), p.danger[0] if p.danger else ""
        (_, card), (_, greeting) = load("simulated_person").render(
            who=p.who, culture=p.culture, dialect=p.dialect, literacy=p.literacy, concern=p.concern,
            disclosure=p.disclosure, danger=danger, sounds=sounds,
        )  # fmt: skip
        chat: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": card},
            {"role": "user", "content": greeting},
        ]
        for exchange in transcript.exchanges:
            chat.append({"role": "assistant", "content": exchange.say.say})
            chat.append({"role": "user", "content": exchange.reply or "..."})
        return chat
