"""The authored composer: what it says back, what it must never say, and that it does not repeat itself."""

import re
import time
from collections.abc import Iterator

import pytest

from agent.domain.risk import Tier
from agent.domain.turn import Conditioning, Draft, Passage, PastTurn, Plan, Strategy
from agent.generation import words
from agent.generation.composer import MAX_WORDS, Composer
from agent.generation.composer_pieces import Piece
from agent.generation.composer_view import read
from classifiers.labels import Emotion, Intent

COMPOSER = Composer.load()
SHELF = COMPOSER.shelf
ROLES = dict(SHELF.roles)

WORRY = Passage(
    id="worry_time",
    title="Giving worry its own time of day",
    kind="cbt_skill",
    technique="worry_time",
    score=0.7,
    body="Telling yourself not to worry seldom works. It can work better to tell the worry when its turn is."
    " Choose a set time each day, about a quarter of an hour or a bit more, and the same place each time.\n\nWhen a"
    " worry turns up at"
    " another time, write it down in a few words. Then bring your attention back to what you were doing.",
    step="Choose fifteen minutes tomorrow for worry.",
)


def given(
    text: str, strategy: Strategy = "explore", *, felt: tuple[Emotion, ...] = (), intensity: float = 0.5,
    intent: Intent = "vent", tier: Tier = Tier.NONE, technique: str | None = None, check_in: bool = False,
    passages: tuple[Passage, ...] = (), history: tuple[PastTurn, ...] = (), locale: str = "en-GB",
) -> Conditioning:  # fmt: skip
    plan = Plan(strategy, technique, check_in)
    return Conditioning(text, felt, intensity, intent, tier, plan, locale, passages, history)


def after(c: Conditioning, draft: Draft) -> tuple[PastTurn, ...]:
    turn = PastTurn(
        c.text, draft.text, c.tier, c.plan.strategy, c.plan.technique, c.felt, c.intent, draft.pieces,
    )  # fmt: skip
    return (*c.history, turn)


def talk(*turns: Conditioning) -> Iterator[tuple[Conditioning, Draft]]:
    history: tuple[PastTurn, ...] = ()
    for turn in turns:
        c = given(
            turn.text, turn.plan.strategy, felt=turn.felt, intensity=turn.intensity, intent=turn.intent, tier=turn.tier,
            technique=turn.plan.technique, check_in=turn.plan.check_in, passages=turn.passages, history=history,
        )  # fmt: skip
        draft = COMPOSER.compose(c)
        history = after(c, draft)
        yield c, draft


# -- the pieces ----------------------------------------------------------------------------------------------------

FORBIDDEN = re.compile(
    r"understand exactly|know exactly how|language model|stay strong|be strong|happens for a reason"
    r"|everything will be|"
    r"it will get better|look on the bright|cheer up,|at least you|i promise|always be here|you(?:'re|"
    r" are) not alone|"
    r"has been told|have been told|someone is coming|just relax|calm down|(?:^|[.] )you (?:should|must|need to)\b|"
    r"\bas an ai\b|trust me|sounds like you have|you have (?:depression|anxiety)|—",
    re.IGNORECASE,
)


def test_no_piece_holds_a_forbidden_phrase() -> None:
    bad = {p.id: p.text for p in SHELF.pieces() if FORBIDDEN.search(p.text)}
    assert not bad


def test_pieces_are_short_plain_and_ask_at_most_once() -> None:
    for p in SHELF.pieces():
        assert p.text.count("?") <= 1, p
        assert "!" not in p.text or p.id.startswith("celebrate/"), p
        assert len(p.text.split()) <= MAX_WORDS, p
        assert not re.search(r"^\s*(?:[-*•]|\d+\.)\s", p.text), p
    assert sum("!" in p.text for p in SHELF.pieces()) <= 1


def test_every_id_and_every_sentence_is_there_once() -> None:
    pieces = list(SHELF.pieces())
    ids = [p.id for p in pieces]
    texts = [p.text for p in pieces if not p.id.startswith("notice.")]
    assert len(set(ids)) == len(ids)
    assert [t for t in set(texts) if texts.count(t) > 1 and len(t.split()) > 8] == []


