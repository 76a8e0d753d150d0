"""Any OpenAI-compatible address: OpenAI itself, vLLM, Ollama, llama.cpp, a gateway."""

from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI

from agent.settings import GeneratorSettings


def remote_model(settings: GeneratorSettings) -> BaseChatModel:
    """A chat model that asks once: no retries here, the authored reply is the retry."""
    return ChatOpenAI(
        model=settings.model,
        base_url=settings.base_url,
        api_key=settings.api_key,
        temperature=settings.temperature,
        max_completion_tokens=settings.max_tokens,
        timeout=settings.timeout_seconds,
        max_retries=0,
    )
