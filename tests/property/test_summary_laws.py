"""The handoff summary quotes and invents nothing, whatever was written and whatever is on the record."""

import re
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from summary_talks import TALK, event, of_talks, stored

from agent.api.summary_view import summary_values
from agent.api.templates import TEMPLATES, WEB
from agent.domain.risk import Driver, Tier
from agent.escalation.summary.cues import CLEAR, TOPICS, SummaryCues
from agent.escalation.summary.quoting import LONGEST, quotation
from agent.escalation.summary.write import WANTED, Claim, Summary

CUES = SummaryCues.load()
OTHER = UUID(int=2)
PIECES = st.sampled_from([
    "I have 40 pills in my drawer", "i dont have any pills", "I have no pills", "I have not got a rope", "no plan",
    "my brother has a gun", "got a rope in the loft", "I'm going to do it tonight", "i never tried to kill myself",
    "I tried to kill myself last year", "I have a plan", "I’m alone", "im not alone", '"I have a plan"',
    "> I have a gun",
    "he said “I have a rope” and hung up", "if I had a gun", "my dog needs me", "told my therapist", "I'm in my car",
    "i took the whole bottle", "forget it", "lol", "and", "but", "not", "no", "never", "yesterday", "🫠", "p i l l s",
    "I haaave a rope", "wrote a letter", "nobody is home", "\u202e", "e\u0301", "。", "in the film", "988", "x" * 230,
    "When I was 16 I kept razors under my bed", "I have" + " " * 240 + "a rope",
])  # fmt: skip
JOINS = st.sampled_from([" ", ". ", ", ", "\n", "\n\n", "! ", "… ", ""])
WRITTEN = st.lists(st.tuples(PIECES | st.text(max_size=30), JOINS), min_size=1, max_size=12).map(
    lambda parts: "".join(piece + join for piece, join in parts)
)
KINDS = st.sampled_from(["opened", "risk", "reopened", "claimed", "paged", "step_down", "closed"])
NO = re.compile(r"\b(?:no|not|never|without|(?:do|have|did)n['’]?t) +(?:\w+ +)?$", re.IGNORECASE)


@st.composite
def records(draw):
    """Messages in two conversations, and events whose drivers quote one of them, or something nobody wrote."""
    talks = {
        place: [stored(i, text) for i, text in enumerate(draw(st.lists(WRITTEN, max_size=4)), 1)]
        for place in (TALK, OTHER)
    }
    events = []
    for _ in range(draw(st.integers(0, 4))):
        place, seq = draw(st.sampled_from([TALK, OTHER])), draw(st.integers(1, 5))
        text = next((t.text for t in talks[place] if t.seq == seq), "nobody wrote this")
        a, b = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        frame = draw(st.sampled_from(["now", "past", "other", "negated", "hypothetical"]))
        entry = draw(st.sampled_from(["en.means", "es.plan", "en.took-pills", "en.hopeless"]))
        words = draw(st.sampled_from([text[a:b], text, text[:159] + "…", "made up", ""]))
        driver = Driver(
            draw(st.sampled_from(["lexicon", "text_model", "history"])), draw(st.sampled_from(list(Tier)[1:])),
            f"suicide/{frame}/{entry}", words,
        )  # fmt: skip
        events.append(event(draw(KINDS), seq, draw(st.sampled_from(list(Tier)[1:])), (driver,), place))
    return talks, events


def every_claim(summary: Summary) -> list[tuple[str, Claim]]:
    topical = [(topic, c) for topic, claims in summary.topics.items() for c in claims]
    perhaps = [("unclear", c) for c in summary.unclear.values() if isinstance(c, Claim)]
    return [*topical, *perhaps, *(("said", c) for c in summary.said), *(("aside", c) for c in summary.aside)]


@given(records())
@settings(max_examples=300, deadline=None)
def test_every_claim_quotes_the_words_that_stand_at_its_span(record) -> None:
    talks, events = record
    texts = {(place, t.seq): t.text for place, turns in talks.items() for t in turns}
    for _, claim in every_claim(of_talks(talks, events)):
        span, cue = claim.span, claim.cue
        text = texts[span.conversation_id, span.turn_seq]
        assert 0 <= span.start < span.end <= len(text)
        assert claim.quote == text[span.start : span.end]
        assert claim.quote.strip() == claim.quote != ""
        assert (cue.conversation_id, cue.turn_seq) == (span.conversation_id, span.turn_seq)
        assert span.start <= cue.start < cue.end <= span.end
        assert len(claim.quote) <= max(LONGEST, cue.end - cue.start)