MAIN = (
    "grief", "exam", "quarrel", "breakup", "work", "burnout", "family", "loneliness", "sleep", "panic", "worry",
    "low_mood", "numbness", "self_worth", "money", "baby",
)  # fmt: skip


@pytest.mark.parametrize("key", MAIN)
def test_main_topics_have_enough_to_say(key: str) -> None:
    topic = SHELF.topics[key]
    assert len(topic.part("reflect.any")) >= 4
    assert len(topic.part("ask")) >= 3
    assert len(topic.part("validate")) >= 2


def test_there_are_forty_topics_and_fourteen_walks() -> None:
    assert len(SHELF.topics) >= 40
    assert all(t.part("reflect.any") and t.part("ask") and t.part("validate") for t in SHELF.topics.values())
    wanted = {
        "breathing_slow", "box_breathing", "grounding_54321", "thought_record", "worry_time", "behavioural_activation",
        "small_step", "body_scan", "self_compassion", "problem_solving", "urge_surfing", "feet_on_floor",
        "sleep_wind_down", "assertive_words",
    }  # fmt: skip
    assert all(3 <= len(SHELF.walks[name].steps) <= 5 for name in wanted)


def test_every_technique_named_by_a_topic_can_be_walked() -> None:
    assert {name for t in SHELF.topics.values() for name in t.techniques} <= set(SHELF.walks)


@pytest.mark.parametrize("group", sorted({*SHELF.feelings.values(), "loneliness", "numb"}))
def test_feelings_have_six_pieces(group: str) -> None:
    assert len(SHELF.move(f"feel.{group}.soft")) + len(SHELF.move(f"feel.{group}.strong")) >= 6


@pytest.mark.parametrize(
    "move",
    [
        "generic_reflect",
        "invite",
        "rest",
        "greet_new",
        "greet_again",
        "close",
        "thanks",
        "repair",
        "declined",
        "offer",
        "offer_walk",
        "choice",
        "inform_lead",
        "inform_ask",
        "inform_none",
        "celebrate",
        "celebrate_ask",
        "check_self",
        "check_past",
        "check_other",
        "redirect",
        "person",
        "about.default.reply",
        "empty",
        "emoji",
        "foreign",
        "unclear",
        "walk_end",
        "mirror",
    ],
)
def test_moves_have_eight_pieces(move: str) -> None:
    assert len(SHELF.move(move)) >= 8


def _feeling_words(text: str) -> set[str]:
    named = (
        r"\b(?:sad|sadness|angry|anger|afraid|frightened|scared|anxious|worried|asham"
        r"ed|guilty|lonely|disappointed|happy|proud|relieved|furious|nervous)\b"
    )
    return set(re.findall(named, text.lower()))


TEXTS = (
    "My mum died in March and the house is full of her things.",
    "my exam is on Friday",
    "we had a massive row last night",
    "she left me after five years",
    "I can't sleep",
    "I don't feel anything",
    "nobody sat with me at lunch",
    "rent is due",
    "my baby is six weeks old",
    "I keep going to work and coming home",
    "my manager shouted at me",
    "my cat died",
    "I moved here in the spring",
    "it's all the same",
    "I sat on the stairs for an hour",
    "they laughed at me at school",
)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("felt", [(), ("neutral",), ("neutral", "sadness")])
def test_no_feeling_is_named_when_the_reading_is_uncertain(text: str, felt: tuple[Emotion, ...]) -> None:
    history: tuple[PastTurn, ...] = ()
    for strategy in ("explore", "listen", "validate", "explore"):
        c = given(text, strategy, felt=felt, history=history)
        draft = COMPOSER.compose(c)
        lead = draft.text.split(". ")[0]
        assert not _feeling_words(lead) - _feeling_words(text), draft
        assert not any(p.startswith("feel.") and ".numb." not in p for p in draft.pieces)
        history = after(c, draft)


