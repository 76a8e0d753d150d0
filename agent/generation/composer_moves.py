"""The moves of a reply: one function for each strategy, each giving the pieces in the order they are read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from agent.domain.turn import Passage, Strategy
from agent.generation.composer_pieces import Chosen, Piece, Shelf, Walk, choose
from agent.generation.composer_view import View, earlier_event, earlier_words

Pools = Iterable[Sequence[Piece]]
Parts = list[Chosen | None]

_DIAGNOSIS: Final = re.compile(
    r"\b(?:do i have|have i got) (?:\w+ ){0,2}(?:depression|anxiety|disorder|ptsd|ocd|adhd|bipolar|bpd|autism|cancer|dementia|syndrome"
    r"|schizophrenia|psychosis|anorexia|bulimia|illness)\b|\bam i (?:depressed|bipolar|autistic|psychotic|ocd|adhd|traumati[sz]ed|a narcissist)\b"
    r"|\b(?:is (?:this|it)|could (?:this|it) be) (?:depression|anxiety|ptsd|ocd|adhd|bipolar|bpd|autism|burnout|a disorder)\b|\bdiagnose\b"
)
_MEDICINE: Final = re.compile(
    r"\b(?:dos(?:e|es|age)|tablets?|pills?|meds|medication|medicine|antidepressants?|ssris?|sertraline|fluoxetine|prozac|lithium"
    r"|benzos?|xanax|valium)\b"
)
_ASKS: Final = re.compile(r"\?|^(?:should|can|could|how|what|is|do|does|would|why)\b")
_TRY: Final = re.compile(r"\b(?:try|trying|step|small|exercise|something calming|calming|second|ease|help)\b")
_NAMED: Final = (("step", "small_step"), ("breath", "breathing_slow"), ("calm", "breathing_slow"), ("sleep", "sleep_wind_down"),
    ("focus", "small_step"), ("start", "small_step"), ("switch", "rumination_shift"), ("thoughts", "rumination_shift"),
    ("conversation", "assertive_words"), ("panic", "breathing_slow"), ("angry", "feet_on_floor"), ("worry", "worry_time"),
)  # fmt: skip
_TALK: Final = re.compile(r"\b(?:talk|talking|listen|listening|heard|hear|vent|tell|stay)\b")
_LONG_STEP: Final = 32
_SENTENCE: Final = re.compile(r"(?<=[.!])\s+(?=[A-Z\"'])")
_LEANING: Final = frozenset(
    "it this that these they then some so but and he she such there also another both others their its for each".split()
)
_STOP: Final = frozenset("the a an of to in on and or is are what how why does do it my i me you for with that can".split())
_BODY_WORDS: Final = 44
_LASTING: Final = re.compile(r"you (?:can't|don't|keep|feel|miss|still|never|always|dread|worry)\b|you're\b|you haven't\b")
_SHORT_ANSWER: Final = 8
_NO_SOUR: Final = frozenset({"good_news", "recovery"})


class Moves:
    """Chooses pieces for a view. Holds the shelf and no state between calls."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def pick(self, view: View, *pools: Sequence[Piece], first: bool = False, more: Mapping[str, str] | None = None) -> Chosen | None:
        """A piece of the first pool that has one left. ``first``: it opens the reply, so its opening must be new."""
        slots = {**view.slots, **(more or {})}
        return choose(pools, slots, view.used, view.salt, view.avoid if first else "")

    def move(self, view: View, *names: str, first: bool = False) -> Chosen | None:
        """A piece of the named moves, in that order of preference."""
        return self.pick(view, *(self.shelf.move(name) for name in names), first=first)

    # -- the three places of an ordinary reply ---------------------------------------------------------------------

    def lead_pools(self, view: View) -> list[Sequence[Piece]]:
        """Pools for the reflection, the most fitting first."""
        c = view.c
        if c.intent == "worry_about_other":
            return [self.shelf.move("other_reflect")]
        if c.intent == "past_crisis":
            return [self.shelf.move("past_reflect")]
        exact = [topic.part("reflect") for topic in view.noticed[:2]]
        mirror = [] if view.used_lately("mirror/", 3) else [self.shelf.move("mirror")]
        topic = [p for t in view.own[:2] for p in (t.part(f"reflect.{view.group}"), t.part("reflect.any"))]
        feeling = [self.shelf.move(f"feel.{view.group}.{'strong' if view.strong else 'soft'}")] if view.group else []
        general = [self.shelf.move("generic_reflect")]
        if c.intent == "seek_coping_skill" and not (view.own or view.noticed):
            return [self.shelf.move("skill_lead")]
        if view.fresh_topic:
            topic = [t.part("reflect.first") for t in view.own[:1]] + topic
            return [*topic, *exact, *mirror, *feeling, *general]
        if view.own and len(c.history) % 2:
            return [*exact, *feeling, *mirror, *topic, *general]
        return [*exact, *mirror, *feeling, *topic, *general]

    def lead(self, view: View) -> Chosen | None:
        """The reflection."""
        return self.pick(view, *self.lead_pools(view), first=True)

    def middle(self, view: View, lead: Chosen | None) -> Chosen | None:
        """A link to something said before, the second thing noticed, or a validation."""
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
        pools += [*feeling, *topical] if len(c.history) % 2 else [*topical, *feeling]
        return self.pick(view, *pools, self.shelf.move("generic_validate"))

    def filler(self, view: View, strategy: Strategy, have: set[str]) -> Chosen | None:
        """One more fitting sentence for a reply that came out very short."""
        about = [t.part("validate") for t in (*view.noticed[:1], *((view.running,) if view.running else ()))]
        feeling = [self.shelf.move(f"feel.{view.group}.link")] if view.group else []
        pools = [self.shelf.move("celebrate_more")] if strategy == "celebrate" else [*about, *feeling]
        pools.append(self.shelf.move("generic_validate"))
        return self.pick(view, *(tuple(p for p in pool if p.id not in have) for pool in pools))

    def link(self, view: View) -> Chosen | None:
        """A true word about something said earlier; seldom, so that it stays a sign of listening."""
        if "duration" in view.slots and not view.used_lately("link_long/", 8):
            return self.move(view, "link_long")
        if view.links or len(view.c.history) < 2 or view.brief:  # noqa: PLR2004 - nothing to look back at
            return None
        event = earlier_event(view)
        near = view.running is not None and view.running.key in {"exam", "work", "worry", "panic", "grief", "social_anxiety", "job_loss"}
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
        if turns > 4:  # noqa: PLR2004 - by then the story is told
            order = ("ask_late", "ask_mid", "ask_early")
        about = (view.running,) if view.running else ()
        pools = [t.part("ask") for t in view.noticed[:2]]
        if "earlier_person" in view.slots and not view.used_lately("link_person_ask/", 50) and turns > 1:
            pools.append(self.shelf.move("link_person_ask"))
        pools += [t.part("ask") for t in about]
        known_since = "duration" in view.slots
        kept = [tuple(p for p in pool if not (known_since and re.search(r"ow long|first notice", p.text))) for pool in pools]
        return self.pick(view, *kept, *(self.shelf.move(name) for name in order))

    def check(self, view: View) -> Chosen | None:
        """The one direct question, by whose danger it is."""
        by_intent = {"worry_about_other": "check_other", "past_crisis": "check_past"}
        return self.move(view, by_intent.get(view.c.intent, "check_self"))

    # -- strategies ------------------------------------------------------------------------------------------------

    def talk(self, view: View, strategy: Strategy) -> Parts:
        """Reflect, take it seriously, and leave room: explore asks, listen invites, validate rests."""
        if view.asked_and("no"):
            exact = self.pick(view, *(t.part("reflect") for t in view.noticed[:1]), self.shelf.move("generic_validate"))
            return [self.move(view, "check_no", first=True), exact, self.ask(view)]
        lead = self.lead(view)
        parts: Parts = [lead, self.middle(view, lead)]
        if view.c.plan.check_in:
            return [*parts, self.check(view)]
        if strategy == "listen":
            return [*parts, self.move(view, "invite")]
        if strategy == "validate":
            return [*parts, self.move(view, "rest")]
        return [*parts, self.ask(view)]

    def brief(self, view: View) -> Parts:
        """A short answer ("ok", "no", "idk") gets a short one."""
        ack = self.move(view, f"ack_{view.brief}", first=True)
        if view.brief in {"unsure", "quiet"}:
            return [ack, self.move(view, "small_ask")]
        return [ack, self.ask(view)]

    def choice(self, view: View) -> Parts:
        """Ask whether to go on talking or to look for something that helps."""
        return [self.lead(view), self.middle(view, None), self.move(view, "choice")]

    def offer(self, view: View) -> Parts | None:
        """A skill with permission, in one small step; ``None`` if there is none that was not refused."""
        lead = self.move(view, "check_no", first=True) if view.asked_and("no") else self.lead(view)
        for passage in view.c.passages:
            words = self._offered_passage(view, passage, lead)
            if words:
                return words
        walk = self._walk_to_offer(view)
        if walk is None:
            return None
        more = {"name": walk.name, "about": walk.about}
        said = self.pick(view, self.shelf.move("offer_walk"), more=more)
        return [lead, said, self.move(view, "offer_ask"), Chosen(f"offered/{walk.key}", "")]

    def _offered_passage(self, view: View, passage: Passage, lead: Chosen | None) -> Parts | None:
        title, step = _clean(passage.title).rstrip("."), _clean(passage.step or "")
        asked_for = view.c.plan.technique
        if passage.technique in view.refused or (asked_for and passage.technique != asked_for):
            return None
        if not step or "?" in title or step.count("?") > 1 or len(step.split()) > _LONG_STEP:
            return None
        step = step if step.endswith((".", "?", "!", '"')) else f"{step}."
        if not step.startswith(("I ", "I'")):
            step = step[:1].lower() + step[1:]
        said = self.pick(view, self.shelf.move("offer"), more={"title": title, "step": step})
        end = self.move(view, "offer_say" if "?" in step else "offer_ask")
        return [lead, said, end, Chosen(f"offered/{passage.technique}", "")]

    def _walk_to_offer(self, view: View) -> Walk | None:
        planned = view.c.plan.technique
        names = [planned] if planned else [p.technique for p in view.c.passages]
        if not planned:
            names = [*(skill for cue, skill in _NAMED if cue in " ".join(view.said)), *names]
            names += view.running.techniques if view.running else ()
        names += [] if planned else ["feet_on_floor", "breathing_slow", "small_step"]
        done = {p.removeprefix("offered/") for past in view.c.history for p in past.pieces if p.startswith("offered/")}
        walks = [walk for name in names if name and (walk := self.shelf.walks.get(name))]
        open_walks = [w for w in walks if w.key not in view.refused and not any(self._same(r, w) for r in view.refused)]
        return next((w for w in open_walks if w.key not in done), open_walks[0] if open_walks else None)

    def _same(self, technique: str, walk: Walk) -> bool:
        known = self.shelf.walks.get(technique)
        return known is not None and known.key == walk.key

    def go_on(self, view: View) -> Parts | None:
        """The next step of the exercise under way; ``None`` if there is none."""
        name = view.offered or view.c.plan.technique or ""
        walk = self.shelf.walks.get(name)
        if view.c.intent == "disagree" or view.has("follow_hard"):
            return [self.move(view, "walk_hard", first=True)]
        if walk is None:
            opened = view.used_lately("walk_open/", 3)
            return None if opened or not name else [self.move(view, "walk_open", first=True)]
        if view.last and any(p.startswith("walk_end/") for p in view.last.pieces):
            return None
        done = _steps_done(view, walk)
        if done >= len(walk.steps):
            return [self.move(view, "walk_end", first=True)]
        step = walk.steps[done]
        parts: Parts = [self.move(view, "walk_ack" if done else "walk_start", first=True), Chosen(step.id, step.text)]
        if walk.paced and "?" not in step.text and not re.search(r"\b[Ww]rite\b", step.text):
            parts.append(self.move(view, "walk_back"))
        return parts

    def inform(self, view: View) -> Parts:
        """A few whole sentences of what was found, then a question; says so when nothing was found."""
        passage = view.c.passages[0] if view.c.passages else None
        body = _best_sentences(passage.body, view.said) if passage else ""
        if not body or passage is None:
            return [self.move(view, "inform_none", first=True)]
        told = Chosen(f"passage/{passage.id}", body)
        return [self.move(view, "inform_lead", first=True), told, self.move(view, "inform_ask")]

    def limits(self, view: View) -> Parts | None:
        """Questions that only a doctor or pharmacist can answer."""
        flat = " ".join(view.c.text[:600].lower().replace("’", "'").split())
        if not (_ASKS.search(flat) or view.c.plan.strategy == "inform"):
            return None
        if _MEDICINE.search(flat):
            return [self.move(view, "inform_medicine", first=True)]
        return [self.move(view, "inform_diagnosis", first=True)] if _DIAGNOSIS.search(flat) else None

    def celebrate(self, view: View) -> Parts:
        """Be glad with them."""
        glad = [t for t in view.noticed if t.key in {"found_out_good", "days_clean", "small_win"}]
        more = self.pick(view, *(t.part("reflect") for t in glad), self.shelf.move("celebrate_more"))
        about = [t for t in view.own if t.key == "good_news"]
        ask = self.pick(view, *(t.part("ask") for t in (*glad, *about)), self.shelf.move("celebrate_ask"))
        return [self.move(view, "celebrate", first=True), more, ask]

    def check_in(self, view: View) -> Parts:
        """Reflect, say where people are, and ask straight."""
        pools = self.lead_pools(view) if view.own or view.noticed or view.c.intent in {"past_crisis", "worry_about_other"} else []
        lead = self.pick(view, *pools, self.shelf.move("check_lead"), first=True)
        return [lead, self.move(view, "check_help"), self.check(view)]

    def connect(self, view: View) -> Parts:
        """Where people can be reached; says nothing of who has been told."""
        return [self.move(view, "person", first=True), self.move(view, "person_stay"), self.move(view, "person_ask")]

    def about_agent(self, view: View) -> Parts:
        """The truth about this program, by what was asked."""
        if view.has("about.human") and view.has("about.secrecy"):
            return [self.move(view, "about_both", first=True)]
        kinds = ("secrecy", "memory", "senses", "doctor", "human", "feelings", "can_do")
        asked = [kind for kind in kinds if view.has(f"about.{kind}")] or ["default"]
        pools = (self.shelf.move(f"about.{kind}.reply") for kind in (asked[0], "default"))
        return [self.pick(view, *pools, first=True)]

    def follow(self, view: View) -> Parts:
        """What came of something they set out to do."""
        order = [hit.removeprefix("follow_") for hit in view.hits if hit.startswith("follow_")]
        kind = "hard" if "hard" in order else "done"
        if "not" in order and "done" not in order[: order.index("not")]:
            kind = "not"
        lead = self.move(view, f"follow_{kind}.reply", first=True)
        middle = self.pick(view, *(t.part("reflect") for t in view.noticed[:1]))
        return [lead, middle, self.move(view, f"follow_ask.{kind}")]

    def redirect(self, view: View) -> Parts:
        """Kindly out of scope."""
        return [self.move(view, "redirect", first=True), self.move(view, "redirect_ask")]

    def greet(self, view: View) -> Parts:
        """Hello; if they came with something, begin there."""
        if view.own or view.noticed:
            lead = self.move(view, "greet_lead", first=True)
            return [lead, self.pick(view, *(t.part("reflect.any") for t in view.own[:1])), self.ask(view)]
        again = bool(view.c.history) or "again" in view.said or "back" in view.said
        return [self.move(view, "greet_again" if again else "greet_new", first=True)]

    def close(self, view: View) -> Parts:
        """Goodbye, with one thing from the talk."""
        event = earlier_event(view)
        more = {"event": event.what, "when": event.when} if event else {}
        topic = view.running.name if view.running and view.slots.get("earlier") == view.running.name else view.slots.get("earlier", "")
        more |= {"earlier": topic}
        link = self.pick(view, self.shelf.move("close_event"), self.shelf.move("close_link"), more=more) if view.c.history else None
        hard = view.c.tier > 0 or any(past.tier > 0 for past in view.c.history)
        return [link, self.move(view, "close", first=link is None), self.move(view, "close_help") if hard else None]

    def thanks(self, view: View) -> Parts:
        """Accept thanks and give the credit back."""
        return [self.move(view, "thanks", first=True), self.move(view, "thanks_next")]

    def repair(self, view: View) -> Parts:
        """Own the miss, and ask what would help."""
        kind = repair_kind(view)
        if kind:
            return [self.pick(view, self.shelf.move(f"repair_kinds.{kind}.reply"), first=True)]
        return [self.move(view, "repair", first=True), self.move(view, "repair_ask")]

    def talk_on(self, view: View) -> Parts:
        """They chose to go on talking."""
        return [self.move(view, "talk_then", first=True), self.move(view, "invite")]

    def affirmed(self, view: View) -> Parts:
        """A yes to the direct question: never let it pass, whatever the tier says."""
        return [self.move(view, "check_yes", first=True)]

    def declined(self, view: View) -> Parts:
        """A no to an offer is fine."""
        return [self.move(view, "declined", first=True), self.move(view, "declined_next")]

    def steady(self, view: View) -> Parts:
        """Danger is answered elsewhere; if a draft is asked for all the same, it is this."""
        return [self.move(view, "heavy", first=True), self.move(view, "check_help"), self.move(view, "check_self")]

    def unreadable(self, view: View) -> Parts:
        """Nothing that can be answered in words: empty, an emoji, another language, or unclear."""
        return [self.move(view, view.kind, first=True)]


