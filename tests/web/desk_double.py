"""The part of the keeper's double that lists cases and tells what waits, from the same tables as its cases."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import msgspec

from appliance.core.errors import NotFound, UsageError
from appliance.protocol.transport import Reply
from appliance.rules.cases import views
from appliance.rules.cases.dues import due_of, dues
from appliance.rules.cases.facts import Case, GuardContext
from appliance.rules.cases.list_views import CaseListView, CaseRow
from appliance.rules.cases.notices import NoticeView
from appliance.rules.cases.people import Actor
from appliance.rules.cases.roster import Acting, acting
from appliance.rules.cases.rows import Event, Row
from appliance.rules.cases.waiting import waiting
from appliance.rules.deadlines import day_of
from appliance.rules.duties import DeskDuty, Duties, Duty, PersonsDuties, urgency
from appliance.services.cases.views import due_told
from tests.web.case_double import CasesDouble

__all__ = ["DeskDouble"]


class DeskDouble(CasesDouble):
    """To be mixed in. ``unreadable``: the keys of cases whose record cannot be read. ``notices`` and ``desk``: of
    everybody who sits here."""

    unreadable: tuple[str, ...] = ()
    notices: tuple[NoticeView, ...] = ()
    desk: tuple[DeskDuty, ...] = ()
    others_desk: tuple[DeskDuty, ...] = ()

    def _cases(self, session: str, **wanted: Any) -> Reply:
        fit = [row for row in map(self._desk_row, self.book) if self._fits(row, wanted)]
        fit += [CaseRow(case=key, damaged=True) for key in self.unreadable]
        rows = [row for row in fit if self._stands(row, wanted["state"])]
        orders = {
            "newest": lambda row: (-row.received_ns, row.case),
            "due": lambda row: (row.due.day if row.due else "9", row.case),
            "number": lambda row: row.number,
        }
        rows.sort(key=orders[wanted["order"]])
        each, page = wanted["per_page"], wanted["page"]
        pages = max(1, -(-len(rows) // each))
        page = min(page, pages)
        answer = CaseListView(
            total=len(rows), page=page, pages=pages, cases=tuple(rows[(page - 1) * each : page * each]),
            states=dict(Counter(row.state for row in fit if row.state)),
        )  # fmt: skip
        return Reply(msgspec.to_builtins(answer))

    def _duties(self, session: str, active: bool = True) -> Reply:
        found = [(key, row) for key in self.book for row in waiting(self.book[key].case, today=self.today)]
        people = []
        for seat in self._seats(session):
            actor = Actor(person=self._somebody(seat["person"]), proved=True)
            mine = [self._duty(key, row, fit.role) for key, row in found
                    if isinstance(fit := self._fit(key, row, actor), Acting)]  # fmt: skip
            people.append(PersonsDuties(seat=seat["seat"], person=seat["person"], name=seat["display"],
                                             duties=tuple(sorted(mine, key=_urgency)),
                                             notices=self.notices, desk=self.desk))  # fmt: skip
        taken = {(duty.case, duty.event) for person in people for duty in person.duties}
        rest = [self._duty(key, row, row.who[0]) for key, row in found if (key, row.event) not in taken]
        others = tuple(sorted((duty for duty in rest if duty.due and duty.due.mark in ("red", "over")), key=_urgency))
        return Reply(
            msgspec.to_builtins(
                Duties(
                    today=self.today.isoformat(),
                    now_ns=self.now_ns,
                    people=tuple(people),
                    others=others,
                    others_desk=self.others_desk,
                )
            )
        )

    def _applicants(self, session: str, name: str, id_no: str) -> Reply:
        """One who came before, under this name or number."""
        if len(id_no) < 6 and len(name) < 2:
            raise UsageError.of("applicant-short")
        party = {"part": "applicant", "name": "洪大明", "id_no": "A12****789", "born": "1988-**-**"}
        known = {"case": "113-0001", "number": "113調-民-0001", "received_ns": self.now_ns, "times": 2, "party": party}
        return Reply({"known": [known] if "A123456789" in id_no or name == "洪大明" else []})

    def _applicant(self, session: str, case: str) -> Reply:
        if case != "113-0001":
            raise NotFound.of("cases-unknown", case=case[:20])
        return Reply({"part": "applicant", "name": "洪大明", "id_no": "A123456789", "born": "1988-02-29",
                      "phone": "0912345678", "address": "臺北市萬華區和平西路三段120號"})  # fmt: skip

    # --- inside ---

    def _duties_count(self, session: str) -> Reply:
        duties = msgspec.convert(self._duties(session).head, Duties)
        return Reply(msgspec.to_builtins(duties.waiting))

    def _fit(self, key: str, row: Row, actor: Actor) -> object:
        file = self.book[key]
        facts = self._facts(file.case, Event.CLOSE, file.typed, {})
        return acting(GuardContext(file.case, facts, actor, self.today), row)

    def _duty(self, key: str, row: Row, role: str) -> Duty:
        line, last = self._desk_row(key), self.book[key].history[-1]
        return Duty(
            case=key, event=row.event, kind=line.kind, state=line.state, number=line.number, who=line.who, role=role,
            stage=row.stage or "", since=day_of(last.at_ns).isoformat(), due=self._due_of(key, row),
        )  # fmt: skip

    def _due_of(self, key: str, row: Row) -> views.DueView | None:
        file = self.book[key]
        due = due_of(row.event, dues(file.case, self.today))
        return due_told(due, self.today, str(file.typed.viewing.get("starts", ""))) if due else None

    def _desk_row(self, key: str) -> CaseRow:
        file = self.book[key]
        case: Case = file.case
        applicant = next((each.name or self._name(each.account) for each in file.typed.parties), "")
        agency = str(file.typed.letter.get("agency") or file.typed.voice.get("agency") or "")
        return CaseRow(
            case=key, kind=case.kind, state=case.state, number=case.number,
            who=agency if case.kind == "AGY" else _masked(applicant), matter=str(file.typed.form.get("reason", "")),
            cameras=tuple(sorted({each.camera_no for each in case.asked})),
            start_ns=min(each.start_ns for each in case.asked), end_ns=max(each.end_ns for each in case.asked),
            received_ns=file.received_ns or file.history[0].at_ns, pinned=True,
            due=next(iter(self._dues(file)), None),
        )  # fmt: skip

    def _fits(self, row: CaseRow, wanted: dict[str, Any]) -> bool:
        typed = self.book[row.case].typed
        names = "\n".join(each.name for each in typed.parties)
        words = "\n".join([row.case, row.number, names, row.who, str(typed.letter.get("number", "")), row.matter])
        day = day_of(row.received_ns)
        return (
            wanted["kind"] in ("", row.kind)
            and (not wanted["camera"] or wanted["camera"] in row.cameras)
            and date.fromisoformat(wanted["first"] or "1912-01-01") <= day
            and day <= date.fromisoformat(wanted["last"] or "2999-01-01")
            and wanted["person"] in names
            and wanted["text"] in words
        )

    @staticmethod
    def _stands(row: CaseRow, state: str) -> bool:
        if state in ("open", "closed"):
            return (row.state == "closed") == (state == "closed")
        return state in ("", row.state)


def _masked(name: str) -> str:
    return name[:1] + "○" * max(0, len(name) - 2) + name[1:][-1:]


def _urgency(duty: Duty) -> tuple[object, ...]:
    return (*urgency(duty.due), duty.case)