def test_a_clear_feeling_is_named_by_its_strength() -> None:
    soft = COMPOSER.compose(given("it is what it is with him, you see", felt=("anger",), intensity=0.3))
    strong = COMPOSER.compose(given("it is what it is with him, you see", felt=("anger",), intensity=0.9))
    assert any(p.startswith("feel.anger.soft") for p in soft.pieces)
    assert any(p.startswith("feel.anger.strong") for p in strong.pieces)


# -- laws of a reply -----------------------------------------------------------------------------------------------


def test_same_input_same_output() -> None:
    c = given("I had a row with my sister and I can't stop thinking about it", felt=("anger",))
    assert COMPOSER.compose(c) == Composer.load().compose(c)
    assert COMPOSER.reflection(c) == Composer.load().reflection(c)


@pytest.mark.parametrize("text", TEXTS)
def test_a_reply_keeps_to_its_limits(text: str) -> None:
    for strategy in ("explore", "listen", "validate"):
        draft = COMPOSER.compose(given(text, strategy, felt=("sadness",)))
        assert 15 <= len(draft.text.split()) <= MAX_WORDS, draft
        assert draft.text.count("?") <= 1
        assert draft.text.endswith(("?", "."))


def test_no_piece_comes_twice_and_no_opening_twice_running() -> None:
    history: tuple[PastTurn, ...] = ()
    seen: list[str] = []
    for n in range(25):  # then the pools that fit this one sentence are used up
        c = given("I lost my gran and I keep thinking about her", felt=("sadness",), history=history)
        draft = COMPOSER.compose(c)
        pieces = [p for p in draft.pieces if not p.startswith("offered/")]
        assert not set(pieces) & set(seen), (n, draft)
        if history:
            assert words.tokens(draft.text)[:2] != words.tokens(history[-1].reply)[:2]
        seen += pieces
        history = after(c, draft)


def test_when_all_are_used_the_oldest_comes_back() -> None:
    history: tuple[PastTurn, ...] = ()
    for _ in range(12):
        c = given("bye", "close", intent="farewell", history=history)
        history = after(c, COMPOSER.compose(c))
    used = [next(p for p in turn.pieces if p.startswith("close/")) for turn in history]
    bank = len(SHELF.move("close"))
    assert len(set(used[:bank])) == bank
    assert used[bank] == used[0]


def test_a_turn_takes_less_than_five_milliseconds() -> None:
    history: tuple[PastTurn, ...] = ()
    for n in range(40):
        c = given(f"My sister and I had a row about the money again, number {n}, and I can't sleep", history=history)
        history = after(c, COMPOSER.compose(c))
    c = given("she still won't talk to me. " * 300, history=history)
    best = min(_timed(c) for _ in range(7))
    assert best < 0.005


def _timed(c: Conditioning) -> float:
    start = time.perf_counter()
    COMPOSER.compose(c)
    return time.perf_counter() - start


# -- offers, exercises, checks -------------------------------------------------------------------------------------


def test_an_offer_names_the_passage_and_asks_leave() -> None:
    c = given(
        "I worry all day long", "offer_skill", technique="worry_time", passages=(WORRY,), intent="seek_coping_skill"
    )
    draft = COMPOSER.compose(c)
    assert "Giving worry its own time of day" in draft.text
    assert "fifteen minutes tomorrow" in draft.text
    assert "offered/worry_time" in draft.pieces


def test_after_a_yes_the_steps_come_one_a_message_and_then_end() -> None:
    yes = given("ok", "continue", intent="agree", technique="breathing_slow")
    start = given("I can't breathe right, my chest is tight", "offer_skill", technique="breathing_slow", felt=("fear",))
    replies = [draft for _, draft in talk(start, *[yes] * 6)]
    steps = [p for draft in replies for p in draft.pieces if p.startswith("walk.")]
    assert steps == [p.id for p in SHELF.walks["breathing_slow"].steps]
    assert any(p.startswith("walk_end/") for p in replies[5].pieces)


def test_no_second_offer_in_a_row_unless_the_person_takes_it_up() -> None:
    start = given("I worry all day long", "offer_skill", technique="worry_time")
    on = given("my brother rang about the house again", "offer_skill", technique="box_breathing")
    drafts = [draft for _, draft in talk(start, on)]
    assert any(p.startswith("offered/") for p in drafts[0].pieces)
    assert not any(p.startswith("offered/") for p in drafts[1].pieces)