def repair_kind(view: View) -> str:
    """What exactly missed: too many questions, tips, repeats, a hollow tone, something tried already; or ""."""
    kinds = ("no_questions", "no_tips", "repeating", "tried", "robot")
    return next((kind for kind in kinds if view.has(f"repair_kinds.{kind}")), "")


def wants_to_try(view: View) -> bool:
    """Whether the person took the "small thing" side of a choice just offered."""
    if not (view.last and any(p.startswith("choice/") for p in view.last.pieces)):
        return False
    return view.c.intent == "seek_coping_skill" or bool(_TRY.search(view.c.text[:200].lower()))


def wants_to_talk(view: View) -> bool:
    """Whether the person took the "go on talking" side of a choice just offered, and said little else."""
    if not (view.last and any(p.startswith("choice/") for p in view.last.pieces)) or len(view.said) > _SHORT_ANSWER:
        return False
    return bool(_TALK.search(view.c.text[:200].lower()))


def _steps_done(view: View, walk: Walk) -> int:
    done = 0
    for past in view.c.history:
        if any(p.startswith("offered/") for p in past.pieces):
            done = 0
        done = max([done, *(n + 1 for n, step in enumerate(walk.steps) if step.id in past.pieces)])
    return done


def _clean(text: str) -> str:
    return " ".join(re.sub(r"[{}<>\n]", " ", text).split())


def _best_sentences(body: str, said: tuple[str, ...]) -> str:
    """Two or three whole sentences next to each other that speak most to the question, within the word budget."""
    wanted = {w[:5] for w in said if w not in _STOP}
    best: tuple[float, str] = (-1.0, "")
    for paragraph in (p for p in re.split(r"\n\s*\n", body) if not p.lstrip().startswith("#")):
        sentences = _SENTENCE.split(_clean(paragraph))
        for n in range(len(sentences)):
            if sentences[n].split(" ")[0].lower() in _LEANING:
                continue
            for size in (2, 3):
                text = " ".join(sentences[n : n + size])
                if len(sentences) < n + size or "?" in text or len(text.split()) > _BODY_WORDS:
                    continue
                overlap = sum(w[:5] in wanted for w in re.findall(r"[a-z0-9]+", text.lower()))
                score = overlap - 0.1 * n + 0.05 * (size == 2)  # noqa: PLR2004
                best = max(best, (score, text), key=lambda pair: pair[0])
    return best[1]
