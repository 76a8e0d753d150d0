"""What can happen on a day at the queue, done by the real code and by its model, which must agree each time."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from queue_model import Case, Queue, Refused
from queue_world import Broken, World, staff

from agent.domain.escalation import Held
from agent.domain.risk import Driver, RiskAssessment, Standing, Tier
from agent.domain.turn import Message, Reply
from agent.errors import Conflict
from agent.escalation.cases import asked_for, open_case
from agent.graph.nodes.answer import Overtaken, _commit
from agent.storage.repositories.turns import row_id


def judged(tier: int, *, calm: bool = False) -> RiskAssessment:
    here = Tier.NONE if calm else Tier(tier)
    driver = Driver("lexicon", Tier(tier), "rule", "words")
    return RiskAssessment(
        here, Tier(tier), ("suicide",), (driver,), "self", retraction=False, degraded=False, policy_version="p"
    )


class Day:
    """The product and its model, side by side. Numbers choose who, which and whom."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people: list[UUID] = []
        self.model = Queue(staff(), self.world.now)
        self.names = list(self.model.staff)
        self.sent: list[tuple[UUID, UUID, UUID, str]] = []
        self.pending: list[tuple[Message, RiskAssessment | None, Held | None, Standing]] = []
        self.spooled: tuple[UUID, UUID, UUID, int, bool] | None = None
        self.twice: set[UUID] = set()
        self.spoken: list[tuple[Case, UUID, int, UUID, str]] = []
        self.ids: dict[UUID, UUID] = {}
        self.broke = ""
        self.count = 0
        self.world.begin(list(self.model.staff.values()))
        self.people = [self.world.someone() for _ in range(3)]
        self.model.now = self.world.now
        for person in self.people:
            self.opens_chat(person, "en-GB")
        for who in (0, 1, 3):
            self.duty(who, 2)

    # Doing a thing on both sides.

    def tick(self) -> None:
        self.world.pass_time(timedelta(milliseconds=1))
        self.model.now = self.world.now

    def both(self, real: Callable[[], Coroutine[Any, Any, Any]], modelled: Callable[[], Any]) -> Any:
        """Both do it, or both refuse. At a fault the client asks again, as a browser would."""
        self.tick()
        for _ in range(2):
            try:
                found = self.world.run(real())
            except Conflict:
                self.world.fault.at = None
                with pytest.raises(Refused):
                    modelled()
                return None
            except Broken:
                if self.broke == "after":
                    modelled()
                continue
            self.world.fault.at = None
            return found, modelled()
        raise AssertionError

    def break_next_commit(self, at: str) -> None:
        self.broke = self.world.fault.at = at

    # The person.

    def opens_chat(self, person: UUID, locale: str) -> None:
        async def start() -> UUID:
            async with self.world.database.unit_of_work() as work:
                found = await work.conversations.start(person, locale, "GB")
                await work.commit()
            return found.id

        self.tick()
        self.model.opens(person, self.world.run(start()), locale)

    def opens_another_chat(self, who: int, locale: str) -> None:
        self.world.fault.at = None
        self.opens_chat(self.people[who % 3], locale)

    def writes(self, who: int, tier: int, kind: str) -> None:
        person = self.people[who % 3]
        chats = self.model.chats_of[person]
        chat, calm = chats[0] if kind == "in the first chat" else chats[-1], kind == "calm"
        asks = kind == "asks"
        self.count += 1
        turn, text, calm = uuid4(), f"words {self.count}", calm and tier >= Tier.MODERATE

        async def receive() -> bool:
            async with self.world.database.unit_of_work() as work:
                new = await work.turns.receive(chat, person, turn, text, uuid4(), timedelta(seconds=60))
                await work.commit()
            return new

        self.both(receive, lambda: self.model.latest.update({person: chat}))
        self.sent.append((person, chat, turn, text))
        risk = judged(tier, calm=calm)
        opens = tier >= Tier.MODERATE or asks
        self.pending.append((
            Message(row_id(chat, turn), chat, person, self.count, text, self.model.locale[chat]),
            (asked_for(risk, text) if asks else risk) if opens else None, self.world.held(person),
            self.world.standing(person),
        ))  # fmt: skip
        if opens:
            self.danger(*self.pending[-1][:2])

    def danger(self, message: Message, risk: RiskAssessment | None) -> None:
        """TX2 as the graph does it: what cannot be known to be stored goes to disk, and a sweep stores it."""
        assert risk is not None
        calm = not risk.here.elevated and risk.drivers[0].source != "asked"
        told = (message.turn_id, message.person_id, message.conversation_id, int(risk.tier))
        self.tick()
        if self.spooled is not None:
            self.world.fault.at = None
        try:
            self.world.run(open_case(self.world.database, message, risk, "m"))
        except Broken:
            self.world.spool.put(message, risk, "m")
            self.spooled = (*told, calm)
            if self.broke != "after":
                return
        self.world.fault.at = None
        self.model.danger(*told, calm=calm)

    def reply_is_ready(self, which: int) -> None:
        """TX3. Who has the conversation meanwhile has it: the turn is run again from the top."""
        if not self.pending:
            return
        message, risk, held, stood = self.pending.pop(which % len(self.pending))
        tier = risk.tier if risk is not None else Tier.NONE
        for _ in range(3):
            words = "" if held is not None else "Words of the program."
            reply = Reply(words, (), "crisis" if held is None else "relay", tier, "listen")
            state = {
                "message": message, "risk": risk or judged(0), "stood": stood, "standing": stood, "held": held,
                "reply": reply, "reading": None,
            }  # fmt: skip
            self.tick()
            try:
                self.world.run(_commit(state, SimpleNamespace(database=self.world.database)))
            except Overtaken:
                now = self.world.standing(message.person_id)
                assert self.as_modelled(held) != self.model.held(message.person_id) or now != stood
                if risk is not None:
                    self.danger(message, risk)
                held, stood = self.world.held(message.person_id), now
                continue
            except Broken:
                if self.broke == "after":
                    self.answered(message, held)
                continue
            self.world.fault.at = None
            break
        self.answered(message, held)

    def as_modelled(self, held: Held | None) -> tuple[UUID, bool] | None:
        if held is None:
            return None
        return next(t for t, row in self.world.rows().cases.items() if row["id"] == held.case_id), held.drafting

    def answered(self, message: Message, held: Held | None) -> None:
        """The agent has words exactly when nobody of flesh and blood has the conversation."""
        assert self.as_modelled(held) == self.model.held(message.person_id)
        case = self.model.live(message.person_id)
        if held is not None and case is not None:
            case.chat = message.conversation_id

    def sends_again(self, which: int, *, other: bool) -> None:
        if not self.sent:
            return
        person, chat, turn, text = self.sent[-1 - which % len(self.sent)]

        async def receive() -> bool:
            async with self.world.database.unit_of_work() as work:
                given = "other" if other else text
                return await work.turns.receive(chat, person, turn, given, uuid4(), timedelta(seconds=60))

        self.tick()
        if other:
            with pytest.raises(Conflict):
                self.world.run(receive())
        else:
            assert not self.world.run(receive())

    # Counsellors.

    def duty(self, who: int, hours: int) -> None:
        async def set_it() -> None:
            async with self.world.database.unit_of_work() as work:
                await (work.roster.begin(me.id, hours) if hours else work.roster.end(me.id, None))
                await work.commit()

        def modelled() -> None:
            me.until, me.rest = self.world.now + timedelta(hours=hours) if hours else None, None

        me = self.model.staff[self.names[who]]
        self.both(set_it, modelled)

    def rest(self, who: int, minutes: int = 15) -> None:
        async def set_it() -> None:
            async with self.world.database.unit_of_work() as work:
                await work.roster.rest(me.id, minutes)
                await work.commit()

        def modelled() -> None:
            me.rest = self.world.now + timedelta(minutes=minutes) if minutes else None

        me = self.model.staff[self.names[who]]
        self.both(set_it, modelled)

    @property
    def free(self) -> list[Case]:
        return [c for c in self.model.cases if c.status in ("open", "handed_back")]

    @property
    def owned(self) -> list[Case]:
        return [c for c in self.model.cases if c.owner is not None]

    def act(self, deed: str, case: Case, by: UUID, fence: int = 0, to: UUID | None = None) -> None:
        """One deed on both sides."""
        desk, model, case_id = self.world.desk, self.model, self.ids[case.turn]
        plain: dict[str, tuple[object, ...]] = {
            "take_over": (), "hand_back": ("n",), "put_back": ("n",),
            "close": ("n", "misuse" if fence % 2 else "missed"),
        }  # fmt: skip
        on, held = not case.drafting, (case, by, fence)
        if deed in plain:
            known = plain[deed][1:]
            real, same = getattr(desk, deed), getattr(model, deed)
            self.both(lambda: real(case_id, by, fence, *plain[deed]), lambda: same(*held, *known))
        elif deed in ("claim", "join", "leave"):
            real, same = getattr(desk, deed), getattr(model, deed)
            self.both(lambda: real(case_id, by), lambda: same(case, by))
        elif deed == "transfer":
            whom = to or self.names[0]
            self.both(
                lambda: desk.transfer(case_id, *held[1:], whom, "n", anyway=True), lambda: model.transfer(*held, whom)
            )
        elif deed == "draft":
            self.both(lambda: desk.draft(case_id, by, fence, on=on), lambda: model.draft(*held, on=on))
        elif deed == "stay":
            self.both(lambda: self.world.stay(case_id, by, fence), lambda: model.stay(*held))
        elif deed == "is_coming":
            self.both(lambda: self.world.is_coming(case_id, by), lambda: None)
        elif deed == "take_next":
            self.take_next(by)
        elif deed in ("say", "say_again"):
            self.say(*held, again=deed == "say_again")
        else:
            self.whisper(case, by)

    def take_next(self, by: UUID) -> None:
        found = self.both(lambda: self.world.desk.take_next(by), lambda: self.model.take_next(by))
        if found is not None:
            taken, expected = found
            assert taken == (None if expected is None else self.ids[expected.turn])

    def say(self, case: Case, by: UUID, fence: int, *, again: bool) -> None:
        """Words to the person; again with the id, and perhaps not the words, of what was said before."""
        self.count += 1
        line, text = uuid4(), f"words of a counsellor {self.count}"
        earlier = [s for s in self.spoken if s[0] is case]
        if again and earlier:
            _, by, fence, line, known = earlier[-1]
            text = text if self.count % 3 == 0 else known
        desk, case_id = self.world.desk, self.ids[case.turn]
        if self.both(
            lambda: desk.say(case_id, by, fence, line, text), lambda: self.model.say(case, by, fence, line, text)
        ):
            self.spoken.append((case, by, fence, line, text))

    def whisper(self, case: Case, by: UUID) -> None:
        self.count += 1
        line, text, case_id = uuid4(), f"aside {self.count}", self.ids[case.turn]
        self.both(lambda: self.world.desk.whisper(case_id, by, line, text), lambda: self.model.whisper(text))

    # Workers, the network, time.

    def work(self, which: int, *, again: bool) -> None:
        due = self.world.due()
        self.tick()
        for _ in range(2 if again else 1) if due else ():
            self.work_on(due[which % len(due)])

    def work_on(self, job: dict[str, Any]) -> None:
        """A job that breaks is run again. Nobody is alerted of a case that somebody has by now."""
        args = job["args"]
        if "case_id" in args:
            self.model.look(self.model_of(next(t for t, n in self.ids.items() if str(n) == args["case_id"])))
        before, wanted = len(self.world.channel.notices), "alert_id" not in args or self.wanted(UUID(args["alert_id"]))
        try:
            done = self.world.work_on(job)
        except Broken:
            if "alert_id" in args:
                self.twice.add(UUID(args["alert_id"]))
            done = self.world.work_on(job)
        self.world.fault.at = None
        assert not done or "alert_id" not in args or not self.wanted(UUID(args["alert_id"])), (
            "neither sent nor given up"
        )
        assert wanted or len(self.world.channel.notices) == before, "alerted of what needs nobody"

    def wanted(self, alert_id: UUID) -> bool:
        """Whether its case still waits, in that very wait, for whom an alert is to; and it is not done yet."""
        rows = self.world.rows()
        alert = rows.alerts[alert_id]
        case = self.model_of(next(t for t, row in rows.cases.items() if row["id"] == alert["case_id"]))
        theirs = case.status == "claimed" and case.owner == alert["counsellor_id"]
        done = alert["sent_at"] or alert["failed_at"] or alert["acknowledged_at"]
        return not done and case.since == alert["since"] and (case.status == "open" or theirs)

    def lose_jobs(self, which: int) -> None:
        """A worker dies with one job, or with all that it had."""
        jobs = self.world.due()
        for job in jobs if which % 2 else jobs[:1]:
            self.world.forget(job)

    def channel_is_down(self, tries: int) -> None:
        """So many times; the alert that is due first is tried three times meanwhile."""
        self.world.channel.refuse = self.world.channel.tried + tries
        for _ in range(3):
            jobs = [job for job in self.world.due() if "alert_id" in job["args"]]
            if jobs:
                self.tick()
                self.work_on(jobs[0])
            self.time_passes(2)

    def time_passes(self, seconds: int) -> None:
        self.world.pass_time(timedelta(seconds=seconds))
        self.model.now = self.world.now

    def sweep(self, *, worked: bool) -> None:
        """One pass, again if it broke; with ``worked`` the workers then do all that is due."""
        self.tick()
        if self.spooled is not None:
            *told, calm = self.spooled
            self.model.danger(*told, calm=calm)
            self.spooled = None
        self.model.sweep()
        try:
            self.world.sweep()
        except Broken:
            self.world.sweep()
        self.world.fault.at = None
        while worked and (jobs := self.world.due()):
            for job in jobs:
                self.work_on(job)

    def model_of(self, turn: UUID) -> Case:
        return next(c for c in self.model.cases if c.turn == turn)
