"""The authored words of the danger path, and the help card."""

import re

import pytest

from agent.domain.risk import RiskAssessment, Tier
from agent.safety.crisis import CrisisWords
from agent.safety.helplines import Helplines, emergency_of
from classifiers.labels import DOMAINS

WORDS, LINES = CrisisWords.load(), Helplines.load()
TIERS = (Tier.MODERATE, Tier.HIGH, Tier.IMMINENT)
#: Claims that no authored text may make of itself; only ``told`` says who was told, from the record.
CLAIMS = re.compile(
    r"\b(?:on (?:their|the) way|has been (?:told|informed|alerted)|i(?:'ve| have) (?:called|alerted|contacted)|"
    r"promise me|i promise|is reading (?:this|along)|keep (?:this|it) (?:secret|between us))\b",
    re.IGNORECASE,
)


def risk(tier: Tier, domain: str | None, whose: str = "self") -> RiskAssessment:
    domains = (domain,) if domain else ()
    return RiskAssessment(tier, tier, domains, (), whose, retraction=False, degraded=False, policy_version="t")  # type: ignore[arg-type]


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("domain", [None, *DOMAINS])
@pytest.mark.parametrize("whose", ["self", "other"])
@pytest.mark.parametrize("moment", ["first", "said", "later", "retraction"])
def test_there_are_words_for_every_danger(tier: Tier, domain: str | None, whose: str, moment: str) -> None:
    chosen = WORDS.choose(risk(tier, domain, whose), moment, frozenset(), "seed")  # type: ignore[arg-type]
    text = WORDS.fill(chosen.text, LINES.card("GB"), "case_open_unknown")
    assert len(text) > 20
    assert "{" not in text
    assert chosen.tier == tier
    assert chosen.whose == whose


@pytest.mark.parametrize("tier", TIERS)
def test_words_do_not_repeat_while_others_are_left(tier: Tier) -> None:
    used: set[str] = set()
    for _ in range(6):
        chosen = WORDS.choose(risk(tier, "suicide"), "later", frozenset(used), "seed")
        assert chosen.id not in used
        used.add(chosen.id)


@pytest.mark.parametrize("text", WORDS.texts, ids=lambda t: t.id)
def test_a_text_is_short_asks_at_most_one_thing_and_claims_nothing(text) -> None:
    assert re.sub(r"\"[^\"]*\"", "", text.text).count("?") <= 1
    assert len(text.text.split()) <= 95
    assert not CLAIMS.search(text.text)
    assert "not thinking of" not in text.text.lower()


def test_imminent_danger_names_the_emergency_number_in_its_first_sentence() -> None:
    firsts = [t for t in WORDS.texts if t.tier == Tier.IMMINENT and t.moment == "first"]
    assert firsts
    for text in firsts:
        filled = WORDS.fill(text.text, LINES.card("GB"), "case_open_unknown")
        assert "999" in re.split(r"(?<=[.!?])\s", filled)[0]


def test_nobody_is_said_to_be_told_when_nothing_was_stored() -> None:
    for text in WORDS.texts:
        filled = WORDS.fill(text.text, LINES.card("GB"), "not_stored")
        assert "on the list that the counsellors" not in filled
        assert WORDS.told["not_stored"] in filled


def test_at_least_25_countries_and_a_fallback_each_row_with_its_source() -> None:
    assert len(LINES.cards) >= 26
    for card in LINES.cards.values():
        assert card.emergency
        assert card.updated
        for line in card.lines:
            assert line.source
            assert line.phone or line.text or line.web


@pytest.mark.parametrize(
    ("locale", "country"),
    [
        ("en-GB", "GB"),
        ("de_AT", "AT"),
        ("es-419", "ZZ"),
        ("en", "ZZ"),
        ("", "ZZ"),
        ("xx-QQ", "ZZ"),
        ("zh-Hant-TW", "TW"),
    ],
)
def test_a_locale_finds_its_country_or_the_international_card(locale: str, country: str) -> None:
    assert LINES.country_of(locale) == country


def test_an_unknown_country_still_gets_a_card() -> None:
    card = LINES.card("QQ")
    assert card.international
    assert card.lines
    assert emergency_of(card)


def test_the_lines_for_the_danger_come_first() -> None:
    assert "abuse" in LINES.card("GB", ("abuse",)).lines[0].topics
    assert "child_safety" in LINES.card("GB", ("child_safety",)).lines[0].topics
