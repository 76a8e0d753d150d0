"""What may fill a slot of a piece: people, days and topics, always from the person's own words. Pure."""

from typing import Final

from agent.domain.turn import Conditioning
from agent.generation import words
from agent.generation.composer_pieces import Shelf, Topic
from agent.generation.composer_stated import stated
from agent.generation.composer_terms import terms

LOOK_BACK: Final = 12  # earlier messages that are read again for topics and people
#: Topics whose name is true of every message that shows them, so that it may be said back later.
_NAMEABLE: Final = terms("grief exam quarrel breakup work sleep money baby school pain panic numbness")
_CLOSE_KINDS: Final = frozenset({"kin", "partner", "friend"})
_NO_CONFIDING: Final = terms("bullying infidelity past_hurt discrimination identity grief grief_pet breakup")


def fill_slots(
    c: Conditioning, shelf: Shelf, own: tuple[Topic, ...], past_topics: list[tuple[Topic, ...]]
) -> dict[str, str]:
    """Slot names with the person's own words for them; a name that is missing cannot be said."""
    roles = dict(shelf.roles)
    now = words.people(c.text, roles)
    before = [p for turn in reversed(c.history[-LOOK_BACK:]) for p in words.people(turn.text, roles)]
    everyone = [*now, *before]
    keys = {topic.key for topic in own}
    lost = {p.phrase for p in everyone if p.lost}
    slots: dict[str, str] = {}

    def put(name: str, value: str | None) -> None:
        if value and name not in slots:
            slots[name] = value

    for p in everyone:
        put("lost", p.phrase if p.lost and p.kind in {"kin", "partner", "friend"} else None)
        put("other", p.phrase if p.rift and p.phrase not in lost and p.kind != "pet" else None)
    put("pet", next((p.phrase for p in everyone if p.kind == "pet"), None))
    alive = [p for p in now if p.phrase not in lost]
    for kind, name in (("kin", "kin"), ("partner", "partner"), ("work", "boss"), ("ex", "ex")):
        put(name, next((p.phrase for p in alive if p.kind == kind and _fits(name, p.role)), None))
    put("ex", next((p.phrase for p in alive if p.kind == "partner"), None) if "breakup" in keys else None)
    put("person", next((p.phrase for p in alive if p.kind != "pet"), None))
    happening = next(iter(words.events(c.text)), None)
    put("event", happening.what if happening else None)
    put("when", happening.when if happening else None)
    put("duration", next(iter(words.durations(c.text)), None))
    put("mirror", words.mirror(c.text, shelf.known))
    feeling = stated(c.text)
    if feeling is not None:
        put("glad" if feeling.glad else "stated", feeling.clause)
    current = own[0] if own else None
    put("topic", current.name if current and current.key in _NAMEABLE else None)
    older = [t for topics in past_topics for t in topics[:1] if t.key in _NAMEABLE and t.key not in keys]
    put("earlier", older[0].name if older else None)
    if not keys & _NO_CONFIDING:
        rift = {p.phrase for p in everyone if p.rift}
        known = [p for p in before if p.kind in _CLOSE_KINDS and p.phrase not in lost | rift | {q.phrase for q in now}]
        put("earlier_person", known[0].phrase if known else None)
    return slots


def _fits(slot: str, role: str) -> bool:
    return slot != "boss" or role in {
        "boss",
        "manager",
        "supervisor",
        "foreman",
        "teacher",
        "coach",
        "lecturer",
        "professor",
    }
