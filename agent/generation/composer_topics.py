"""Which topics and which feeling a message shows, and what the talk is about. Pure."""

from collections.abc import Mapping
from typing import Final

from agent.domain.turn import Conditioning
from agent.generation import words
from agent.generation.composer_pieces import Shelf, Topic
from agent.generation.composer_terms import terms

#: Feelings that may be named under a topic of trouble only if the topic has its own words for them.
_BRIGHT: Final = frozenset({"joy", "love"})
_TENDER: Final = terms("grief grief_pet family relationship caring parenting baby pet friends breakup")
#: States, which colour a topic but seldom are one, and broad topics, which a mere mention must not bring up.
STATES: Final = terms(
    "worry low_mood shame anger overwhelm tired self_worth panic numbness decision sleep perfectionism"
)
_BROAD: Final = terms(
    "family friends relationship parenting school faith pet news ageing weather_mood work social_anxiety"
)
_MENTION: Final = 2
_WITHIN: Final = (
    ("grief_pet", "grief"),
    ("grief_pet", "pet"),
    ("pregnancy_loss", "baby"),
    ("job_loss", "work"),
    ("burnout", "tired"),
    ("burnout", "work"),
    ("sleep", "tired"),
    ("bullying", "school"),
    ("health_anxiety", "worry"),
    ("health_anxiety", "illness"),
    ("breakup", "relationship"),
    ("infidelity", "relationship"),
    ("baby", "parenting"),
    ("panic", "worry"),
    ("caring", "illness"),
    ("exam", "school"),
    ("quarrel", "family"),
    ("quarrel", "relationship"),
    ("loneliness", "school"),
    ("recovery", "good_news"),
    ("grief", "weather_mood"),
    ("grief", "family"),
    ("grief", "low_mood"),
    ("breakup", "low_mood"),
    ("grief", "parenting"),
    ("quarrel", "low_mood"),
    ("social_anxiety", "worry"),
    ("quarrel", "friends"),
    ("exam", "worry"),
    ("grief", "sleep"),
    ("numbness", "low_mood"),
    ("money", "worry"),
    ("grief", "good_news"),
    ("self_worth", "perfectionism"),
    ("quarrel", "anger"),
    ("quarrel", "parenting"),
    ("burnout", "overwhelm"),
    ("money", "housing"),
    ("pregnancy_loss", "grief"),
)
_GLAD: Final = frozenset({"found_out_good", "days_clean", "small_win", "memory_good"})


def found_in(text: str, shelf: Shelf) -> tuple[tuple[str, ...], list[tuple[str, int, int]]]:
    """Return the words of a text and the cues in them."""
    said = words.tokens(text)
    return said, shelf.book.find(said)


def ranked(found: list[tuple[str, int, int]], prefix: str, shelf: Mapping[str, Topic]) -> tuple[Topic, ...]:
    """Return the topics with that prefix among the cues, the most spoken of first."""
    order = list(shelf)
    scores: dict[str, int] = {}
    for owner, _, length in found:
        if owner.startswith(prefix):
            key = owner.removeprefix(prefix)
            scores[key] = scores.get(key, 0) + length
    return tuple(shelf[key] for key in sorted(scores, key=lambda k: (-scores[k], order.index(k))))


def running_topic(own: tuple[Topic, ...], before: list[tuple[Topic, ...]]) -> Topic | None:
    """Find what the talk is about: what happened stays the topic when only a state ("worried") is named later."""
    latest = [topic for topics in (own, *reversed(before)) for topic in topics]
    return next((t for t in latest if t.key not in STATES | _BROAD), latest[0] if latest else None)


def kept(own: tuple[Topic, ...], running: Topic | None) -> tuple[Topic, ...]:
    """Own topics with what happened before states; a person or place that is only mentioned gives way to it."""
    settled = running is not None and running.key not in STATES | _BROAD
    kept = [t for t in own if not (settled and t.key in _BROAD)]
    return tuple(sorted(kept, key=lambda t: t.key in STATES | _BROAD))


def topics_of(found: list[tuple[str, int, int]], shelf: Shelf, *, talking: bool = False) -> tuple[Topic, ...]:
    """Return the topics of the cues; ``talking`` when the talk is under way, and a mention counts for less."""
    topics = ranked(found, "topic.", shelf.topics)
    least = _MENTION if talking else 1  # one small word is a mention and no topic, the more so amid a talk
    weight: dict[str, int] = {}
    for owner, _, length in found:
        weight[owner] = weight.get(owner, 0) + length
    topics = tuple(t for t in topics if t.key not in _BROAD or weight[f"topic.{t.key}"] > least)
    keys = {topic.key for topic in topics}
    # The narrow topic speaks before the broad one it lies within.
    hidden = {broad for narrow, broad in _WITHIN if narrow in keys}
    return tuple(topic for topic in topics if topic.key not in hidden)


def feeling_group(c: Conditioning, shelf: Shelf, own: tuple[Topic, ...], noticed: tuple[Topic, ...]) -> str:
    """Return the feeling that may be named, or "" when it is uncertain."""
    keys = {topic.key for topic in own}
    first = c.felt[0] if c.felt else "neutral"
    group = shelf.feelings.get(first, "")
    if (
        group in _BRIGHT
        and keys
        and not keys & ({"good_news", "recovery"} | (_TENDER if group == "love" else frozenset()))
    ):
        group = ""
    if group == "joy" and any(topic.key not in _GLAD for topic in noticed):
        group = ""
    if group == "grief" and not keys & {"grief", "grief_pet", "pregnancy_loss", "breakup"}:
        group = "sadness"  # the read-out knows no difference between mourning and deep sadness; the topic does
    if group in {"", "sadness"} and noticed and noticed[0].key in {"feel_nothing", "autopilot"}:
        return "numb"
    if group == "sadness" and noticed and noticed[0].key in {"lonely_said", "no_one_to_tell"}:
        return "loneliness"
    return group
