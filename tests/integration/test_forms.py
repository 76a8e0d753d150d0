"""The forms beside a conversation: who may write and look, that nothing is overwritten or lost, and what is at rest."""

import asyncio
import html
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from databases import change, rows
from desk import DANGER, Desk, invite, register
from device import Device, new_device
from processes import http

from agent.bootstrap import Application
from agent.escalation.sweep import sweep

CALLED = {"choice.decision": "called", "note.decision": "She said it has begun.", "note.called_at": "21:04"}


class FormDesk(Desk):
    """A counsellor who fills in forms."""

    async def save(
        self, case_id: str, kind: str, base: int, fields: dict[str, str], fence: str = "1", csrf: str | None = None
    ) -> httpx.Response:
        form = {"csrf": await self.csrf() if csrf is None else csrf, "fence": fence, "revision": str(base), **fields}
        sent = {name: (None, value) for name, value in form.items()}  # multipart, as the page sends it
        return await self.http.post(f"/counsellor/cases/{case_id}/forms/{kind}", files=sent)

    async def look(self, case_id: str, revision: int, agrees: str, remark: str) -> httpx.Response:
        form = {"csrf": await self.csrf(), "revision": str(revision), "agrees": agrees, "remark": remark}
        return await self.http.post(f"/counsellor/cases/{case_id}/forms/decision/approval", data=form)


@pytest.fixture
async def desk(application: Application) -> AsyncIterator[FormDesk]:
    async with http(application) as browser:
        await register(browser, await invite(application))
        yield FormDesk(browser)


@pytest.fixture
async def other(application: Application) -> AsyncIterator[FormDesk]:
    async with http(application) as browser:
        await register(browser, await invite(application), "bo@desk.example", name="Bo")
        yield FormDesk(browser)


@pytest.fixture
async def case_id(client: httpx.AsyncClient, desk: FormDesk) -> str:
    """A case that Ada has."""
    device: Device = await new_device(client)
    await device.say(DANGER)
    (found,) = await desk.listed()
    assert (await desk.claim(found)).status_code == 303
    return found


def saved(conninfo: str) -> list[tuple]:
    query = "SELECT f.kind, revision, name FROM case_form f JOIN counsellor c ON c.id = author ORDER BY kind, revision"
    return rows(conninfo, query)


