"""What holds after whatever happened at the queue: the rows, the record, the alerts and what the person sees."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from queue_day import Day
from queue_model import LABELS, Case
from queue_world import OUTSIDE, Rows, Seen

from agent.escalation.desk.order import right_ones
from agent.storage.repositories.lines import FOR_PERSON

WAITED = timedelta(seconds=10), timedelta(seconds=20)  # for a bell, for the sending of an alert
MIRRORED = {
    "chat": "conversation_id", "lease": "lease_until", "owner": "owner", "fence": "fence", "second": "second",
    "second_until": "second_until", "drafting": "drafting", "lapsed": "lapsed", "outcome": "outcome",
    "status": "status", "tier": "tier", "needed_at": "needed_at", "since": "since", "closed_at": "closed_at",
    "opened_at": "opened_at", "person": "person_id",
}  # fmt: skip


class Laws:
    """Of one day. ``known``: the alerts that were there before; ``looked``: how often."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.fences: Counter[UUID] = Counter()
        self.known: dict[UUID, dict[str, Any]] = {}
        self.looked = 0

    def somebody_was_alerted(self) -> None:
        """Every open case has been alerted about as far as its ladder goes by now, if anybody can be reached."""
        rows, reach = self.day.world.rows(), self.day.model.on_duty()
        for case in self.day.model.cases:
            if case.status != "open":
                continue
            row = rows.cases[case.turn]
            assert row["rung_at"] is not None or row["updated_at"] >= self.day.world.now - WAITED[0]
            pages = self.pages(rows.alerts, row)
            last = pages[-1] if pages else None
            end = None if last is None else (last["step"], last["at"], last["failed_at"] is not None)
            due = self.day.model.due(case, end, [p["acknowledged_at"] for p in pages if p["acknowledged_at"]])
            outside = any(whom == "outside" for whom, _ in self.day.model.rungs(case))
            assert due > self.day.world.now or not (reach or outside), (LABELS[case.tier], end)

    def everybody_was_told(self) -> None:
        """No alert hangs that is still wanted, and to whom a case was passed knows of it."""
        rows = self.day.world.rows()
        for case in self.day.model.cases:
            row = rows.cases[case.turn]
            for page in self.pages(rows.alerts, row) if case.status == "open" else ():
                late = page["at"] < self.day.world.now - WAITED[1]
                waits = not (page["sent_at"] or page["failed_at"] or page["acknowledged_at"])
                assert not (late and waits) or self.retries(page["id"])
            if case.passed is not None and case.passed[1] < self.day.world.now - WAITED[1]:
                to, at = case.passed
                mine = [a for a in rows.alerts.values() if (a["case_id"], a["counsellor_id"]) == (row["id"], to)]
                new = [a for a in mine if a["at"] >= at]
                done = [a["sent_at"] or a["failed_at"] or a["acknowledged_at"] or self.retries(a["id"]) for a in new]
                assert any(done), (to, at, new)

    def retries(self, alert_id: UUID) -> bool:
        query = "SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'alert_id' = %s AND attempts > 0"
        return bool(self.day.world.side.execute(query, (str(alert_id),)).fetchone()[0])

    def alerted(self, case: Case) -> UUID:
        """Who was alerted about a case last, if anybody."""
        mine = [a["counsellor_id"] for a in self.known.values() if a["case_id"] == self.day.ids[case.turn]]
        return next((by for by in reversed(mine) if by is not None), self.day.names[0])

    @staticmethod
    def pages(alerts: dict[UUID, dict[str, Any]], row: dict[str, Any]) -> list[dict[str, Any]]:
        mine = [a for a in alerts.values() if (a["case_id"], a["since"]) == (row["id"], row["since"])]
        return sorted(mine, key=lambda a: a["step"])

    def all_is_well(self, people: list[UUID]) -> None:
        """The rows of everybody, and what these people see."""
        self.looked += 1
        chats = [chat for person in people for chat in self.day.model.chats_of[person]]
        rows, seen = self.day.world.rows(), self.day.world.seen(people, chats)
        self.day.ids = {turn: row["id"] for turn, row in rows.cases.items()}
        self.the_rows_are_the_models(rows)
        self.the_person_sees_what_is_true(rows, seen)
        self.the_lists_have_the_models_order(seen)

    def the_rows_are_the_models(self, rows: Rows) -> None:
        assert set(rows.cases) == {c.turn for c in self.day.model.cases}
        for case in self.day.model.cases:
            row = rows.cases[case.turn]
            assert {name: row[column] for name, column in MIRRORED.items()} == {n: getattr(case, n) for n in MIRRORED}
            assert case.fence >= self.fences[case.turn]
            self.fences[case.turn] = case.fence
            self.the_record_says_so(case, row, [e for e in rows.events if e["case_id"] == row["id"]])
        live = Counter(row["person_id"] for row in rows.cases.values() if row["status"] != "closed")
        assert all(n == 1 for n in live.values())
        seen = [e["turn_id"] for e in rows.events if e["kind"] in ("opened", "risk")]
        assert len(seen) == len(set(seen))
        assert set(seen) == self.day.model.turns
        self.alerts_are_in_order(rows.alerts, rows.cases, rows.events)

    def the_record_says_so(self, case: Case, row: dict[str, Any], events: list[dict[str, Any]]) -> None:
        told = [(e["at"], e["kind"], e["actor"]) for e in events if e["kind"] not in ("rung", "paged")]
        assert told == sorted(case.events, key=lambda e: (e[0], e[1]))
        waits = sum(e["kind"] in ("opened", "reopened", "released", "lapsed", "risk") for e in events)
        assert sum(e["kind"] == "rung" for e in events) <= waits
        state = ""
        for kind in [e["kind"] for e in events]:
            if kind in ("opened", "reopened", "released", "lapsed") or (kind == "risk" and state == "back"):
                state = "waits"
            elif kind in ("claimed", "took_over", "stepped_in", "transferred"):
                state = "held"
            elif kind in ("handed_back", "closed"):
                state = {"handed_back": "back"}.get(kind, kind)
        shown = {"open": "waits", "claimed": "held", "in_conversation": "held", "handed_back": "back"}
        assert state == shown.get(row["status"], "closed")

    def alerts_are_in_order(
        self, alerts: dict[UUID, dict[str, Any]], cases: dict[UUID, dict[str, Any]], events: list[dict[str, Any]]
    ) -> None:
        """Each step of a wait once, not before its time, to somebody on duty; handed to the channel once."""
        assert sum(e["kind"] == "paged" for e in events) == len(alerts)
        of = {row["id"]: self.day.model_of(turn) for turn, row in cases.items()}
        for alert in alerts.values():
            if alert["id"] in self.known:
                continue
            on_duty = [s.id for s in self.day.model.on_duty()]
            assert alert["counsellor_id"] is None or alert["counsellor_id"] in on_duty
            case = of[alert["case_id"]]
            if case.status == "open" and alert["since"] == case.since:
                pages = self.pages(alerts, cases[case.turn])
                before = [p for p in pages if p["step"] < alert["step"]]
                end = (before[-1]["step"], before[-1]["at"], before[-1]["failed_at"] is not None) if before else None
                answers = [p["acknowledged_at"] for p in before if p["acknowledged_at"]]
                assert alert["at"] >= self.day.model.due(case, end, answers)
        self.known = alerts
        emails = {f"{s.name.lower()}@desk.example": s.id for s in self.day.model.staff.values()}
        for alert_id, times in Counter(n.id for n in self.day.world.channel.notices).items():
            assert times == 1 or alert_id in self.day.twice
        for notice in self.day.world.channel.notices:
            alert = alerts[notice.id]
            assert emails.get(notice.to or "") == alert["counsellor_id"]
            assert notice.to == OUTSIDE or alert["counsellor_id"] is not None
            assert notice.link.endswith(str(alert["case_id"]))

    def the_person_sees_what_is_true(self, rows: Rows, seen: Seen) -> None:
        for chat, lines in seen.lines.items():
            told = [(line.kind, line.text) for line in lines if line.kind in FOR_PERSON]
            assert told == self.day.model.chats[chat]
            asides = {line.text for line in lines if line.kind not in FOR_PERSON}
            assert asides <= self.day.model.whispers
        for person, hands in seen.hands.items():
            assert (hands.state, hands.names) == self.hands_of(person, rows)
            there = any(s.rest is None or s.rest <= self.day.model.now for s in self.day.model.on_duty())
            assert hands.on_duty == there

    def hands_of(self, person: UUID, rows: Rows) -> tuple[str, tuple[str, ...]]:
        case = self.day.model.live(person)
        if case is None or case.status == "handed_back":
            return "nobody", ()
        if case.status != "open":
            names = tuple(self.day.model.staff[n].name for n in (case.owner, case.second) if n is not None)
            return "talking" if case.status == "in_conversation" else "taken", names
        pages = self.pages(rows.alerts, rows.cases[case.turn])
        sent = any(p["sent_at"] for p in pages)
        said = [p["acknowledged_at"] for p in pages if p["acknowledged_at"]]
        coming = any(at + self.day.world.policy.grace > self.day.world.now for at in said)
        return "coming" if coming else "told" if sent else "listed", ()

    def the_lists_have_the_models_order(self, seen: Seen) -> None:
        turns = {case_id: turn for turn, case_id in self.day.ids.items()}
        assert [turns[c.id] for c in seen.listed] == [c.turn for c in self.day.model.listed()]
        for one in seen.everybody:
            right = right_ones(seen.listed, one, self.day.world.policy, self.day.world.now)
            assert [turns[c.id] for c in right] == [c.turn for c in self.day.model.order(self.day.model.staff[one.id])]
