"""The product on a port of this machine and real browsers that use it.

Needs Chromium (Debian's ``chromium``; ``HANDHOLD_TEST_CHROMIUM`` names another). Screenshots of every step are kept in
the folder that ``--basetemp`` names, to be looked at.
"""

import asyncio
import os
import signal
import socket
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from desk import PASSWORD, invite
from waiting import eventually

from agent.api.app import create
from agent.bootstrap import Application
from agent.commands.serve import Server

CHROMIUM = os.environ.get("HANDHOLD_TEST_CHROMIUM", "/usr/bin/chromium")
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


class House:
    """The product on a port of this machine, which can be shut and opened again."""

    def __init__(self, application: Application) -> None:
        self.application = application
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        self.application.bell.closed = False
        config = uvicorn.Config(create(self.application), port=self.port, log_config=None, lifespan="off")
        self._server = Server(config, self.application)
        self._serving = asyncio.create_task(self._server.serve())
        await eventually(lambda: self._server.started)

    async def shut(self) -> None:
        self._server.handle_exit(signal.SIGTERM, None)
        await self._serving


@asynccontextmanager
async def chromium():
    from playwright.async_api import async_playwright

    async with async_playwright() as runs:
        browser = await runs.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


class Camera:
    """A screenshot a step, numbered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken = 0

    async def __call__(self, page, name: str) -> None:
        self._taken += 1
        await page.screenshot(path=self._folder / f"{self._taken:02}-{name}.png", full_page=True)


async def tab_to(page, selector: str) -> None:
    """Press Tab until it has the focus."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"no way by keyboard to {selector}")


async def at_desk(browser, house: House, name: str):
    """A counsellor on duty, with the list open."""
    page = await (await browser.new_context(viewport=DESKTOP)).new_page()
    await page.goto(f"{house.url}/counsellor/setup?token={await invite(house.application)}")
    await page.fill("#name", name)
    await page.fill("#email", f"{name.lower()}@desk.example")
    await page.fill("#password", PASSWORD)
    await page.keyboard.press("Enter")
    await page.click("text=On duty for 8 hours")
    await page.wait_for_selector("text=You are on duty until")
    return page


async def say(page, words: str) -> None:
    await page.fill("#message", words)
    await page.keyboard.press("Enter")


async def write(page, words: str) -> None:
    await page.wait_for_selector("#reply-form[data-ready]")
    await page.fill("#reply", words)
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector(f".talk-counsellor:has-text('{words}')")


async def sees(page, words: str) -> None:
    await page.wait_for_selector(f"text={words}", timeout=20_000)
