"""The moves of a reply: one function for each strategy, each giving the pieces in the order they are read."""

import re
from typing import Final

from agent.domain.turn import PastTurn, Strategy
from agent.generation.composer_pieces import Chosen
from agent.generation.composer_sentences import Parts
from agent.generation.composer_skills import Skills
from agent.generation.composer_view import View, earlier_event
from agent.generation.looking_back import looking_back

_TRY: Final = re.compile(r"\b(?:try|trying|step|small|exercise|something calming|calming|second|ease|help)\b")
_RATHER_TALK: Final = re.compile(
    r"\b(?:rather|just|only|prefer to) (?:want to |wanna |need to |like to )?"
    r"(?:talk|vent|be heard|get it off my chest)\b"
)
_TALK: Final = re.compile(r"\b(?:talk|talking|listen|listening|heard|hear|vent|tell|stay)\b")
_LIGHT: Final = frozenset({"farewell", "gratitude", "greeting", "agree", "disagree"})
_SHORT_ANSWER: Final = 8


class Moves(Skills):
    """One function a strategy."""

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
            return [*parts, self.pick(view, self.tone(view, "invite"), self.shelf.move("invite"))]
        if strategy == "validate":
            return [*parts, self.move(view, "rest")]
        return [*parts, self.ask(view)]

    def brief(self, view: View) -> Parts:
        """Meet a short answer ("ok", "no", "idk") with a short reply."""
        ack = self.move(view, f"ack_{view.brief}", first=True)
        if view.brief in {"unsure", "quiet"}:
            return [ack, self.move(view, "small_ask")]
        return [ack, self.ask(view)]

    def normalise(self, view: View) -> Parts:
        """Others know this, too; with a few sentences of what was found, if anything was."""
        known = self.pick(view, self.tone(view, "normalise"), self.shelf.move("normalise"), first=True)
        told = self.told(view)
        return (
            [known, told, self.move(view, "inform_ask")] if told else [known, self.middle(view, known), self.ask(view)]
        )

    def summarise(self, view: View) -> Parts:
        """Say what was understood so far, and ask whether it is right."""
        now = PastTurn(view.c.text, "", view.c.tier, None)
        so_far = looking_back([*view.c.history, now], self.shelf)
        if not so_far:
            return self.choice(view)
        return [self.move(view, "summarise", first=True), Chosen("summary/0", so_far), self.move(view, "summarise_ask")]

    def choice(self, view: View) -> Parts:
        """Ask whether to go on talking or to look for something that helps."""
        return [self.lead(view), self.middle(view, None), self.move(view, "choice")]

    def celebrate(self, view: View) -> Parts:
        """Be glad with them."""
        glad = [t for t in view.noticed if t.key in {"found_out_good", "days_clean", "small_win"}]
        more = self.pick(view, *(t.part("reflect") for t in glad), self.shelf.move("celebrate_more"))
        about = [t for t in view.own if t.key == "good_news"]
        ask = self.pick(view, *(t.part("ask") for t in (*glad, *about)), self.shelf.move("celebrate_ask"))
        return [self.move(view, "celebrate", first=True), more, ask]

    def check_in(self, view: View) -> Parts:
        """Reflect, say where people are, and ask straight."""
        whose = view.c.intent in {"past_crisis", "worry_about_other"}
        told = view.c.intent not in _LIGHT and bool(view.own or view.noticed)
        pools = self.lead_pools(view) if whose or told else []
        lead = self.pick(view, *pools, self.shelf.move("check_lead"), first=True)
        return [lead, self.move(view, "check_help"), self.check(view)]

    def connect(self, view: View) -> Parts:
        """Where people can be reached; says nothing of who has been told."""
        return [self.move(view, "person", first=True), self.move(view, "person_stay"), self.move(view, "person_ask")]

    def about_agent(self, view: View) -> Parts:
        """Tell the truth about this program, by what was asked."""
        asked = view.c.plan.asked
        if {"human", "secrecy"} <= {*asked} or (view.has("about.human") and view.has("about.secrecy")):
            return [self.move(view, "about_both", first=True)]
        if asked:
            return [self.move(view, f"about.{asked[0]}.reply", first=True)]
        kinds = ("secrecy", "memory", "senses", "doctor", "human", "feelings", "can_do")
        meant = [kind for kind in kinds if view.has(f"about.{kind}")] or ["default"]
        pools = (self.shelf.move(f"about.{kind}.reply") for kind in (meant[0], "default"))
        return [self.pick(view, *pools, first=True)]

    def follow(self, view: View) -> Parts:
        """Take up what came of something they set out to do."""
        order = [hit.removeprefix("follow_") for hit in view.hits if hit.startswith("follow_")]
        kind = "hard" if "hard" in order else "done"
        if view.brief == "no" or view.said[:1] == ("no",) or view.said[:2] == ("not", "yet"):
            kind = "not"
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
        if view.c.plan.set_out:
            more = {"step": view.c.plan.set_out.rstrip(".! ")}
            return [
                self.move(view, "look_back_hello", first=True),
                self.pick(view, self.shelf.move("look_back"), more=more),
            ]
        told = self.come_back(view, {"person": "note_person", "goal": "note_goal", "talk": "note_talk"})
        if told:
            return [self.move(view, "look_back_hello", first=True), *told]
        again = bool(view.c.history) or "again" in view.said or "back" in view.said
        return [self.move(view, "greet_again" if again else "greet_new", first=True)]

    def close(self, view: View) -> Parts:
        """Goodbye, with one thing from the talk."""
        event = earlier_event(view)
        more = {"event": event.what, "when": event.when} if event else {}
        topic = (
            view.running.name
            if view.running and view.slots.get("earlier") == view.running.name
            else view.slots.get("earlier", "")
        )
        more |= {"earlier": topic}
        link = (
            self.pick(view, self.shelf.move("close_event"), self.shelf.move("close_link"), more=more)
            if view.c.history
            else None
        )
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
        """Take up a yes to the direct question: it never passes, whatever the tier says."""
        return [self.move(view, "check_yes", first=True)]

    def stay_near(self, view: View) -> Parts:
        """Stay with someone who has just said yes to the direct question, whatever they write next."""
        return [self.move(view, "heavy", first=True), self.move(view, "check_help"), self.move(view, "check_near")]

    def declined(self, view: View) -> Parts:
        """Accept a no to an offer."""
        return [self.move(view, "declined", first=True), self.move(view, "declined_next")]

    def steady(self, view: View) -> Parts:
        """Danger is answered elsewhere; if a draft is asked for all the same, it is this."""
        return [self.move(view, "heavy", first=True), self.move(view, "check_help"), self.move(view, "check_self")]

    def unreadable(self, view: View) -> Parts:
        """Nothing that can be answered in words: empty, an emoji, another language, or unclear."""
        return [self.move(view, view.kind, first=True)]


def repair_kind(view: View) -> str:
    """Name what missed: too many questions, tips, repeats, a hollow tone, something tried already; or ""."""
    kinds = ("no_questions", "no_tips", "repeating", "tried", "robot")
    return next((kind for kind in kinds if view.has(f"repair_kinds.{kind}")), "")


def wants_to_try(view: View) -> bool:
    """Whether the person took the "small thing" side of a choice just offered."""
    if not (view.last and any(p.startswith("choice/") for p in view.last.pieces)):
        return False
    return view.c.intent == "seek_coping_skill" or bool(_TRY.search(view.c.text[:200].lower()))


def wants_to_talk(view: View) -> bool:
    """Whether the person wants to go on talking: says so, or took that side of a choice just offered."""
    if _RATHER_TALK.search(view.c.text[:200].lower()):
        return True
    if not (view.last and any(p.startswith("choice/") for p in view.last.pieces)) or len(view.said) > _SHORT_ANSWER:
        return False
    return bool(_TALK.search(view.c.text[:200].lower()))
