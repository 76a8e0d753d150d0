"""A chat model that says what a test told it to say: shipped, so that deployers can rehearse too."""

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

Script = Callable[[Sequence[BaseMessage]], str]


def kind_echo(messages: Sequence[BaseMessage]) -> str:
    """The default script: one fixed kind sentence, whatever was asked."""
    del messages
    return "That sounds like a lot to carry. What has been the hardest part of it?"


class ScriptedModel(BaseChatModel):
    """Calls ``script`` with the messages; keeps them in ``seen`` for tests to read."""

    script: Script = kind_echo
    seen: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  (LangChain's signature)
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ANN401, ARG002
    ) -> ChatResult:
        self.seen.append(messages)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=self.script(messages)))])
