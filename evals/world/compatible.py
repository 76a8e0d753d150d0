"""Any OpenAI-compatible address, asked with one plain instruction and the chat as it stands."""

from collections.abc import Sequence
from typing import Final

from openai import APIStatusError, AsyncOpenAI, BadRequestError, OpenAIError
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from evals.world.words_only import Message, NoAnswer, TooLong
from prompts import load as load_prompt

MOST_TOKENS: Final = 160  # of a reply
_SEED: Final = 7
#: How OpenAI and vLLM, and how llama.cpp, call a chat that is too long for the model.
_TOO_LONG: Final = ("context_length_exceeded", "maximum context length", "exceed_context_size")


class Compatible:
    """Temperature 0 and a fixed seed; servers differ in what they make of these."""

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        self._client = client
        self._model = model

    async def answer(self, chat: Sequence[Message], locale: str) -> str:
        """One completion."""
        del locale
        try:
            made = await self._client.chat.completions.create(
                model=self._model, messages=[_param(*m) for m in (*instruction(), *chat)], temperature=0, seed=_SEED,
                max_completion_tokens=MOST_TOKENS,
            )  # fmt: skip
        except BadRequestError as error:
            raise (TooLong if any(sign in str(error) for sign in _TOO_LONG) else NoAnswer)(told(error)) from error
        except (OpenAIError, ValueError) as error:
            raise NoAnswer(told(error)) from error
        if not isinstance(made, ChatCompletion) or not made.choices:
            raise NoAnswer("what came back is no completion")
        return clean(made.choices[0].message.content or "")


def instruction() -> list[tuple[str, str]]:
    """The one instruction that every model gets, as a message of the role "system"."""
    return list(load_prompt("listener").render())


def clean(words: str) -> str:
    """Without what no log can store."""
    return words.encode("utf-8", "ignore").decode().strip()


def told(error: Exception) -> str:
    """What an error was, in a line."""
    if not isinstance(error, APIStatusError):
        return type(error).__name__
    said = (type(error).__name__, error.status_code, error.code, error.param)
    return " ".join(dict.fromkeys(str(part) for part in said if part is not None))


def _param(role: str, words: str) -> ChatCompletionMessageParam:
    if role == "system":
        return {"role": "system", "content": words}
    return {"role": "assistant", "content": words} if role == "assistant" else {"role": "user", "content": words}