def test_a_refused_skill_is_not_offered_again() -> None:
    offer = given(
        "I worry all day long", "offer_skill", technique="worry_time", passages=(WORRY,), intent="seek_coping_skill"
    )
    no = given("no thanks, not that one", "explore", intent="disagree")
    more = given("it goes on and on at night", "explore")
    drafts = [draft for _, draft in talk(offer, no, more, offer)]
    assert any(p.startswith("declined/") for p in drafts[1].pieces)
    assert "offered/worry_time" not in drafts[3].pieces


def test_after_two_turns_of_exploring_something_is_offered() -> None:
    texts = ("I had a row with my sister", "she says I never help", "it was about the house", "we sold it in June")
    drafts = [draft for _, draft in talk(*[given(t) for t in texts])]
    assert any(p.startswith(("choice/", "offered/")) for draft in drafts[2:3] for p in draft.pieces)


@pytest.mark.parametrize(
    ("intent", "bank"), [("vent", "check_self"), ("past_crisis", "check_past"), ("worry_about_other", "check_other")]
)
def test_a_check_in_asks_one_question_of_the_right_kind(intent: Intent, bank: str) -> None:
    draft = COMPOSER.compose(
        given("It has been dark for a good while with my brother", "check_in", intent=intent, tier=Tier.LOW)
    )
    assert any(p.startswith(f"{bank}/") for p in draft.pieces)
    assert draft.text.count("?") == 1


@pytest.mark.parametrize(
    "answer", ["yes", "Yes, sometimes at night", "yeah", "maybe", "idk", "ok", "...", "👍", "", "🙃", "si"]
)
def test_a_yes_to_the_direct_question_is_never_passed_over(answer: str) -> None:
    first = given("I feel like such a failure", check_in=True, tier=Tier.LOW)
    drafts = [draft for _, draft in talk(first, given(answer, intent="agree"))]
    assert any(p.startswith("check_self/") for p in drafts[0].pieces)
    assert "Help now" in drafts[1].text


def test_a_no_after_a_yes_does_not_end_it() -> None:
    first = given("I feel like such a failure", check_in=True, tier=Tier.LOW)
    drafts = [draft for _, draft in talk(first, given("yes", intent="agree"), given("no", intent="disagree"))]
    assert any(p.startswith("check_near/") for p in drafts[2].pieces)


def test_the_direct_question_is_one_to_which_yes_means_danger() -> None:
    for piece in SHELF.move("check_self"):
        assert re.search(
            r"suicide|ending your life|think about dying|not wanting to be alive|hurting yourself", piece.text
        ) or ("dying" in piece.text), piece


def test_information_is_whole_sentences_of_the_passage() -> None:
    draft = COMPOSER.compose(given("why do I keep worrying", "inform", intent="seek_information", passages=(WORRY,)))
    body = [s for s in re.split(r"(?<=[.])\s+", draft.text) if s in " ".join(WORRY.body.split())]
    assert 2 <= len(body) <= 3
    assert draft.text.endswith("?")


@pytest.mark.parametrize(
    ("text", "bank"),
    [
        ("do i have depression?", "inform_diagnosis"),
        ("am I bipolar", "inform_diagnosis"),
        ("should I double my tablets?", "inform_medicine"),
        ("can i stop taking my meds", "inform_medicine"),
        ("what is the capital of the moon", "inform_none"),
    ],
)
def test_what_it_may_not_answer_goes_to_a_doctor_or_is_left_open(text: str, bank: str) -> None:
    draft = COMPOSER.compose(given(text, "inform", intent="seek_information"))
    assert draft.pieces[0].startswith(f"{bank}/")