@given(records())
@settings(max_examples=300, deadline=None)
def test_what_stands_in_a_section_is_supported_by_its_own_words_and_not_denied(record) -> None:
    talks, events = record
    drivers = {(e.conversation_id, e.turn_seq, d.detail) for e in events for d in e.drivers}
    for section, claim in every_claim(of_talks(talks, events)):
        if section in TOPICS:
            assert claim.frame == "now" or (section == "attempt" and claim.frame == "past")
        else:
            assert section in {"said", "unclear"} or claim.frame != "now"
        if (claim.span.conversation_id, claim.span.turn_seq, claim.why) in drivers or claim.frame == "taken_back":
            continue  # the driver's own words are in the span (the test above); its frame was decided with the risk
        offset = claim.span.start
        found = {(c.entry, c.start + offset, c.end + offset): c for c in CUES.book.cues(claim.quote)}
        here = found[claim.why, claim.cue.start, claim.cue.end]
        assert section in {here.domain, "aside"} if here.tier == CLEAR else section == "unclear"
        if section in {"means", "plan", "taken"}:
            before, words = claim.quote[: claim.cue.start - offset], claim.quote[claim.cue.start - offset :]
            assert not NO.search(before)
            assert not re.match(r"(?:i )?have (?:no|not|never) ", words, re.IGNORECASE)


@given(records())
@settings(max_examples=100, deadline=None)
def test_unknown_is_exactly_what_no_section_and_no_denial_speaks_of(record) -> None:
    summary = of_talks(*record)
    assert set(summary.unknown) <= set(WANTED)
    assert not set(summary.unknown) & set(summary.topics)
    assert not set(summary.unclear) & {*summary.unknown, *summary.topics}
    assert set(WANTED) - {*summary.topics, *summary.unknown, *summary.unclear} <= {
        t for c in summary.aside for t in WANTED if c.frame == "negated" or "aside" in summary.more
    }


class Read(HTMLParser):
    """The text of a page: what stands in quotations, in times, and everything else."""

    def __init__(self) -> None:
        super().__init__()
        self.within: list[str] = []
        self.quotes: list[str] = []
        self.times: list[str] = []
        self.rest: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        del attrs
        self.within.append(tag)
        if tag == "q":
            self.quotes.append("")

    def handle_endtag(self, tag) -> None:
        while self.within.pop() != tag:
            pass

    def handle_data(self, data) -> None:
        if "q" in self.within:
            self.quotes[-1] += data
        elif "time" in self.within:
            self.times.append(data)
        else:
            self.rest += data.split()


WRITTEN_BY_US = " ".join(
    Path(WEB, "templates", "counsellor", name).read_text("utf-8").lower() for name in ("_summary.html", "_tier.html")
)
SHOWN = TEMPLATES.env.get_template("counsellor/_summary.html")


@given(records())
@settings(max_examples=100, deadline=None)
def test_the_page_holds_our_labels_the_persons_words_and_recorded_facts_and_nothing_else(record) -> None:
    talks, events = record
    values = summary_values(of_talks(talks, events), TALK)
    page = Read()
    page.feed(SHOWN.render(case={"summary": values}))
    texts = [t.text.replace("\r\n", "\n").replace("\r", "\n") for turns in talks.values() for t in turns]
    for quote in page.quotes:
        assert quote
        assert any(quote.replace("\r\n", "\n").replace("\r", "\n") in text for text in texts)
    recorded = {str(m) for m in (e.at for e in events)} | {str(t.received_at) for ts in talks.values() for t in ts}
    assert set(page.times) <= recorded
    numbers = {str(t.seq) for ts in talks.values() for t in ts} | {str(e.turn_seq) for e in events}
    for word in page.rest:
        assert word.lower() in WRITTEN_BY_US or word in numbers, word


@given(WRITTEN.filter(bool), st.data())
@settings(max_examples=300, deadline=None)
def test_a_quotation_holds_its_words_whatever_the_message(text, data) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    start, end = start + len(text[start:end]) - len(text[start:end].lstrip()), start + len(text[start:end].rstrip())
    if start < end:
        a, b = quotation(text, start, end)
        assert a <= start < end <= b
        assert b - a <= max(LONGEST, end - start)
        assert text[a:b] == text[a:b].strip()
