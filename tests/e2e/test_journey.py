"""The whole way in real browsers: a person in danger, two counsellors, and a server that goes away in the middle."""

from itertools import product
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from browsing import CHROMIUM, PHONE, Camera, House, at_desk, chromium, say, sees, tab_to, write
from channels import Captured
from databases import change, rows
from desk import PASSWORD
from waiting import eventually

pytest.importorskip("playwright.async_api")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.loopback,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium on this machine"),
]

DANGER = "I keep thinking everyone would be better off. I have the tablets here on the table."


async def test_twelve_steps_from_danger_to_follow_up_with_nothing_missed(  # noqa: PLR0915  (a journey is long)
    house: House, channel: Captured, tmp_path: Path, conninfo: str
) -> None:
    shot, errors = Camera(tmp_path), list[str]()
    async with chromium() as browser, chromium() as phone:
        ada, bo = await at_desk(browser, house, "Ada"), await at_desk(browser, house, "Bo")
        person = await (await phone.new_context(viewport=PHONE, color_scheme="dark")).new_page()
        for page in (ada, bo, person):
            page.on("pageerror", lambda error: errors.append(str(error)))

        # 1-3: a person in danger, the page to somebody on duty, the case in the open list.
        await person.goto(house.url)
        await say(person, DANGER)
        await person.wait_for_selector(".turn-card")
        (notice, *_) = await channel.wait_for(1)
        case_id = notice.link.rsplit("/", 1)[1]
        await ada.wait_for_selector(f"[data-case='{case_id}']", timeout=5000)
        await bo.wait_for_selector(f"[data-case='{case_id}']", timeout=5000)
        await sees(person, "went out at")
        await shot(person, "danger")
        await shot(ada, "list")

        # 4: the claim, by keyboard alone.
        await tab_to(ada, ".case-link")
        await ada.keyboard.press("Enter")
        await ada.wait_for_selector("text=Take this case")
        await tab_to(ada, "#handle button")
        await ada.keyboard.press("Enter")
        await sees(ada, "You have this case")
        await sees(person, "Ada, a counsellor, has your conversation")

        # 5: the take-over; the person is told, and both hear each other.
        await ada.click("text=Take over the conversation")
        await sees(person, "Ada, a counsellor, is here with you now.")
        await write(ada, "Hello, I am Ada. I am staying with you.")
        await sees(person, "Hello, I am Ada. I am staying with you.")
        await say(person, "thank you. i am scared")
        await sees(ada, "thank you. i am scared")
        await shot(person, "talking")
        await shot(ada, "talking")

        # 6: a whisper, which the person does not get.
        await bo.goto(f"{house.url}/counsellor/cases/{case_id}")
        await bo.fill("#aside", "Ask where the tablets are now.")
        await bo.click("text=Whisper")
        await sees(ada, "Ask where the tablets are now.")

        # 7: the server goes away and comes back; what was said meanwhile arrives, once.
        await house.shut()
        ((owner, fence),) = rows(conninfo, "SELECT owner, fence FROM crisis_case")
        desk = house.application.services.desk
        for words in ("Are you still there?", "I am not going away."):
            await desk.say(UUID(case_id), owner, fence, uuid4(), words)
        await person.fill("#message", "are you there")
        await person.keyboard.press("Enter")
        await shot(person, "server-away")
        await house.open()
        for words in ("Are you still there?", "I am not going away."):
            await sees(person, words)
            await sees(ada, words)
        again = person.locator("text=Try again")
        if await again.count():
            await again.first.click()
        await sees(ada, "are you there")
        for page, words in product((person, ada), ("Are you still there?", "I am not going away.")):
            assert await page.locator(f"text={words}").count() == 1
        assert "where the tablets are now" not in await person.content()
        await shot(person, "back")

        # 8: passed on to Bo, who takes over.
        await ada.fill("#note", "She has put the tablets in the kitchen.")
        await ada.select_option("#to", label="Bo")
        await ada.click("text=Pass it on")
        await sees(person, "has passed your conversation on to Bo")
        await bo.goto(f"{house.url}/counsellor/cases/{case_id}")
        await bo.click("text=Take over the conversation")
        await bo.wait_for_selector("#reply")
        await shot(bo, "passed-on")
        await write(bo, "I am Bo. Ada told me.")
        await sees(person, "I am Bo. Ada told me.")

        # 9: put back into the queue; the program answers until somebody is there.
        await bo.fill("#note", "My line is bad.")
        await bo.click("text=Put it back into the queue")
        await sees(person, "Your conversation is on the list for the next counsellor.")
        await say(person, "ok")
        await person.wait_for_selector(".turn:last-of-type .answer:not([hidden])", timeout=20_000)

        # 10-12: taken again with one button, closed with an outcome and a follow-up.
        await ada.goto(f"{house.url}/counsellor/cases")
        await ada.click("text=Take the next case")
        await sees(ada, "You have this case")
        await ada.fill("#note", "Her sister is with her now.")
        await ada.check("input[name=outcome][value=true_alarm]")
        await ada.check("input[name=follow][value='24']")
        await ada.fill("#ask", "How was the night?")
        await shot(ada, "closing")
        await ada.click("text=Close the case")
        await ada.wait_for_selector("#handle-title:has-text('Closed')")
        await shot(ada, "closed")
        await shot(person, "end")
    assert errors == []
    assert rows(conninfo, "SELECT status, outcome FROM crisis_case") == [("closed", "true_alarm")]
    assert rows(conninfo, "SELECT count(*) FROM follow_up WHERE done_at IS NULL") == [(1,)]
    said = rows(conninfo, "SELECT kind, count(*) FROM line GROUP BY kind ORDER BY kind")
    assert dict(said)["counsellor"] == 4
    assert dict(said)["whisper"] == 1