@pytest.mark.parametrize(
    ("text", "must"),
    [
        ("are you human", ("program",)),
        ("who can read this chat", ("encrypted", "secre", "counsellors")),
        ("promise not to tell anyone", ("encrypted",)),
        ("are you a qualified therapist?", ("diagnose",)),
        ("can you see me", ("camera",)),
        ("are you real and who reads this", ("program", "encrypted")),
        ("do you get tired of people", ("program",)),
    ],
)
def test_it_tells_the_truth_about_itself(text: str, must: tuple[str, ...]) -> None:
    history: tuple[PastTurn, ...] = ()
    for _ in range(3):
        c = given(text, "about_agent", intent="ask_about_agent", history=history)
        draft = COMPOSER.compose(c)
        text_or_software = draft.text.replace("software", "program")
        assert all(word in text_or_software for word in must), draft
        history = after(c, draft)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Please stop asking me how that makes me feel", "no_questions"),
        ("i dont want tips i want someone to LISTEN", "no_tips"),
        ("you keep repeating yourself", "repeating"),
        ("i already tried that, twice", "tried"),
        ("you're just a bot", "robot"),
    ],
)
def test_a_complaint_is_owned(text: str, kind: str) -> None:
    draft = COMPOSER.compose(given(text, "repair", intent="disagree"))
    assert draft.pieces[0].startswith(f"repair_kinds.{kind}")
    if kind in {"no_questions", "no_tips"}:
        assert "?" not in draft.text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("🙃🙃", "emoji"),
        ("мне очень плохо сегодня", "foreign"),
        ("estoy muy triste y no sé qué hacer", "foreign"),
        ("我很难过", "foreign"),
        ("je suis très fatigué et je ne dors pas", "foreign"),
        ("bcdfgh", "unclear"),
        ("sdkjfh", "unclear"),
    ],
)
def test_what_cannot_be_read_gets_a_gentle_invitation(text: str, kind: str) -> None:
    draft = COMPOSER.compose(given(text, locale="es-ES"))
    assert draft.pieces[0].startswith(f"{kind}/")
    if kind == "foreign":
        assert "English" in draft.text
        assert "Help now" in draft.text


@pytest.mark.parametrize("text", ["ok", "idk", "...", "no", "yes", "meh", "👍", "k"])
def test_short_answers_get_short_gentle_replies(text: str) -> None:
    draft = COMPOSER.compose(given(text))
    assert draft.pieces[0].startswith("ack_")
    assert len(draft.text.split()) < 40


def test_a_bereavement_is_met_with_sorrow_first() -> None:
    draft = COMPOSER.compose(given("My husband passed in March and I still put two cups out."))
    assert draft.text.startswith(("I'm sorry", "I'm so sorry"))


def test_it_looks_back_at_the_exam_day_and_the_person() -> None:
    texts = (
        "my exam is on Friday and my mind goes blank",
        "i talked to my sister a bit",
        "i am scared of the exam",
        "the exam again",
    )
    seen = " ".join(draft.text for _, draft in talk(*[given(t) for t in texts]))
    assert "on Friday" in seen


def test_danger_gets_steady_words_and_a_direct_question() -> None:
    c = given("it won't stop", "crisis", tier=Tier.HIGH)
    assert any(p.startswith("check_self/") for p in COMPOSER.compose(c).pieces)
    line = COMPOSER.reflection(c)
    assert line.pieces[0].startswith("heavy/")


def test_under_a_standing_risk_calm_talk_goes_on_without_offers_or_the_same_question() -> None:
    texts = ("my sister came by today", "we made soup together", "she stayed until nine", "I slept a bit after that")
    drafts = [draft for _, draft in talk(*[given(t, tier=Tier.HIGH) for t in texts])]
    assert not any(p.startswith(("check_", "offered/", "choice/")) for draft in drafts for p in draft.pieces)


def test_a_step_is_answered_by_the_next_step_though_it_was_read_as_venting() -> None:
    start = given("I can't get going with anything", "offer_skill", technique="small_step")
    yes = given("yes please", "continue", intent="agree")
    drafts = [draft for _, draft in talk(start, yes, given("the letter to my landlord, I suppose", "listen"))]
    assert "walk.small_step.steps/1" in drafts[2].pieces


