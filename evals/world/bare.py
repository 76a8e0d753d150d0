"""The small model of the product by itself: no graph, no retrieval, no guard, nobody who looks for danger."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.generation.embedded import CONTEXT_TOKENS, EmbeddedModel
from evals.world.compatible import MOST_TOKENS, clean, instruction
from evals.world.words_only import Message, NoAnswer, TooLong

#: At 0, as others are asked, a model so small says one sentence until its tokens are used up. The product asks it so.
_TEMPERATURE: Final = 0.5
#: Four characters are about a token: what is left of the model's 1,024 holds the instruction and a whole reply.
_MOST_CHARACTERS: Final = 4 * (CONTEXT_TOKENS - MOST_TOKENS - 100)
_KINDS: dict[str, type[BaseMessage]] = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}


class Bare:
    """The weights that the product drafts with, told what every other model is told."""

    def __init__(self, model: EmbeddedModel) -> None:
        self._model = model

    async def answer(self, chat: Sequence[Message], locale: str) -> str:
        """One completion."""
        del locale
        if len(chat) > 1 and sum(len(words) for _, words in chat) > _MOST_CHARACTERS:
            raise TooLong("there would be no room for a reply")
        messages = [_KINDS[role](words) for role, words in (*instruction(), *chat)]
        try:
            made = await self._model.ainvoke(messages)
        except ValueError as error:  # the only reason it has for this is that the chat does not fit
            raise TooLong(str(error)) from error
        except (RuntimeError, TimeoutError) as error:
            raise NoAnswer(type(error).__name__) from error
        return clean(str(made.text))


@asynccontextmanager
async def bare() -> AsyncIterator[Bare]:
    """The model, loaded; ``NotReady`` when it is not installed."""
    with TemporaryDirectory(prefix="handhold-bare-") as folder:  # short: it holds a Unix socket
        model = EmbeddedModel(socket_folder=Path(folder) / "run", max_tokens=MOST_TOKENS, temperature=_TEMPERATURE)
        await asyncio.to_thread(model.load)
        yield Bare(model)