def written(page: str, name: str) -> str:
    """What stands in a text box of the page."""
    found = re.search(rf'<textarea[^>]* name="{re.escape(name)}"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found is not None, name
    return html.unescape(found[1])


def chosen(page: str, name: str) -> str:
    box = re.search(rf'<select name="{re.escape(name)}".*?</select>', page, re.DOTALL)
    assert box is not None, name
    found = re.search(r'value="([^"]*)" selected', box[0])
    return found[1] if found else ""


async def test_each_save_is_a_revision_and_the_earlier_ones_can_be_read(
    desk: FormDesk, case_id: str, conninfo: str
) -> None:
    first = {"choice.plan": "parts", "note.plan": "She has thought of the bridge.", "choice.alone": "alone"}
    answer = await desk.save(case_id, "interview", 0, first)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/counsellor/cases/{case_id}#interview-saved")
    second = {**first, "note.plan": "She says there is no plan.", "choice.plan": "no"}
    assert (await desk.save(case_id, "interview", 1, second)).status_code == 303
    page = await desk.page(case_id)
    assert "She has thought of the bridge." in page
    assert written(page, "note.plan") == "She says there is no plan."
    assert chosen(page, "choice.plan") == "no"
    assert chosen(page, "choice.thoughts") == "not_asked"
    assert 'id="interview-saved">Saved as version 2.' in page
    assert saved(conninfo) == [("interview", 1, "Ada"), ("interview", 2, "Ada")]
    events = "SELECT kind FROM case_event WHERE kind IN ('interview', 'decision')"
    assert rows(conninfo, events) == [("interview",), ("interview",)]
    assert "Talk about danger written down" in page


async def test_the_same_words_again_are_no_new_revision(desk: FormDesk, case_id: str, conninfo: str) -> None:
    csrf = await desk.csrf()
    twice = [desk.save(case_id, "decision", 0, CALLED, csrf=csrf) for _ in range(3)]
    assert {a.status_code for a in await asyncio.gather(*twice)} == {303}
    assert saved(conninfo) == [("decision", 1, "Ada")]
    assert rows(conninfo, "SELECT count(*) FROM case_event WHERE kind = 'decision'") == [(1,)]


async def test_of_two_who_save_at_once_one_wins_and_the_other_sees_both(
    desk: FormDesk, case_id: str, conninfo: str
) -> None:
    """Two tabs of one counsellor here; two counsellors who may both write meet in the same place."""
    csrf = await desk.csrf()
    notes = [f"what window {n} heard" for n in range(4)]
    sent = [desk.save(case_id, "interview", 0, {"note.holds": note}, csrf=csrf) for note in notes]
    answers = await asyncio.gather(*sent)
    assert sorted(a.status_code for a in answers) == [303, 409, 409, 409]
    (winner,) = [note for note, a in zip(notes, answers, strict=True) if a.status_code == 303]
    for note, answer in zip(notes, answers, strict=True):
        if answer.status_code == 409:
            assert "Somebody saved this form while you were writing." in answer.text
            assert written(answer.text, "note.holds") == note
            assert re.search(rf'<bdi class="answer-note">{winner}</bdi>', answer.text)
            # Sent again from that page it is saved, on top of the newer one.
            (base,) = set(re.findall(r'name="revision" value="(\d+)"', answer.text.split("/forms/interview")[1])[:1])
            assert base == "1"
    assert saved(conninfo) == [("interview", 1, "Ada")]


async def test_saving_on_top_of_a_newer_version_does_not_undo_its_other_answers(desk: FormDesk, case_id: str) -> None:
    page = await desk.page(case_id)
    names = re.findall(r'name="(note\.[a-z_]+)"', page.split("/forms/interview")[1].split("</form>")[0])
    blank = {**dict.fromkeys(names, ""), **{n.replace("note", "choice"): "not_asked" for n in names}}
    await desk.save(case_id, "interview", 0, {**blank, "note.holds": "Her cat.", "note.plan": "Parts of one."})
    late = await desk.save(case_id, "interview", 0, {**blank, "note.helped": "Music.", "note.plan": "None at all."})
    assert late.status_code == 409
    assert written(late.text, "note.helped") == "Music."
    assert written(late.text, "note.plan") == "None at all."
    assert "Parts of one." in late.text
    assert written(late.text, "note.holds") == "Her cat."


async def test_only_who_has_the_case_may_write(desk: FormDesk, other: FormDesk, case_id: str, conninfo: str) -> None:
    for fence in ("0", "1", "2"):
        refused = await other.save(case_id, "interview", 0, {"note.holds": "my own words"}, fence)
        assert refused.status_code == 409
        assert "What you wrote was not saved." in refused.text
        assert "my own words" in refused.text
    assert (await desk.save(case_id, "interview", 0, {"note.holds": "x"}, csrf="made-up")).status_code == 401
    assert (await desk.save(case_id, "score", 0, {"note.holds": "x"})).status_code == 422
    assert 'action="/counsellor/cases/' + case_id + "/forms/" not in await other.page(case_id)
    assert saved(conninfo) == []


@pytest.mark.parametrize("path", ["forms/interview", "forms/decision", "forms/decision/approval"])
async def test_without_a_session_a_form_leads_to_the_sign_in(shared_client: httpx.AsyncClient, path: str) -> None:
    case = "70e3a4e4-5b7b-4b0c-9a53-5c0b8f1f3a55"
    answer = await shared_client.post(f"/counsellor/cases/{case}/{path}", data={"note.holds": "x"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/counsellor/login")


async def test_a_case_that_is_not_there(desk: FormDesk) -> None:
    case = "70e3a4e4-5b7b-4b0c-9a53-5c0b8f1f3a55"
    assert (await desk.save(case, "decision", 0, CALLED)).status_code == 404
    assert (await desk.look(case, 1, "yes", "x")).status_code == 404


async def test_a_lost_claim_loses_no_words(
    desk: FormDesk, other: FormDesk, case_id: str, application: Application, conninfo: str
) -> None:
    await desk.save(case_id, "decision", 0, CALLED)
    await change(conninfo, "UPDATE crisis_case SET lease_until = now() - interval '1 s'")
    services = application.services
    await sweep(services.database, services.spool, services.ladder)
    late = await desk.save(
        case_id, "decision", 1, {**CALLED, "note.where": "Block C, third floor", "choice.near": "yes"}
    )
    assert late.status_code == 409
    assert "You no longer have this case." in late.text
    assert "Block C, third floor" in late.text
    await other.claim(case_id)
    assert "She said it has begun." in await other.page(case_id)
    # The next owner goes on from what was saved.
    more = {**CALLED, "note.where": "Block C"}
    assert (await desk.save(case_id, "decision", 1, more)).status_code == 409
    assert (await other.save(case_id, "decision", 1, more, fence="2")).status_code == 303
    assert saved(conninfo) == [("decision", 1, "Ada"), ("decision", 2, "Bo")]


async def test_what_is_wrong_comes_back_whole_and_changes_nothing(desk: FormDesk, case_id: str, conninfo: str) -> None:
    await desk.save(case_id, "interview", 0, {"note.holds": "what was saved before"})
    long = "é\U0001f6b2" * 1500
    wrongs = [
        ({"note.plan": long}, "Please keep it to 1000"),
        ({"note.nothing": "a stray one"}, "There is no question"),
        ({"choice.plan": "certainly"}, "has no such answer"),
    ]
    for wrong, words in wrongs:
        sent = {"choice.alone": "near", "note.alone": "Her flatmate,\r\nasleep.", **wrong}
        refused = await desk.save(case_id, "interview", 1, sent)
        assert refused.status_code == 422
        assert words in html.unescape(refused.text)
        assert written(refused.text, "note.alone") == "Her flatmate,\nasleep."
        assert written(refused.text, "note.plan") == wrong.get("note.plan", "")
        assert chosen(refused.text, "choice.alone") == "near"
        assert '<details class="panel side-form" id="interview" open>' in refused.text
    missing = await desk.save(case_id, "decision", 0, {"choice.decision": "call", "note.where": "by the station"})
    assert missing.status_code == 422
    assert written(missing.text, "note.where") == "by the station"
    assert saved(conninfo) == [("interview", 1, "Ada")]


async def test_the_fullest_form_in_any_script_fits_into_one_request(
    desk: FormDesk, case_id: str, conninfo: str
) -> None:
    page = await desk.page(case_id)
    for kind, extra in (("interview", {}), ("decision", {**CALLED, "note.decision": "", "note.called_at": "21:04"})):
        names = re.findall(r'name="(note\.[a-z_]+)"', page.split(f"/forms/{kind}")[1].split("</form>")[0])
        full = {**extra, **{name: "\U0001f6b2" * 1000 for name in names if name != "note.called_at"}}
        assert len(full) >= 10
        assert (await desk.save(case_id, kind, 0, full)).status_code == 303
    assert [kind for kind, _, _ in saved(conninfo)] == ["decision", "interview"]


async def test_words_stay_text_on_the_page(desk: FormDesk, case_id: str) -> None:
    hostile = "</textarea><script>alert(1)</script>"
    await desk.save(case_id, "decision", 0, {**CALLED, "note.decision": hostile})
    page = await desk.page(case_id)
    assert hostile not in page
    assert written(page, "note.decision") == hostile


async def test_nobody_approves_what_they_wrote(desk: FormDesk, other: FormDesk, case_id: str, conninfo: str) -> None:
    await desk.save(case_id, "decision", 0, CALLED)
    assert "Your second look" not in await desk.page(case_id)
    own = await desk.look(case_id, 1, "yes", "I still think so")
    assert own.status_code == 409
    assert "somebody else has to look at it" in own.text
    assert "I still think so" in own.text
    assert rows(conninfo, "SELECT approver FROM case_form") == [(None,)]
    # Nor would the database take it.
    with pytest.raises(Exception, match="ck_case_form_second"):
        await change(conninfo, "UPDATE case_form SET approver = author")
    assert "Your second look at version 1" in await other.page(case_id)


@pytest.mark.parametrize(("agrees", "said"), [("yes", "Bo agrees"), ("no", "Bo does not agree")])
async def test_a_second_look_is_kept_beside_the_decision(
    desk: FormDesk, other: FormDesk, case_id: str, conninfo: str, agrees: str, said: str
) -> None:
    await desk.save(case_id, "decision", 0, CALLED)
    for wrong in (("", "words"), ("maybe", "words"), (agrees, "  "), (agrees, "x" * 1001)):
        refused = await other.look(case_id, 1, *wrong)
        assert refused.status_code == 422
        assert written(refused.text, "remark") == wrong[1]
    assert (await other.look(case_id, 1, agrees, "I read all of it.")).status_code == 303
    assert (await other.look(case_id, 1, agrees, "I read all of it.")).status_code == 303  # sent twice
    changed = await other.look(case_id, 1, "no" if agrees == "yes" else "yes", "No, wait.")
    assert changed.status_code == 409
    assert "No, wait." in changed.text
    for page in (await desk.page(case_id), await other.page(case_id)):
        assert said in page
        assert "I read all of it." in page
        assert "She said it has begun." in page
    assert rows(conninfo, "SELECT count(*) FROM case_event WHERE kind = 'approval'") == [(1,)]


async def test_others_see_in_the_list_that_a_second_look_is_wanted_until_somebody_has_looked(
    desk: FormDesk, other: FormDesk, case_id: str
) -> None:
    async def marked(who: FormDesk) -> bool:
        return "Second look wanted" in (await who.http.get("/counsellor/cases/list?show=live")).text

    assert not await marked(other)
    await desk.save(case_id, "decision", 0, CALLED)
    assert await marked(other)
    assert not await marked(desk)
    await other.look(case_id, 1, "yes", "I read it.")
    assert not await marked(other)


async def test_a_corrected_decision_needs_a_second_look_of_its_own(
    desk: FormDesk, other: FormDesk, case_id: str, conninfo: str
) -> None:
    await desk.save(case_id, "decision", 0, CALLED)
    await other.look(case_id, 1, "yes", "I read version one.")
    await desk.save(case_id, "decision", 1, {**CALLED, "note.called_at": "21:10"})
    late = await other.look(case_id, 1, "yes", "about the old one")
    assert late.status_code == 409
    assert "was changed since you read it" in late.text
    assert "about the old one" in late.text
    assert rows(conninfo, "SELECT revision, agrees FROM case_form ORDER BY revision") == [(1, True), (2, None)]
    page = await other.page(case_id)
    assert "Your second look at version 2" in page
    assert "I read version one." in page


async def test_of_two_who_look_at_once_one_is_kept(
    desk: FormDesk, other: FormDesk, case_id: str, application: Application, conninfo: str
) -> None:
    await desk.save(case_id, "decision", 0, CALLED)
    async with http(application) as browser:
        await register(browser, await invite(application), "cy@desk.example", name="Cy")
        third = FormDesk(browser)
        answers = await asyncio.gather(other.look(case_id, 1, "yes", "bo"), third.look(case_id, 1, "no", "cy"))
    assert sorted(a.status_code for a in answers) == [303, 409]
    assert rows(conninfo, "SELECT count(*) FROM case_event WHERE kind = 'approval'") == [(1,)]


async def test_a_closed_case_takes_no_more_decisions_but_still_a_second_look(
    desk: FormDesk, other: FormDesk, case_id: str
) -> None:
    await desk.save(case_id, "decision", 0, CALLED)
    await desk.close(case_id, "the ambulance is with her", fence="1")
    late = await desk.save(case_id, "decision", 1, {**CALLED, "note.called_at": "21:15"})
    assert late.status_code == 409
    assert "21:15" in late.text
    assert (await other.look(case_id, 1, "yes", "right to call")).status_code == 303


async def test_no_word_of_a_form_is_at_rest_in_clear(
    desk: FormDesk, other: FormDesk, case_id: str, conninfo: str
) -> None:
    await desk.save(case_id, "interview", 0, {"note.means": "zanzibar tablets", "choice.means": "in_hand"})
    await desk.save(case_id, "decision", 0, {**CALLED, "note.where": "zanzibar street"})
    await other.look(case_id, 1, "no", "zanzibar remark")
    everything = rows(
        conninfo,
        "SELECT sealed_body, sealed_remark FROM case_form UNION ALL SELECT sealed_detail, NULL FROM case_event",
    )
    stored = b"".join(bytes(value) for row in everything for value in row if value is not None)
    assert len(stored) > 1000
    for words in (b"zanzibar", b"in_hand", b"called", b"agree", b"answers"):
        assert words not in stored
    clear = rows(conninfo, "SELECT f.*::text FROM (SELECT id, case_id, kind, revision, author, at FROM case_form) f")
    assert not any("zanzibar" in str(row) for row in clear)
    # Bytes of one revision do not open as those of another.
    await change(
        conninfo,
        "UPDATE case_form SET sealed_body = (SELECT sealed_body FROM case_form WHERE kind = 'decision') "
        "WHERE kind = 'interview'",
    )
    assert (await desk.http.get(f"/counsellor/cases/{case_id}")).status_code == 500


async def test_the_page_says_to_call_first_and_that_the_program_calls_nobody(desk: FormDesk, case_id: str) -> None:
    page = await desk.page(case_id)
    assert "Call first and write after." in page
    assert "Handhold never calls anybody by itself." in page
    assert page.index("Call first and write after.") < page.index('name="choice.near"')
    assert 'value="called"' in page


async def test_saved_replies_are_offered_to_who_has_the_case(desk: FormDesk, other: FormDesk, case_id: str) -> None:
    mine, theirs = await desk.page(case_id), await other.page(case_id)
    targets = re.findall(r'data-insert="([^"]+)"', mine)
    assert len(targets) > 40
    assert all(f'id="{target}"' in mine for target in targets)
    assert "data-insert" not in theirs
