"""The forms beside a conversation: what may be saved, what is asked and how, and the words offered to counsellors."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readability import reading_age, syllables

from agent.domain.forms import MOST_NOTE, Answer
from agent.errors import BadInput
from agent.escalation.desk.forms import DECISION, check, form
from agent.escalation.desk.saved_replies import saved_replies
from agent.safety.vetting import OutputGuard

INTERVIEW, DECIDE = form("interview"), form("decision")
REPLIES = [reply for group in saved_replies() for reply in group.replies]
SAID = [words for item in INTERVIEW.items for words in item.say]
STEPS = ("talk", "means", "trusted", "own_team", "self_call")
CALL = {
    "near": Answer("yes"), "less": Answer("no"), "where": Answer("rough", "by the river"),
    **dict.fromkeys(STEPS, Answer("no_time")), "decision": Answer("call", "They stopped answering."),
}  # fmt: skip
CALLED = {"decision": Answer("called", "They said it has begun."), "called_at": Answer("", "21:04")}


@pytest.fixture(scope="module")
def guard():
    return OutputGuard.load()


def refused(of, given) -> str:
    with pytest.raises(BadInput) as caught:
        check(of, given)
    return caught.value.reason


def test_every_question_can_be_left_unasked_or_unanswered():
    assert [item.id for item in INTERVIEW.items] == [
        "thoughts", "strength", "plan", "means", "time", "intent", "attempts", "holds", "alone", "substances", "helped",
    ]  # fmt: skip
    for item in INTERVIEW.items:
        assert {"not_asked", "would_not_say"} < set(item.choices or {})
        assert item.say
        filled = check(INTERVIEW, {item.id: Answer("would_not_say")})
        assert filled.answers[item.id] == Answer("would_not_say")
        assert all(filled.answers[i.id] == Answer("not_asked") for i in INTERVIEW.items if i != item)


def test_nothing_counts_or_rates_the_answers():
    """A number beside a choice would be read as one: none of the words shown holds a figure, a level or a colour."""
    shown = [
        w for f in (INTERVIEW, DECIDE) for i in f.items for w in (i.ask, i.hint, i.note, *(i.choices or {}).values())
    ]
    rated = re.compile(r"\d|\b(?:score|points|total|level|low|high|moderate|severe|red|amber|green)\b", re.IGNORECASE)
    assert [w for w in shown if rated.search(w)] == []
    assert not {"score", "total", "level", "tier"} & set(check(INTERVIEW, {"plan": Answer("made")}).__slots__)


@pytest.mark.parametrize("words", SAID)
def test_a_question_is_asked_straight_and_does_not_lead(words: str):
    assert not re.search(r"\bn[o']t\b.*\?$|n't .*\?|, (?:are|do|have|is) (?:you|it)\?|right\?$", words)
    assert len(re.findall(r"\?", words)) <= 2
    assert len(words.split()) <= 20


def test_the_first_thing_to_say_names_it():
    assert "killing yourself?" in INTERVIEW.items[0].say[0]


def test_a_note_alone_leaves_the_choice_at_not_asked():
    assert check(INTERVIEW, {"plan": Answer("", "She changed the subject.")}).answers["plan"].choice == "not_asked"


def test_an_empty_form_is_not_saved():
    assert refused(INTERVIEW, {}) == refused(INTERVIEW, INTERVIEW.blank()) == "empty_form"
    assert refused(DECIDE, {"near": Answer("", "  \n")}) == "empty_form"


def test_what_no_form_asks_is_refused():
    assert refused(INTERVIEW, {"score": Answer("", "7")}) == "unknown_question"
    assert refused(INTERVIEW, {"plan": Answer("in_hand")}) == "unknown_choice"
    assert refused(DECIDE, {**CALLED, "called_at": Answer("now")}) == "unknown_choice"


def test_a_note_has_a_longest_length_after_its_blanks_are_gone():
    most = "x" * MOST_NOTE
    assert check(INTERVIEW, {"plan": Answer("", f"  {most} \n")}).answers["plan"].note == most
    assert refused(INTERVIEW, {"plan": Answer("", most + "x")}) == "note_too_long"


def test_a_decision_needs_a_decision_and_its_reasons():
    assert refused(DECIDE, {"near": Answer("yes")}) == "no_decision"
    for choice in form("decision").items[-2].choices or {}:
        assert refused(DECIDE, {**CALL, **CALLED, "decision": Answer(choice)}) == "reasons_missing"


def test_a_call_made_already_needs_only_its_time_and_a_reason():
    assert check(DECIDE, CALLED).answers["called_at"].note == "21:04"
    assert refused(DECIDE, {"decision": CALLED["decision"]}) == "answer_missing"
    for wrong in ("soon", "25:00", "9 pm"):
        assert refused(DECIDE, {**CALLED, "called_at": Answer("", wrong)}) == "no_time"


@pytest.mark.parametrize("left_out", ["near", "less", *STEPS, "where"])
def test_a_call_not_made_yet_says_what_was_tried_before(left_out: str):
    assert check(DECIDE, CALL).answers[DECISION].choice == "call"
    assert refused(DECIDE, {name: a for name, a in CALL.items() if name != left_out}) == "answer_missing"


@pytest.mark.parametrize("decided", ["not_yet", "do_not_call"])
def test_not_to_call_is_decided_on_the_two_criteria(decided: str):
    reason = {DECISION: Answer(decided, "Her sister sits with her.")}
    assert check(DECIDE, {**reason, "near": Answer("no"), "less": Answer("yes")})
    assert refused(DECIDE, {**reason, "near": Answer("no")}) == "answer_missing"


ANSWERS = st.dictionaries(
    st.sampled_from([*CALL, *CALLED, "nothing"]), st.builds(Answer, st.text(max_size=8), st.text(max_size=30))
)


@given(ANSWERS, st.sampled_from([CALL, CALLED, {}]))
def test_a_form_is_saved_whole_or_refused(answers, base):
    sent = {**base, **answers}
    try:
        filled = check(DECIDE, sent)
    except BadInput:
        return
    assert {name: a.choice for name, a in sent.items()} == {name: filled.answers[name].choice for name in sent}
    assert {name: a.note.strip() for name, a in sent.items()} == {name: filled.answers[name].note for name in sent}
    # Checking twice is checking once.
    assert check(DECIDE, filled.answers) == filled


def test_there_are_saved_replies_for_each_moment():
    assert [group.title for group in saved_replies()] == [
        "Opening", "Staying", "Asking directly", "Asking about means", "Making the place safer", "Ending well",
        "No answer", "Language", "Handing over",
    ]  # fmt: skip
    assert 25 <= len(REPLIES) <= 30
    assert len({reply.id for reply in REPLIES}) == len({reply.text for reply in REPLIES}) == len(REPLIES)


@pytest.mark.parametrize("reply", REPLIES, ids=lambda r: r.id)
def test_a_saved_reply_promises_nothing_and_passes_every_detector(guard, reply):
    vetted = guard.vet(reply.text)
    assert (vetted.text, vetted.reasons) == (reply.text, ())
    promise = (
        r"\b(?:promise|always be|never leave|will be (?:ok|okay|fine)|on (?:the|their) way|has been told|secret)\b"
    )
    assert not re.search(promise, reply.text, re.IGNORECASE)
    assert reply.text.count("?") <= 2
    assert len(reply.text.split()) <= 45


#: Asking about a plan is what generated words may never do; authored ones in a counsellor's hands may.
ASKS_FOR_A_PLAN = {"Have you made a plan to end your life? You can just say yes or no."}


@pytest.mark.parametrize("words", SAID)
def test_what_a_counsellor_can_say_passes_every_detector(guard, words: str):
    expected = ("crisis_in_generated",) if words in ASKS_FOR_A_PLAN else ()
    assert guard.vet(words).reasons == expected


def test_an_unsafe_text_among_them_would_be_found(guard):
    for unsafe in ("I will not tell anyone.", "A counsellor is on the way.", "Promise me you will not hurt yourself."):
        assert guard.vet(unsafe).reasons


@pytest.mark.parametrize(("word", "count"), [("make", 1), ("table", 2), ("wanted", 2), ("asked", 1), ("counsellor", 3)])
def test_syllables_are_counted(word: str, count: int):
    assert syllables(word) == count


ALL_TEXTS = {
    "interview": [*INTERVIEW.intro, *SAID, *(i.hint for i in INTERVIEW.items if i.hint)],
    "decision": [*DECIDE.intro, *(i.hint for i in DECIDE.items if i.hint), *(i.ask for i in DECIDE.items)],
    "replies": [reply.text for reply in REPLIES],
}


@pytest.mark.parametrize("name", ALL_TEXTS)
def test_an_eleven_year_old_could_read_it(name: str):
    texts = [t if t[-1] in ".?!" else f"{t}." for t in ALL_TEXTS[name]]
    assert reading_age(" ".join(texts)) <= 11
    assert max(reading_age(t) for t in texts if len(t.split()) >= 12) <= 13


def test_hard_words_would_be_found():
    assert reading_age("Notwithstanding considerable deterioration, immediate consultation is recommended.") > 15
