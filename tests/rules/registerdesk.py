"""An office that keeps its registers by the tables alone: people with roles, right answers for every field, a clock."""

from __future__ import annotations

import itertools
from typing import Any

from appliance.rules.cases.terms import CaseTerms
from appliance.rules.deadlines import day_of
from appliance.rules.people import SYSTEM, Actor
from appliance.rules.registers.deletions import doc_no_in, letter_of
from appliance.rules.registers.judging import Refusal, advance, judge, signature_of
from appliance.rules.registers.shape import DataFile, Facts, Field, GuardContext, Item, Step, Widget
from appliance.rules.registers.tables import REGISTERS

__all__ = ["HOUR_NS", "NOTICE", "NOW_NS", "PEOPLE", "RegisterDesk", "answer", "answers"]

HOUR_NS = 3600 * 1_000_000_000
NOW_NS = 1_795_000_000 * 1_000_000_000
"""2026-11-18 in Taipei."""

PEOPLE = {
    "lin": ("officer",),
    "hsu": ("manager",),
    "wu": ("unit_head",),
    "chou": ("secretary",),
    "tsai": ("director",),
    "chen": ("staff",),
    "pao": ("auditor",),
    "both": ("officer", "unit_head"),
}
CAMERAS = {"01": True, "02": False}
TICKETS = ("M115-0001",)
NOTICE = DataFile(
    agency="臺北市萬華區戶政事務所",
    unit="行政庶務課",
    phone="02-2306-2706",
    address="",
    basis="臺北市錄影監視系統設置管理自治條例第12條第4項",
    purposes=("office_safety",),
    categories=("picture", "applicants"),
)


_LETTERS = itertools.count(1_150_000_001)
"""No two letters of the office have one number."""


def answer(field: Field, at_ns: int) -> Any:
    """Something right for a field."""
    if field.name in ("doc_no", "extend_no"):
        return f"北市萬戶庶字第{next(_LETTERS)}號"
    if field.name == "technicians":
        return ["王技師", "李技師"]
    if field.of:
        return {"vendors": "V115-0001", "tickets": TICKETS[0], "media": "D115-0001", "people": "chen",
                "findings": "disk-missing"}[field.of]  # fmt: skip
    return {
        Widget.TEXT: "文字",
        Widget.WORDS: "說明",
        Widget.LINES: ["王小明"],
        Widget.DAY: day_of(at_ns).isoformat(),
        Widget.MOMENT: at_ns,
        Widget.CHOICE: field.choices[0] if field.choices else "",
        Widget.TICKS: list(field.choices[:1]),
        Widget.TICK: True,
        Widget.CAMERAS: ["01"],
        Widget.RANGES: [{"camera_no": "01", "start_ns": at_ns - HOUR_NS, "end_ns": at_ns}],
        Widget.LINK: "",
    }[field.look]


_RIGHT: dict[str, dict[str, Any]] = {
    "confirm": {"cyber": "1"},
    "finish": {"took": "nothing"},
    "enter": {"serial": "S-1"},
    "post": {"url": "https://wanhua.gov.taipei/privacy"},
    "propose": {"method": "key"},
}


def answers(step: Step, at_ns: int) -> dict[str, Any]:
    """What a form of the step sends with everything needed and nothing else."""
    told = {field.name: answer(field, at_ns) for field in step.fields if field.needed}
    told |= {name: value for name, value in _RIGHT.get(step.event, {}).items() if name in told}
    if step.event in ("declare", "add"):
        told["ranges"] = answer(Field("ranges", Widget.RANGES), at_ns)
    return told


class RegisterDesk:
    """``items`` by register and number. ``do`` performs or raises what the table refuses with."""

    def __init__(self) -> None:
        self.now_ns = NOW_NS
        self.items: dict[str, dict[str, Item]] = {code: {} for code in REGISTERS}
        self.notice = NOTICE
        self.terms = CaseTerms()
        self.elsewhere = {"北市萬戶庶字第9號": "115調-民-0009"}
        self.kept: dict[str, str] | None = {"ground": "statutory_retention", "gone_by": "2027-01-02"}

    def letter_of(self, doc_no: str) -> str:
        return letter_of(self.items["deletions"].values(), doc_no) or self.elsewhere.get(doc_no, "")

    def facts(self) -> Facts:
        return Facts(
            self.now_ns, CAMERAS, TICKETS, self.items, ("chen", "lin"), notice=self.notice, kept=lambda _: self.kept,
            terms=self.terms,
        )  # fmt: skip

    def sight(self, code: str, number: str, event: str, who: str, proved: bool = True, **typed: Any) -> GuardContext:
        register = REGISTERS[code]
        item = self.items[code].get(number, Item(register=code, number=""))
        step = next(step for step in register.steps if step.event == event)
        actor = SYSTEM if who == "system" else Actor(who, PEOPLE[who], proved=proved)
        told = {name: value for name, value in {**answers(step, self.now_ns), **typed}.items() if value is not None}
        return GuardContext(item, told, actor, self.facts()._replace(letter_of=self.letter_of(doc_no_in(told))))

    def try_(self, code: str, number: str, event: str, who: str, **typed: Any) -> Step | Refusal:
        return judge(REGISTERS[code], self.sight(code, number, event, who, **typed), event)

    def do(self, code: str, number: str, event: str, who: str, **typed: Any) -> Item:
        """The item after the act; an AssertionError where the table refuses."""
        sight = self.sight(code, number, event, who, **typed)
        step = judge(REGISTERS[code], sight, event)
        assert isinstance(step, Step), f"{code} {number} {event} by {who}: {step}"
        register = REGISTERS[code]
        made = number or f"{register.letter}115-{len(self.items[code]) + 1:04d}"
        sight = sight._replace(item=self.items[code].get(made, Item(register=code, number=made)))
        item = advance(sight, step, signature_of(sight, step), step.brings(sight))
        self.items[code][made] = item
        return item

    # --- what others stand on ---

    def vendor(self, **typed: Any) -> str:
        return self.do("vendors", "", "enter", "lin", **typed).number

    def medium(self, **typed: Any) -> str:
        return self.do("media", "", "enter", "lin", **typed).number

    def incident(self, **typed: Any) -> str:
        return self.do("incidents", "", "declare", "chen", **typed).number

    def visit(self, **typed: Any) -> str:
        if not self.items["vendors"]:
            self.vendor()
        return self.do("visits", "", "begin", "lin", **typed).number

    def cleared(self, aim: str = "leave", method: str = "key", **medium: Any) -> str:
        """A medium whose clearing or destruction two people signed."""
        number = self.medium(**{"holds": "footage", **medium})
        self.do("media", number, "propose", "lin", aim=aim, method=method)
        self.do("media", number, "approve", "wu")
        self.do("media", number, "perform", "lin")
        self.do("media", number, "witness_clearing" if aim == "leave" else "witness_destruction", "hsu")
        return number
