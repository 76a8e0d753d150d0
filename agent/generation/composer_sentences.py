"""The three places of an ordinary reply: a reflection, a second sentence, a question."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from agent.generation.composer_pieces import Chosen, Piece, Shelf, choose
from agent.generation.composer_view import View, earlier_event, earlier_words

Parts = list[Chosen | None]

_LASTING: Final = re.compile(
    r"you (?:can't|don't|keep|feel|miss|still|never|always|dread|worry)\b|you're\b|you haven't\b"
)
_ANGRY: Final = frozenset({"anger", "annoyance"})
_NO_SOUR: Final = frozenset({"good_news", "recovery"})
#: Topics with a day that matters to them.
_WITH_A_DAY: Final = frozenset({"exam", "work", "worry", "panic", "grief", "social_anxiety", "job_loss"})
_ENOUGH_TO_LINK: Final = 2  # turns before there is something to look back at
_TOLD: Final = 4  # turns of talk after which the story is mostly told


class Sentences:
    """Chooses the sentences of a reply. Holds the shelf and no state between calls."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def pick(
        self, view: View, *pools: Sequence[Piece], first: bool = False, more: Mapping[str, str] | None = None
    ) -> Chosen | None:
        """Choose from the first pool that has a piece left; ``first`` if it opens the reply, with new words."""
        slots = {**view.slots, **(more or {})}
        return choose(pools, slots, view.used, view.salt, view.avoid if first else "")

    def move(self, view: View, *names: str, first: bool = False) -> Chosen | None:
        """Choose a piece of the named moves, in that order of preference."""
        return self.pick(view, *(self.shelf.move(name) for name in names), first=first)

    def spare(self, view: View, *pools: Sequence[Piece]) -> Chosen | None:
        """Like ``pick``, for a sentence that is better left out than said twice."""
        chosen = self.pick(view, *pools)
        return None if chosen and chosen.id in view.used else chosen

    def lead_pools(self, view: View) -> list[Sequence[Piece]]:
        """Pools for the reflection, the most fitting first."""
        c = view.c
        if c.intent == "worry_about_other":
            return [self.shelf.move("other_reflect")]
        if c.intent == "past_crisis":
            return [self.shelf.move("past_reflect")]
        said = [self.shelf.move(name) for name in ("stated", "glad") if name in view.slots]
        exact = [*said, *(topic.part("reflect") for topic in view.noticed[:2])]
        mirror = [] if view.used_lately("mirror/", 3) else [self.shelf.move("mirror")]
        topic = [p for t in view.own[:2] for p in (t.part(f"reflect.{view.group}"), t.part("reflect.any"))]
        feeling = [self.shelf.move(f"feel.{view.group}.{'strong' if view.strong else 'soft'}")] if view.group else []
        general = [self.shelf.move("generic_reflect")]
        if c.intent == "seek_coping_skill" and not (view.own or view.noticed):
            return [self.shelf.move("skill_lead")]
        if view.fresh_topic:
            topic = [t.part("reflect.first") for t in view.own[:1]] + topic
            return [*said, *topic, *exact, *mirror, *feeling, *general]
        if view.own and len(c.history) % 2:
            return [*exact, *feeling, *mirror, *topic, *general]
        return [*exact, *mirror, *feeling, *topic, *general]

    def tone(self, view: View, strategy: str) -> Sequence[Piece]:
        """Pieces of a strategy in the tone of the feeling that was read, by its strength; none without a feeling.

        What is only disapproved of is not spoken of as anger.
        """
        if not view.group or (view.group == "anger" and _ANGRY.isdisjoint(view.c.felt)):
            return ()
        return self.shelf.move(f"tone.{view.group}.{strategy}.{'strong' if view.strong else 'soft'}")

    def lead(self, view: View) -> Chosen | None:
        """Choose the reflection."""
        return self.pick(view, *self.lead_pools(view), first=True)

    def middle(self, view: View, lead: Chosen | None) -> Chosen | None:
        """Choose a link to something said before, the second thing noticed, or a validation."""
        link = self.link(view)
        if link:
            return link
        c = view.c
        if c.intent == "worry_about_other":
            return self.move(view, "other_validate")
        used = lead.id if lead else ""
        pools: list[Sequence[Piece]] = []
        if view.fresh_topic and not any(used.startswith(f"notice.{t.key}.") for t in view.noticed):
            pools += [t.part("reflect") for t in view.noticed[:1]]
        pools += [t.part("validate") for t in view.noticed[:2]]
        about = view.own[:1] or ((view.running,) if view.running else ())
        topical = [t.part("validate") for t in about if t.key not in _NO_SOUR or view.group in {"joy", ""}]
        feeling = [self.shelf.move(f"feel.{view.group}.link")] if view.group else []
        known = [self.tone(view, "normalise")]
        pools += [*feeling, *known, *topical] if len(c.history) % 2 else [*topical, *known, *feeling]
        return self.spare(view, *pools, self.shelf.move("generic_validate"))

    def filler(self, view: View, have: set[str]) -> Chosen | None:
        """One more fitting sentence for a reply that came out very short."""
        about = [t.part("validate") for t in (*view.noticed[:1], *view.own[:1]) if t.key not in _NO_SOUR]
        feeling = [self.shelf.move(f"feel.{view.group}.link")] if view.group else []
        pools = [*about, *feeling]
        banks = {ident.split("/")[0] for ident in have}
        return self.spare(view, *(pool for pool in pools if pool and pool[0].id.split("/")[0] not in banks))

    def link(self, view: View) -> Chosen | None:
        """Say a true word about something said earlier; seldom, so that it stays a sign of listening."""
        if "duration" in view.slots and not view.used_lately("link_long/", 8):
            return self.move(view, "link_long")
        if view.links or len(view.c.history) < _ENOUGH_TO_LINK or view.brief:
            return None
        event = earlier_event(view)
        near = view.running is not None and view.running.key in _WITH_A_DAY
        if event and near and "event" not in view.slots and not view.used_lately("link_event/", 50):
            return self.pick(view, self.shelf.move("link_event"), more={"event": event.what, "when": event.when})
        if view.fresh_topic and "earlier" in view.slots and "topic" in view.slots:
            return self.move(view, "link_topic")
        quote = earlier_words(view, self.shelf)
        if quote and _LASTING.match(quote) and not view.used_lately("link_quote/", 50):
            return self.pick(view, self.shelf.move("link_quote"), more={"earlier_mirror": quote})
        return None

    def ask(self, view: View) -> Chosen | None:
        """One open question."""
        c = view.c
        if c.intent == "worry_about_other":
            return self.move(view, "check_other")
        if c.intent == "past_crisis":
            return self.move(view, "check_past")
        turns = sum(1 for past in c.history if past.strategy in {"explore", "listen", "validate", "offer_skill"})
        order = ("ask_early", "ask_mid", "ask_late") if turns < 1 else ("ask_mid", "ask_late", "ask_early")
        if turns > _TOLD:
            order = ("ask_late", "ask_mid", "ask_early")
        about = (view.running,) if view.running else ()
        pools = [t.part("ask") for t in view.noticed[:2]]
        if "earlier_person" in view.slots and not view.used_lately("link_person_ask/", 50) and turns > 1:
            pools.append(self.shelf.move("link_person_ask"))
        pools += [t.part("ask") for t in about]
        known_since = "duration" in view.slots
        kept = [
            tuple(p for p in pool if not (known_since and re.search(r"ow long|first notice", p.text))) for pool in pools
        ]
        toned = [] if view.used_lately("tone.", 1) else [self.tone(view, "ask")]
        return self.pick(view, *kept, *toned, *(self.shelf.move(name) for name in order))

    def come_back(self, view: View, moves: Mapping[str, str]) -> Parts:
        """Say something that was told before, in the person's own words; nothing if there is nothing to say."""
        note = view.c.plan.note
        if note is None or note.kind not in moves or '"' in note.text or "?" in note.text:
            return []
        said = self.pick(view, self.shelf.move(moves[note.kind]), more={"earlier": note.text.rstrip(".! ")})
        return [said, Chosen(f"note/{note.id}", "")]

    def check(self, view: View) -> Chosen | None:
        """Choose the one direct question, by whose danger it is."""
        by_intent = {"worry_about_other": "check_other", "past_crisis": "check_past"}
        return self.move(view, by_intent.get(view.c.intent, "check_self"))