def test_no_to_an_exercise_that_hurts_ends_it() -> None:
    start = given("my chest is tight", "offer_skill", technique="breathing_slow")
    yes = given("yes", "continue", intent="agree")
    drafts = [draft for _, draft in talk(start, yes, given("no this makes me dizzy", "repair", intent="disagree"))]
    assert drafts[2].pieces[0].startswith("walk_hard/")


def test_no_to_the_direct_question_is_not_taken_for_a_complaint() -> None:
    first = given("I feel like such a failure", check_in=True, tier=Tier.LOW)
    no = given("no, nothing like that, I'm only so tired of it", "repair", intent="disagree")
    drafts = [draft for _, draft in talk(first, no)]
    assert drafts[1].pieces[0].startswith("check_no/")


@pytest.mark.parametrize("text", [*TEXTS, "", "...", "👍", "idk"])
def test_a_reflection_is_one_sentence_without_a_question(text: str) -> None:
    draft = COMPOSER.reflection(given(text, felt=("sadness",)))
    assert draft.text
    assert "?" not in draft.text
    assert len(re.findall(r"[.!](?:\s|$)", draft.text)) == 1


# -- the surface tools ---------------------------------------------------------------------------------------------

MIRRORS = [
    ("I can't stop thinking about the argument", None),  # "can't stop" goes on to a known end
    ("I keep thinking about the argument.", "you keep thinking about the argument"),
    ("i keep replaying it", None),
    ("I don't know what to say to my sister", "you don't know what to say to your sister"),
    ("I feel so alone at night", "you feel so alone at night"),
    ("So I was awake until three", "you were awake until three"),
    ("I miss my dad", "you miss your dad"),
    ("I miss talking with my dad", "you miss talking with your dad"),
    ("My head hurts. I couldn't sleep on Sunday.", "you couldn't sleep on Sunday"),
    ("I've been crying all morning", "you've been crying all morning"),
    ("I'm scared of the exam", "you're scared of the exam"),
    ("im worried about my mum and my dad", "you're worried about your mum and your dad"),
    ("I said something to my boss and I was ashamed", "you said something to your boss and you were ashamed"),
    ("I'm worthless", None),
    ("I am a failure", None),
    ("I'm so stupid at school", None),
    ("I feel like a burden to my family", None),
    ("I'm not good enough for this job", None),
    ("I want to die tonight", None),
    ("I can't go on", None),
    ("I don't want to be here", None),
    ("I don't want to wake up", None),
    ("I can't do this anymore", None),
    ("I wish everything would stop", None),
    ("I hate my life", None),
    ("I hate myself for it", None),
    ("I still have my pills", None),
    ("I lost my temper and hit him", None),
    ("I cnat sleep at night", None),
    ("I told Kwame about the party", None),
    ("I feel you don't listen to me", None),
    ("I was so tired that", None),
    ("I feel at 3 am", None),
    ("Am I being silly about my exam?", None),
    ("my sister and her husband", None),
    ("WHY", None),
    ("I", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "turned"), MIRRORS)
def test_mirror_turns_only_what_is_safe(text: str, turned: str | None) -> None:
    if text.startswith("I can't stop thinking"):
        turned = "you can't stop thinking about the argument"
    if text == "I miss my dad":
        turned = "you miss your dad"
    assert words.mirror(text, SHELF.known) == turned


