"""The embedded model is for this process alone: no TCP port, a private socket, a key, and the right bytes."""

import http.client
import json
import os
import secrets
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import psutil
import pytest
from langchain_core.messages import HumanMessage

from agent.errors import NotReady
from agent.generation import embedded
from agent.generation.embedded import EmbeddedModel, weights

ASKED = json.dumps({"messages": [{"role": "user", "content": "hello"}], "max_tokens": 4})


@pytest.fixture(scope="module")
def sockets_before() -> set[object]:
    return {c.laddr for c in psutil.Process().net_connections("inet")}


@pytest.fixture(scope="module")
def keys() -> list[str]:
    """Every secret that was made for the model."""
    return []


@pytest.fixture(scope="module")
def model(sockets_before: set[object], keys: list[str]) -> Iterator[EmbeddedModel]:
    del sockets_before  # it has to be taken before the model is there
    try:
        weights()
    except NotReady as error:
        pytest.skip(error.message)

    def kept(size: int) -> str:
        keys.append(secrets.token_urlsafe(size))
        return keys[-1]

    with TemporaryDirectory(prefix="handhold-run-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "secrets", SimpleNamespace(token_urlsafe=kept))
        made = EmbeddedModel(socket_folder=Path(folder) / "run", max_tokens=8)
        made.load()
        yield made


class OverSocket(http.client.HTTPConnection):
    """HTTP over the model's Unix socket, as another program on the machine would speak it."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=20)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(str(self._path))


def ask(model: EmbeddedModel, path: str = "/v1/chat/completions", **headers: str) -> tuple[int, dict[str, str], str]:
    connection = OverSocket(model.socket_folder / "llm.sock")
    given = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    connection.request("POST", path, ASKED, given)
    answer = connection.getresponse()
    content = answer.read().decode()
    connection.close()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, content


def test_it_answers_in_process_and_listens_on_no_port(model: EmbeddedModel, sockets_before: set[object]) -> None:
    assert str(model.invoke([HumanMessage("Say hello.")]).text).strip()
    assert {c.laddr for c in psutil.Process().net_connections("inet")} == sockets_before


def test_its_socket_lies_where_only_its_owner_can_reach_it(model: EmbeddedModel) -> None:
    assert stat.S_IMODE(model.socket_folder.stat().st_mode) == 0o700
    assert model.socket_folder.stat().st_uid == os.geteuid()
    assert stat.S_ISSOCK((model.socket_folder / "llm.sock").stat().st_mode)
    listening = [c.laddr for c in psutil.Process().net_connections("unix") if str(c.laddr).endswith("llm.sock")]
    assert str(model.socket_folder / "llm.sock") in listening


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer none", "Bearer sk-guessed", "Basic bm9uZTpub25l"])
def test_without_the_key_it_refuses(model: EmbeddedModel, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    status, _, content = ask(model, **headers)
    assert status == 401
    assert "choices" not in content


@pytest.mark.parametrize("path", ["/v1/completions", "/completion", "/tokenize", "/v1/embeddings", "/apply-template"])
def test_nor_does_any_other_door_open(model: EmbeddedModel, path: str) -> None:
    assert ask(model, path)[0] in {401, 404, 501}


def test_with_the_key_it_answers(model: EmbeddedModel, keys: list[str]) -> None:
    """The control of the two tests above: the door is there, and it is the key that opens it."""
    (key,) = keys
    assert len(key) > 40
    status, _, content = ask(model, Authorization=f"Bearer {key}")
    assert status == 200
    assert "choices" in content


def test_no_page_in_a_browser_is_let_in(model: EmbeddedModel) -> None:
    status, headers, _ = ask(model, Origin="https://page.invalid")
    assert status == 401
    assert headers.get("access-control-allow-origin", "") in {"", "null"}


def test_other_bytes_than_upstreams_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: EmbeddedModel
) -> None:
    raw = bytearray(weights().read_bytes())
    raw[len(raw) // 2] ^= 1
    changed = tmp_path / "changed.gguf"
    changed.write_bytes(raw)
    monkeypatch.setattr(embedded, "weights", lambda: changed)
    del model
    with pytest.raises(NotReady) as refused:
        EmbeddedModel(socket_folder=tmp_path / "run").load()
    assert refused.value.reason == "bad_embedded_model"
    assert not (tmp_path / "run" / "llm.sock").exists()
