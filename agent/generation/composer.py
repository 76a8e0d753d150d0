"""The authored composer: replies put together from written pieces, with no model.

A reply reflects what was said, takes it seriously or links it to something said before, and makes one move. Same input,
same output; nothing is remembered between calls. Which piece was used is in ``Draft.pieces``, and comes back in
``PastTurn.pieces`` so that it isn't used again while others are left.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from agent.domain.turn import Conditioning, Draft, PastTurn, Strategy
from agent.generation.composer_moves import Moves, repair_kind, wants_to_talk, wants_to_try
from agent.generation.composer_pieces import Chosen, Piece, Shelf, load_shelf
from agent.generation.composer_sentences import Parts
from agent.generation.composer_view import View, read
from agent.generation.looking_back import looking_back

MIN_WORDS: Final = 25
MAX_WORDS: Final = 75
_TALKING: Final[frozenset[Strategy]] = frozenset({"explore", "listen", "validate"})
_ENGAGED: Final = frozenset({"agree", "seek_coping_skill", "homework_followup"})
_MOURNING: Final = frozenset({"grief", "grief_pet", "pregnancy_loss"})
_NOT_NOW: Final = frozenset({"worry_about_other", "past_crisis", "disagree", "share_good_news"})
#: Replies that are complete as they stand, however short.
_WHOLE: Final = (
    "declined",
    "talk_then",
    "inform",
    "repair",
    "check_no",
    "check_yes",
    "generic_validate/",
    "empty/",
    "emoji/",
    "foreign/",
    "unclear/",
)
_LEAD_AND_MOVE: Final = 2
_TURNS_BEFORE_OFFER: Final = 2


class Composer:
    """Writes the reply of a turn from the pieces on the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._moves = Moves(shelf)

    @classmethod
    def load(cls, folder: Path | None = None) -> "Composer":
        """Read the pieces of ``folder``, the packaged ones by default. ``ValueError`` names a bad piece."""
        return cls(load_shelf(folder))

    @property
    def shelf(self) -> Shelf:
        """The pieces, for checks and reports."""
        return self._shelf

    def compose(self, c: Conditioning) -> Draft:
        """Compose the reply: 2 to 4 sentences, at most one question."""
        view = read(c, self._shelf)
        strategy = self._strategy(view)
        parts = [p for p in self._parts(view, strategy) if p is not None]
        return _draft(self._fit(view, strategy, parts))

    def reflection(self, c: Conditioning) -> Draft:
        """One sentence that names what was said or felt, and asks nothing."""
        view = read(c, self._shelf)
        heavy = self._shelf.move("heavy")
        pools = [heavy] if c.tier.elevated else [*self._moves.lead_pools(view), heavy]
        chosen = self._moves.pick(view, *(tuple(filter(_is_single, pool)) for pool in pools), first=True)
        return _draft([chosen] if chosen else [])

    def looking_back(self, turns: Sequence[PastTurn]) -> str:
        """What a talk was about so far, as a short note; "" where there is nothing to say."""
        return looking_back(turns, self._shelf)

    def _strategy(self, view: View) -> Strategy:
        """Return the planned strategy, unless what was said or offered just before rules it out."""
        c, planned = view.c, view.c.plan.strategy
        talking = planned in _TALKING
        accepted = view.offered_just_now and c.intent == "agree"
        again = planned == "offer_skill" and view.offered_just_now and c.intent not in _ENGAGED
        unasked = planned == "offer_skill" and c.intent not in _ENGAGED
        planned_only = c.plan.technique and not (view.last and view.last.pieces)
        under_way = view.offered or planned_only or view.last_used("walk.") or c.plan.resume is not None
        nothing_under_way = not under_way
        rules: tuple[tuple[bool, Strategy], ...] = (
            (view.asked_and("no") and planned == "repair", "explore"),
            (planned == "repair" and view.used_lately("walk.", 1), "continue"),
            (self._moves.walks_on(view), "continue"),
            (accepted and (talking or planned == "offer_skill"), "continue"),
            ((talking or planned == "continue") and wants_to_try(view), "offer_skill"),
            (again or (unasked and view.fresh_topic) or (planned == "continue" and nothing_under_way), "explore"),
            (planned == "explore" and not c.tier.elevated and self._time_to_offer(view), "offer_skill"),
        )
        return next((strategy for holds, strategy in rules if holds), planned)

    def _time_to_offer(self, view: View) -> bool:
        lately = view.c.history[-_TURNS_BEFORE_OFFER:]
        told = len(lately) == _TURNS_BEFORE_OFFER and all(past.strategy == "explore" for past in lately)
        offered = view.used_lately("offered/", _TURNS_BEFORE_OFFER) or view.used_lately("choice/", _TURNS_BEFORE_OFFER)
        glad = view.group == "joy" or view.c.intent in _NOT_NOW
        return told and not offered and not glad and not view.fresh_topic and not view.c.plan.check_in

    def _parts(self, view: View, strategy: Strategy) -> Parts:
        m = self._moves
        special = self._special(view, strategy)
        if special:
            return special
        if strategy == "continue":
            return m.go_on(view) or m.talk(view, "explore")
        if strategy == "offer_skill":
            return self._offer(view)
        moves = {
            "inform": m.inform, "celebrate": m.celebrate, "check_in": m.check_in, "connect_person": m.connect,
            "about_agent": m.about_agent, "follow_homework": m.follow, "redirect": m.redirect, "greet": m.greet,
            "close": m.close, "accept_thanks": m.thanks, "repair": m.repair, "normalise": m.normalise,
            "summarise": m.summarise,
        }  # fmt: skip
        return moves[strategy](view) if strategy in moves else m.talk(view, strategy)

    def _special(self, view: View, strategy: Strategy) -> Parts | None:
        """Return what the message itself calls for, before any plan; ``None`` if it calls for nothing."""
        m, c = self._moves, view.c
        talking = strategy in _TALKING
        refuses = c.intent == "disagree" and (talking or strategy in {"repair", "offer_skill"})
        short = bool(view.brief) and not c.plan.check_in and not view.asked_and("no")
        limits, homework = m.limits(view), m.homework(view)
        planned_talk = talking or strategy in {"continue", "follow_homework", "accept_thanks", "repair", "celebrate"}
        rules: tuple[tuple[bool, Callable[[View], Parts]], ...] = (
            (strategy == "crisis", m.steady),
            (view.asked_and("yes") or view.asked_and("unsure"), m.affirmed),
            (view.last_used("check_yes/") or view.asked_and("quiet"), m.stay_near),
            (view.last_used("check_self/") and view.kind in {"emoji", "empty", "unclear"}, m.stay_near),
            (view.kind != "plain" and not view.brief and strategy != "continue", m.unreadable),
            ((talking or strategy == "repair") and wants_to_talk(view), m.talk_on),
            (homework is not None and planned_talk, lambda _: homework or []),
            (view.last_used("look_back/") and planned_talk and c.tier == 0, m.follow),
            (limits is not None, lambda _: limits or []),
            (refuses and bool(repair_kind(view)), m.repair),
            (refuses and view.offered_just_now, m.declined),
            (short and strategy != "continue" and c.plan.strategy in _TALKING, m.brief),
            (short and strategy == "repair" and view.brief == "no", m.brief),
        )
        return next((move(view) for holds, move in rules if holds), None)

    def _offer(self, view: View) -> Parts:
        m, planned = self._moves, view.c.plan
        asked = planned.strategy == "offer_skill" or planned.technique or view.c.passages or wants_to_try(view)
        mourning = view.running is not None and view.running.key in _MOURNING
        if mourning and view.c.intent not in _ENGAGED and not view.c.passages:
            asked = False  # an exercise out of the blue is no answer to a death
        if not asked and not view.used_lately("choice/", 50):
            return m.choice(view)
        return m.offer(view) or m.talk(view, "explore")

    def _fit(self, view: View, strategy: Strategy, parts: list[Chosen]) -> list[Chosen]:
        """Keep to the word limits: leave out the middle of a long reply, add to a very short one."""
        if _count(parts) > MAX_WORDS and len(parts) > _LEAD_AND_MOVE:
            parts = [
                p for n, p in enumerate(parts) if n != (0 if strategy in {"offer_skill", "inform", "continue"} else 1)
            ]
        fills = strategy in _TALKING and not view.brief and not any(p.id.startswith(_WHOLE) for p in parts)
        if fills and len(parts) > 1 and _count(parts) < MIN_WORDS:
            extra = self._moves.filler(view, {p.id for p in parts})
            at = len(parts) - 1 - any(p.id.startswith("offered/") for p in parts)
            parts = [*parts[:at], extra, *parts[at:]] if extra else parts
        return parts


def _count(parts: list[Chosen]) -> int:
    return sum(len(p.text.split()) for p in parts)


def _is_single(piece: Piece) -> bool:
    return "?" not in piece.text and len(re.findall(r"[.!](?:\s|$)", piece.text)) == 1


def _draft(parts: list[Chosen]) -> Draft:
    text = " ".join(p.text for p in parts if p.text)
    return Draft(text, "authored", tuple(p.id for p in parts))