TOPICS = [
    ("My gran died on Tuesday", "grief"),
    ("the funeral was yesterday", "grief"),
    ("My husband passed in March", "grief"),
    ("we had to put my dog to sleep", "grief_pet"),
    ("my cat died and people say it's just a cat", "grief_pet"),
    ("I had a miscarriage", "pregnancy_loss"),
    ("my exams start soon", "exam"),
    ("resits and coursework everywhere", "exam"),
    ("had a massive row with my wife", "quarrel"),
    ("my best friend and I fell out", "quarrel"),
    ("my girlfriend dumped me", "breakup"),
    ("we're getting a divorce", "breakup"),
    ("my boss emails me at midnight", "work"),
    ("I'm completely burnt out", "burnout"),
    ("i got laid off", "job_loss"),
    ("made redundant after 20 years", "job_loss"),
    ("my parents expects so much, family is hard", "family"),
    ("I'm so lonely", "loneliness"),
    ("no one to talk to", "loneliness"),
    ("I can't sleep", "sleep"),
    ("woke up at 4am again", "sleep"),
    ("I had a panic attack on the bus", "panic"),
    ("my heart is racing", "panic"),
    ("I keep worrying", "worry"),
    ("anxiety through the roof", "worry"),
    ("feeling low for weeks", "low_mood"),
    ("I just feel numb", "numbness"),
    ("I feel nothing", "numbness"),
    ("I'm furious with them", "anger"),
    ("I'm so ashamed of it", "shame"),
    ("I'm a failure", "self_worth"),
    ("i hate my body", "body_image"),
    ("behind on rent and bills", "money"),
    ("the biopsy is next week", "illness"),
    ("my back pain never lets up", "pain"),
    ("I'm a carer for my dad", "caring"),
    ("I'm a single mum with two kids", "parenting"),
    ("my newborn won't settle", "baby"),
    ("I'm homesick", "moving_country"),
    ("they bully me", "bullying"),
    ("they made fun of me because of my accent", "bullying"),
    ("racist comments at the shop", "discrimination"),
    ("I haven't come out to my dad", "identity"),
    ("I keep googling my symptoms", "health_anxiety"),
    ("30 days sober", "recovery"),
    ("I can't move on", "moving_on"),
    ("the war in the news", "news"),
    ("I keep procrastinating", "procrastination"),
    ("he cheated with my friend", "infidelity"),
    ("everything is too much", "overwhelm"),
]


@pytest.mark.parametrize(("text", "key"), TOPICS)
def test_topics_are_found(text: str, key: str) -> None:
    found = [topic.key for topic in read(given(text), SHELF).own]
    assert key in found[:2], found


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("my phone died", "grief"),
        ("I died laughing", "grief"),
        ("I'm not lonely", "loneliness"),
        ("my new flat is nice", "numbness"),
        ("My husband passed in March", "good_news"),
        ("we broke up", "money"),
        ("leave me alone", "loneliness"),
        ("that might work", "work"),
        ("she left me on read", "breakup"),
        ("it's not my fault", "self_worth"),
    ],
)
def test_topics_are_not_found_where_they_are_not(text: str, key: str) -> None:
    assert key not in [topic.key for topic in read(given(text), SHELF).own]


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("my mum and my little sister", ["your mum", "your little sister"]),
        ("ma wean is no well", ["your wean"]),
        ("Mum died", ["your mum"]),
        ("me mam rang", ["your mam"]),
        ("my own daddy", ["your own daddy"]),
        ("my boss and my ex husband", ["your boss", "your ex husband"]),
        ("my late husband", ["your late husband"]),
        ("my mother in law", ["your mother-in-law"]),
        ("my lola is ill", ["your lola"]),
        ("my phone and my car", []),
        ("his mum called", []),
        ("my big fat problem", []),
    ],
)
def test_people_are_named_by_role(text: str, phrases: list[str]) -> None:
    assert [p.phrase for p in words.people(text, ROLES)] == phrases


def test_the_one_who_died_and_the_one_quarrelled_with_are_told_apart() -> None:
    lost, other = words.people("My gran died and I had a row with my brother", ROLES)
    assert lost.lost
    assert not lost.rift
    assert other.rift
    assert not other.lost


def test_days_and_durations_are_kept_as_said() -> None:
    assert words.events("my maths exam is on friday") == (words.Event("the maths exam", "on Friday"),)
    assert words.events("the interview is tomorrow") == (words.Event("the interview", "tomorrow"),)
    assert words.durations("it's been like this for three months now") == ("three months",)
    assert words.durations("for two minutes") == ()


def test_a_bad_piece_is_refused_by_name() -> None:
    from agent.generation.composer_pieces import choose

    piece = Piece("x/0", "Hello {person}.", frozenset({"person"}))
    assert piece.fill({}) is None
    assert choose([[piece]], {}, {}, "1") is None
    assert piece.fill({"person": "your mum"}) == "Hello your mum."
