"""Exercises and questionnaires in a real browser, on a phone: each finished after it was stopped and taken up again."""

from pathlib import Path

import pytest
from browsing import CHROMIUM, PHONE, Camera, House, chromium, say
from databases import rows

from agent.care.exercises import load

pytest.importorskip("playwright.async_api")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.loopback,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium on this machine"),
]


async def open_page(phone, house: House, errors: list[str]):
    """A person on a phone who has said something in the chat."""
    page = await (await phone.new_context(viewport=PHONE)).new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    await page.goto(house.url)
    await say(page, "It was a long day at the shop.")
    await page.wait_for_selector(".turn .sentence", timeout=20_000)
    return page


async def shown(page, part: str) -> None:
    await page.wait_for_selector(f"#{part}:not([hidden])", timeout=20_000)


async def test_every_exercise_is_stopped_taken_up_and_finished(house: House, tmp_path: Path) -> None:
    shot, errors = Camera(tmp_path), list[str]()
    async with chromium() as phone:
        page = await open_page(phone, house, errors)
        await page.goto(f"{house.url}/exercises")
        for key, exercise in load().items():
            await shown(page, "list")
            await page.get_by_label(f"Begin {exercise.name}", exact=True).click()
            await shown(page, "practice")
            await page.click("#next")
            writes = exercise.steps[1].kind == "write"
            if writes:
                await page.fill("#words", f"my words about {key}")
            await page.click("#stop")
            await shown(page, "list")
            await page.get_by_label(f"Go on with {exercise.name}").click()
            await shown(page, "practice")
            assert f"Step 2 of {len(exercise.steps)}" in await page.inner_text("#where")
            if writes:
                assert await page.input_value("#words") == f"my words about {key}"
            await shot(page, key)
            for _ in exercise.steps[1:]:
                await page.click("#next")
            await shown(page, "finished")
            if writes:
                assert f"my words about {key}" in await page.inner_text("#read-back")
            assert await page.is_visible("#homework") == bool(exercise.homework)
            await page.click("#to-list")
        await shown(page, "list")
        assert await page.locator("#done details").count() == len(load())
        assert errors == []


async def test_without_a_network_an_exercise_goes_on_and_is_kept_when_it_is_back(house: House) -> None:
    errors = list[str]()
    async with chromium() as phone:
        page = await open_page(phone, house, errors)
        await page.goto(f"{house.url}/exercises")
        await page.get_by_label("Begin looking at a thought on paper").click()
        await shown(page, "practice")
        await page.context.set_offline(True)
        for n in range(3):
            await page.fill("#words", f"line {n}")
            await page.click("#next")
        assert "no network" in await page.inner_text("#problem")
        await page.context.set_offline(False)
        await page.wait_for_selector("#problem", state="hidden", timeout=20_000)
        await page.reload()
        await page.get_by_label("Go on with looking at a thought on paper").click()
        assert "Step 4 of 5" in await page.inner_text("#where")
        assert errors == []


async def test_a_questionnaire_keeps_its_answers_over_a_reload_and_danger_leads_to_the_chat(
    house: House, tmp_path: Path, conninfo: str
) -> None:
    shot, errors = Camera(tmp_path), list[str]()
    async with chromium() as phone:
        page = await open_page(phone, house, errors)
        await page.goto(f"{house.url}/measures")
        await page.get_by_label("Fill in PHQ-9").click()
        for n in range(8):
            await page.locator(f"input[name=q{n}][value='1']").check()
        await page.click("#keep")
        assert "Question 9 has no answer yet" in await page.inner_text("#problem")
        await page.reload()
        await shown(page, "ask")
        assert await page.locator("input:checked").count() == 8
        await page.locator("input[name=q8][value='2']").check()
        await page.click("#keep")
        await shown(page, "result")
        await shot(page, "result")
        assert "mild" not in await page.inner_text("#result")
        await page.click("text=Go to the chat")
        await page.wait_for_selector(".turn-card .card", timeout=20_000)
        assert "How often: more than half the days." in await page.inner_text("#log")
        await shot(page, "chat")
        assert rows(conninfo, "SELECT tier FROM crisis_case") == [(2,)]
        assert errors == []


async def test_what_is_remembered_is_seen_changed_switched_off_and_deleted(house: House, tmp_path: Path) -> None:
    shot, errors = Camera(tmp_path), list[str]()
    async with chromium() as phone:
        page = await open_page(phone, house, errors)
        await say(page, "My sister Anna wants to visit next month")
        await page.wait_for_selector(".turn:nth-of-type(2) .sentence", timeout=20_000)
        await page.goto(f"{house.url}/memory")
        await page.wait_for_selector("text=My sister Anna")
        await shot(page, "memory")
        await page.click("text=Change")
        await page.get_by_label("The note").fill("My sister Anna, in May")
        await page.click("text=Save")
        await page.wait_for_selector("text=My sister Anna, in May")
        await page.fill("#text", "A walk by the canal")
        await page.click("text=Keep it")
        await page.wait_for_selector("text=A walk by the canal")
        await page.uncheck("#on")
        await page.wait_for_selector("text=Switched off")
        await page.reload()
        await page.wait_for_selector("text=A walk by the canal")
        assert not await page.is_checked("#on")
        await page.click("text=Delete all notes")
        await page.wait_for_selector("text=Nothing is noted yet.")
        assert errors == []


async def test_a_check_in_takes_two_taps_and_words_of_danger_lead_to_the_chat(
    house: House, tmp_path: Path, conninfo: str
) -> None:
    shot, errors = Camera(tmp_path), list[str]()
    async with chromium() as phone:
        page = await open_page(phone, house, errors)
        await page.goto(f"{house.url}/patterns")
        await shown(page, "patterns")
        await page.get_by_role("button", name="Keep it").click()
        assert "Choose one of the five" in await page.inner_text("#problem")
        await page.get_by_label("Low", exact=True).check()
        await page.get_by_role("button", name="Keep it").click()
        await page.wait_for_selector("text=Kept. Thank you")
        assert rows(conninfo, "SELECT count(*) FROM check_in") == [(1,)]
        await page.context.set_offline(True)
        await page.get_by_label("Very low").check()
        await page.click("#check-in summary")
        await page.fill("#words", "I want to kill myself")
        await page.get_by_role("button", name="Keep it").click()
        assert "still here" in await page.inner_text("#problem")
        await page.context.set_offline(False)
        await page.get_by_role("button", name="Keep it").click()
        await shown(page, "taken-up")
        await shot(page, "taken-up")
        await page.click("text=Go to the chat")
        await page.wait_for_selector(".turn-card .card", timeout=20_000)
        assert errors == []


async def test_after_an_exercise_in_the_chat_a_person_may_say_whether_it_helped(house: House, tmp_path: Path) -> None:
    shot, errors = Camera(tmp_path), list[str]()
    steps = (
        "let's do a thought record",
        "in the meeting",
        "they think I'm slow",
        "one laughed",
        "two thanked me",
        "some are kind",
    )
    async with chromium() as phone:
        page = await open_page(phone, house, errors)
        for n, words in enumerate(steps, start=2):
            await say(page, words)
            await page.wait_for_selector(f".turn:nth-of-type({n}) .sentence", timeout=20_000)
        await page.click(".helped >> text=A little")
        await page.wait_for_selector("text=A little counts")
        await shot(page, "helped")
        await page.goto(f"{house.url}/patterns")
        await page.wait_for_selector("text=Looking at a thought on paper: helped a little once")
        assert errors == []
