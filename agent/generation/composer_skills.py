"""Skills and information: an offer with permission, an exercise step by step, a few sentences of what was found."""

import re
from typing import Final

from agent.care.in_chat import step_of
from agent.domain.turn import Passage
from agent.generation.composer_pieces import Chosen, Walk
from agent.generation.composer_sentences import Parts, Sentences
from agent.generation.composer_terms import terms
from agent.generation.composer_view import View

_DIAGNOSIS: Final = re.compile(
    r"\b(?:do i have|have i got) (?:\w+ ){0,2}(?:depression|anxiety|disorder|ptsd|ocd|adhd|bipolar|bpd"
    r"|autism|cancer|dementia|syndrome"
    r"|schizophrenia|psychosis|anorexia|bulimia|illness)\b|\bam i (?:depressed|bipolar|autistic|psychotic"
    r"|ocd|adhd|traumati[sz]ed|a narcissist)\b"
    r"|\b(?:is (?:this|it)|could (?:this|it) be) (?:depression|anxiety|ptsd|ocd|adhd|bipolar|bpd|autism"
    r"|burnout|a disorder)\b|\bdiagnose\b"
)
_MEDICINE: Final = re.compile(
    r"\b(?:dos(?:e|es|age)|tablets?|pills?|meds|medication|medicine|antidepressants?|ssris?|sertraline"
    r"|fluoxetine|prozac|lithium"
    r"|benzos?|xanax|valium)\b"
)
_ASKS: Final = re.compile(r"\?|^(?:should|can|could|how|what|is|do|does|would|why)\b")
_NAMED: Final = (
    ("step", "small_step"),
    ("breath", "breathing_slow"),
    ("calm", "breathing_slow"),
    ("sleep", "sleep_wind_down"),
    ("focus", "small_step"),
    ("start", "small_step"),
    ("switch", "rumination_shift"),
    ("thoughts", "rumination_shift"),
    ("conversation", "assertive_words"),
    ("panic", "breathing_slow"),
    ("angry", "feet_on_floor"),
    ("worry", "worry_time"),
)
_ANSWERS: Final = frozenset({"agree", "vent", "homework_followup", "share_good_news"})
#: What no answer to a step that asks for words looks like.
_ELSEWHERE: Final = frozenset(
    {"disagree", "seek_person", "ask_about_agent", "farewell", "out_of_scope", "seek_information", "seek_coping_skill"}
)
_STOP_IT: Final = re.compile(
    r"(?:please |ok(?:ay)? |no,? |sorry,? )*(?:stop\b|enough\b|no more\b|leave it\b|not now\b|let'?s (?:stop|leave)\b"
    r"|can we (?:stop|leave)\b|i(?:'d| would)? (?:like|want|need) to stop\b|i don'?t (?:want|like) (?:to|this|it)\b)",
    re.IGNORECASE,
)
_DONE: Final = frozenset({"done", "did", "ready", "next", "finished", "ok", "okay"})
_LONG_STEP: Final = 32
_SENTENCE: Final = re.compile(r"(?<=[.!])\s+(?=[A-Z\"'])")
_LEANING: Final = terms(
    "it this that these they then some so but and he she such there also another both others their its for each"
)
_STOP: Final = terms("the a an of to in on and or is are what how why does do it my i me you for with that can")
_BODY_WORDS: Final = 44


