"""Which system the cases are played on, by the name or the address that was asked for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
from openai import AsyncOpenAI

from agent.settings import Settings
from evals.suites import Product
from evals.world.bare import bare
from evals.world.canned import Canned
from evals.world.compatible import Compatible
from evals.world.ours import our_product
from evals.world.over_http import OverHttp
from evals.world.words_only import WordsOnly

#: For a help text.
TARGETS: Final = "handhold, authored, bare, canned, http(s)://HOST, openai:http(s)://HOST/v1"
_OPENAI: Final = "openai:"
_SECONDS: Final = 60.0  # without a byte
_ATTEMPTS: Final = 3


class NoTarget(ValueError):
    """There is no such system, or nothing answers where it should be."""


@asynccontextmanager
async def product(target: str, folder: Path, model: str | None = None) -> AsyncIterator[Product]:
    """The system, for as long as it is used. ``folder``: empty, for the product in this process.

    ``handhold`` and ``authored``: the product with and without its small model; ``bare``: that model alone;
    ``canned``: the same card always; an address: a running Handhold; ``openai:`` and an address: a model of the name
    ``model`` there. Its key, and its name if none is given, are those of the generator in the settings
    (``HANDHOLD_GENERATOR__API_KEY``); the key is sent to the address. ``NoTarget`` for anything else, and where
    no Handhold answers.
    """
    if target in {"handhold", "authored"}:
        async with our_product(folder, "authored" if target == "authored" else "embedded") as ours:
            yield ours
    elif target == "bare":
        async with bare() as voice:
            yield WordsOnly(target, voice)
    elif target == "canned":
        yield WordsOnly(target, Canned())
    elif _address(target):
        async with httpx.AsyncClient(base_url=target, timeout=_SECONDS) as http:
            await _there(http)
            yield OverHttp(target, http)
    elif target.startswith(_OPENAI) and _address(target.removeprefix(_OPENAI)):
        known = Settings().generator
        key, name = known.api_key.get_secret_value(), model or known.model
        address = target.removeprefix(_OPENAI)
        async with AsyncOpenAI(base_url=address, api_key=key, timeout=_SECONDS, max_retries=_ATTEMPTS) as client:
            yield WordsOnly(name, Compatible(client, name))
    else:
        raise NoTarget(f"there is no target {target!r}: choose {TARGETS}")


def _address(target: str) -> bool:
    """Whether it can be one; nobody may be there."""
    try:
        url = httpx.URL(target)
    except (httpx.InvalidURL, ValueError):
        return False
    return url.scheme in {"http", "https"} and bool(url.host)


async def _there(http: httpx.AsyncClient) -> None:
    """Once, before a thousand cases are played on an address where nobody is."""
    try:
        (await http.get("/health")).raise_for_status()
    except httpx.HTTPError as error:
        raise NoTarget(f"no Handhold answers at {http.base_url}: {error}") from error
