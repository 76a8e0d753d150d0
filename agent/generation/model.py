"""The generator port on any LangChain chat model."""

from langchain_core.language_models import BaseChatModel

from agent.domain.turn import Conditioning, Draft
from agent.generation.conditioning import values
from prompts import Prompt


class ModelGenerator:
    """Renders the prompt, asks the model once, returns its words as a draft. Raises what the model raises."""

    def __init__(self, model: BaseChatModel, prompt: Prompt, name: str) -> None:
        self._model = model
        self._prompt = prompt
        self._name = name

    async def draft(self, conditioning: Conditioning) -> Draft | None:
        """One completion; None when the model said nothing."""
        answer = await self._model.ainvoke(self._prompt.render(**values(conditioning)))
        text = str(answer.text).encode("utf-8", "ignore").decode().strip()  # lone surrogates cannot be stored
        if not text:
            return None
        return Draft(text, "generated", prompt_hash=self._prompt.hash, model=self._name)