async def test_what_was_typed_outlives_the_session_and_the_line_and_goes_when_sent_and_at_sign_out(
    house: House, tmp_path: Path, conninfo: str
) -> None:
    words, shot = "I am still here. Take your time.", Camera(tmp_path)
    async with chromium() as browser:
        ada = await at_desk(browser, house, "Ada")
        person = await (await browser.new_context(viewport=PHONE)).new_page()
        await person.goto(house.url)
        await say(person, DANGER)
        await ada.click(".case-link")
        await ada.click("text=Take this case")
        await ada.click("text=Take over the conversation")
        await ada.wait_for_selector("#reply-form[data-ready]")
        case = ada.url.partition("#")[0]

        async def kept() -> int:
            found = await ada.evaluate(
                "Object.keys(sessionStorage).filter(k => k.startsWith('handhold.form.reply')).length"
            )
            assert await ada.evaluate("Object.keys(localStorage).length") == 0
            return int(found)

        await ada.fill("#reply", words)
        await change(conninfo, "UPDATE counsellor_session SET expires_at = now()")
        await ada.keyboard.press("Control+Enter")
        await ada.wait_for_selector("#password, #reply-problem:not([hidden])")
        await shot(ada, "signed-out")
        assert rows(conninfo, "SELECT count(*) FROM line WHERE kind = 'counsellor'") == [(0,)]
        await ada.goto(f"{house.url}/counsellor/login")
        await ada.fill("#email", "ada@desk.example")
        await ada.fill("#password", PASSWORD)
        await ada.keyboard.press("Enter")
        await ada.wait_for_selector("text=Open cases")
        await ada.goto(case)
        await ada.wait_for_selector("text=What you wrote here is back.")
        assert await ada.input_value("#reply") == words
        await shot(ada, "back-again")

        await ada.context.set_offline(True)
        await ada.click("#reply-form button")
        await ada.wait_for_selector("#reply-problem:not([hidden])")
        await ada.context.set_offline(False)
        await ada.goto(case)
        assert await ada.input_value("#reply") == words
        await ada.click("#reply-form button")
        await sees(person, words)
        await ada.wait_for_function("document.querySelector('#reply').value === ''")
        assert await kept() == 0
        await ada.goto(case)
        assert await ada.input_value("#reply") == ""

        await ada.fill("#reply", "half a sentence")
        assert await kept() == 1
        await ada.click("text=Log out")
        await ada.wait_for_selector("#password")
        assert await kept() == 0


async def test_what_gets_worse_and_a_second_look_that_is_wanted_are_announced_in_an_open_list(
    house: House, tmp_path: Path, conninfo: str
) -> None:
    shot = Camera(tmp_path)
    async with chromium() as browser:
        ada, bo = await at_desk(browser, house, "Ada"), await at_desk(browser, house, "Bo")
        person = await (await browser.new_context(viewport=PHONE)).new_page()
        await person.goto(house.url)
        answered = "SELECT count(*) FROM turn WHERE status = 'ANSWERED'"
        for n, words in enumerate(("Work was long today.", "I think about killing myself every night."), 1):
            await say(person, words)
            await eventually(lambda n=n: rows(conninfo, answered) == [(n,)])
        await bo.wait_for_selector(".case-moderate .tag.new:has-text('New')")
        await bo.evaluate("document.body.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))")
        assert not (await bo.title()).startswith("(")

        await say(person, "I have the tablets here on the table and I am taking them now.")
        await bo.wait_for_selector(".tag.new:has-text('Worse')")
        assert (await bo.title()).startswith("(1 new)")
        assert (await bo.text_content("#news")).startswith("Worse now: imminent")

        await ada.click(".case-link")
        await ada.click("text=Take this case")
        await ada.click("#decision summary")
        await ada.select_option("[name='choice.decision']", "called")
        await ada.fill("[name='note.decision']", "She said it has begun.")
        await ada.fill("[name='note.called_at']", "21:04")
        await ada.click("#decision form .button-main")
        await ada.wait_for_selector("text=Saved as version 1")
        await bo.wait_for_selector(".tag.new:has-text('Second look')")
        assert (await bo.title()).startswith("(2 new)")
        assert (await bo.text_content("#news")).startswith("A second look is wanted")
        await bo.wait_for_selector("text=1 decision waits for a second look")
        await shot(bo, "second-look")
        for scheme in ("light", "dark"):
            await ada.emulate_media(color_scheme=scheme)
            await ada.goto(ada.url.partition("#")[0])
            await shot(ada, f"trend-{scheme}")
        assert await ada.locator(".trend time").count() == 3

        await bo.click(".case-link")
        await bo.check("[name='agrees'][value='yes']")
        await bo.fill("#remark", "I read it.")
        await bo.click("text=Save my view")
        await bo.wait_for_selector("#decision-saved")
        await ada.goto(f"{house.url}/counsellor/cases")
        assert await ada.locator("text=waits for a second look").count() == 0