class Skills(Sentences):
    """What can be tried or known."""

    def offer(self, view: View) -> Parts | None:
        """Offer a skill with permission, in one small step; ``None`` if there is none that was not refused."""
        lead = self.move(view, "check_no", first=True) if view.asked_and("no") else self._way_in(view)
        told = self.come_back(view, {"helped": "note_helped"})
        if told:
            return [lead, *told]
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

    def _way_in(self, view: View) -> Chosen | None:
        """What was heard; and by turns what such a feeling asks for, so that an offer does not come out of the blue."""
        heard = view.own or view.noticed or view.slots.keys() & {"stated", "glad"}
        return (
            self.lead(view) if heard else self.pick(view, self.tone(view, "offer"), *self.lead_pools(view), first=True)
        )

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
        open_walks = [w for w in open_walks if not w.against & view.c.against]
        return next((w for w in open_walks if w.key not in done), open_walks[0] if open_walks else None)

    def _same(self, technique: str, walk: Walk) -> bool:
        known = self.shelf.walks.get(technique)
        return known is not None and known.key == walk.key

    def go_on(self, view: View) -> Parts | None:
        """Give the next step of the exercise under way; ``None`` if there is none."""
        resume = view.c.plan.resume
        name = (view.offered if resume is None else "") or view.c.plan.technique or ""
        walk = self.shelf.walks.get(name)
        if view.c.intent == "disagree" or view.has("follow_hard") or _stops(view):
            return [self.move(view, "walk_hard", first=True)]
        if walk is None:
            opened = view.used_lately("walk_open/", 3)
            return None if opened or not name else [self.move(view, "walk_open", first=True)]
        if resume is None and view.last_used("walk_end/"):
            return None
        if walk.against & view.c.against:
            return [self.move(view, "walk_hard", first=True)]
        done = _steps_done(view, walk)
        if resume is None and done >= len(walk.steps):
            return [self.move(view, "walk_end", first=True)]
        stated = "stated" in view.slots and view.last_used("walk.")
        lead = "walk_resume" if resume else "walk_ack" if done and resume is None else "walk_start"
        lead = "walk_stated" if stated else lead
        done = done if resume is None else resume
        step = walk.steps[done]
        parts: Parts = [self.move(view, lead, first=True), Chosen(step.id, step.text)]
        if walk.paced and "?" not in step.text and not re.search(r"\b[Ww]rite\b", step.text):
            parts.append(self.move(view, "walk_back"))
        return parts

    def walks_on(self, view: View) -> bool:
        """Whether the message answers a step of the exercise under way, whatever it was taken for."""
        walk = self.shelf.walks.get(view.offered)
        if walk is None or not view.last_used("walk.") or view.c.tier.elevated or view.c.plan.check_in:
            return False
        if _stops(view):
            return True
        if step_of(view.last.pieces if view.last else ()) in walk.writing:
            return view.c.intent not in _ELSEWHERE  # what is written there may well be a hard thought
        return (
            view.c.tier == 0
            and view.c.intent in _ANSWERS
            and (bool(view.brief) or not walk.paced or bool(_DONE & set(view.said[:6])))
        )

    def homework(self, view: View) -> Parts | None:
        """After an exercise: ask when it will be tried; then say that it is kept. ``None`` if neither is due."""
        if view.c.tier > 0 or view.c.intent == "disagree" or view.brief == "no" or view.has("follow_hard"):
            return None
        if view.last_used("walk_homework/"):
            return [self.move(view, "homework_noted", first=True)] if view.said and not view.brief else None
        walk = self.shelf.walks.get(view.offered)
        if walk is None or not walk.homework or not view.last_used("walk_end/"):
            return None
        return [self.move(view, "homework_lead", first=True), Chosen(f"walk_homework/{walk.key}", walk.homework)]

    def inform(self, view: View) -> Parts:
        """Tell a few whole sentences of what was found, then a question; says so when nothing was found."""
        told = self.told(view)
        if told is None:
            return [self.move(view, "inform_none", first=True)]
        heard = [name for name in ("stated", "glad") if name in view.slots]
        return [self.move(view, *heard, "inform_lead", first=True), told, self.move(view, "inform_ask")]

    def told(self, view: View) -> Chosen | None:
        """A few whole sentences of the best passage that was found."""
        passage = view.c.passages[0] if view.c.passages else None
        body = _best_sentences(passage.body, view.said) if passage else ""
        return Chosen(f"passage/{passage.id}", body) if passage and body else None

    def limits(self, view: View) -> Parts | None:
        """Questions that only a doctor or pharmacist can answer."""
        for kind in ("medicine", "diagnosis"):
            if kind in view.c.plan.asked:
                return [self.move(view, f"inform_{kind}", first=True)]
        flat = " ".join(view.c.text[:600].lower().replace("’", "'").split())
        if not (_ASKS.search(flat) or view.c.plan.strategy == "inform"):
            return None
        if _MEDICINE.search(flat):
            return [self.move(view, "inform_medicine", first=True)]
        return [self.move(view, "inform_diagnosis", first=True)] if _DIAGNOSIS.search(flat) else None


def _stops(view: View) -> bool:
    """Whether somebody says that an exercise under way is to end."""
    return view.last_used("walk.") and bool(_STOP_IT.match(view.c.text.strip().replace("’", "'")))


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
    sizes = (2, 3)
    best: tuple[float, str] = (-1.0, "")
    for paragraph in (p for p in re.split(r"\n\s*\n", body) if not p.lstrip().startswith("#")):
        sentences = _SENTENCE.split(_clean(paragraph))
        for n in range(len(sentences)):
            if sentences[n].split(" ")[0].lower() in _LEANING:
                continue
            for size in sizes:
                text = " ".join(sentences[n : n + size])
                if len(sentences) < n + size or "?" in text or len(text.split()) > _BODY_WORDS:
                    continue
                overlap = sum(w[:5] in wanted for w in re.findall(r"[a-z0-9]+", text.lower()))
                score = overlap - 0.1 * n + 0.05 * (size == sizes[0])
                best = max(best, (score, text), key=lambda pair: pair[0])
    return best[1]
