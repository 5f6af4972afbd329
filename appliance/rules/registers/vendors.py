"""The register of maintenance firms (維護廠商): contract, pledge of confidentiality, the yearly supervision.

Source: PDPA 4, 細則 8; 資安法細則 4; ``D-29``, ``AT-69``. A firm has no account.
"""

from __future__ import annotations

from datetime import date

from appliance.rules.deadlines import day_of, year_end
from appliance.rules.people import Role
from appliance.rules.registers.shape import NEW, Field, GuardContext, Item, Pair, Register, Step, Widget
from appliance.rules.worded import Worded

__all__ = ["VENDORS", "VendorEvent", "VendorState", "lacks_of"]


class VendorState(Worded):
    ACTIVE = "active", "契約期間中"
    ENDED = "ended", "已終止"


class VendorEvent(Worded):
    ENTER = "enter", "登記廠商"
    PLEDGE = "pledge", "更新保密切結"
    RENEW = "renew", "續約"
    SUPERVISE = "supervise", "年度監督"
    STAMP = "stamp", "監督核章"
    END = "end", "終止"


def _day(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None


def contract_in_order(sight: GuardContext) -> tuple[str, ...]:
    start, end = _day(sight.said("contract_from")), _day(sight.said("contract_until"))
    return ("days_turned",) if start and end and end < start else ()


def pledge_not_ahead(sight: GuardContext) -> tuple[str, ...]:
    pledged = _day(sight.typed.get("pledge_on"))
    return ("pledge_ahead",) if pledged and pledged > day_of(sight.facts.at_ns) else ()


def supervision_not_ahead(sight: GuardContext) -> tuple[str, ...]:
    on = _day(sight.typed.get("supervised_on"))
    return ("supervision_ahead",) if on and on > day_of(sight.facts.at_ns) else ()


def supervised(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.item.signed_by("supervised") else ("cell_supervised",)


def lacks_of(vendor: Item, today: date) -> tuple[str, ...]:
    """Why nobody of this firm may begin work on that day: it ended, the contract ran out, the pledge is over a year
    old."""
    if vendor.state != VendorState.ACTIVE:
        return ("vendor_ended",)
    until, pledged = _day(vendor.value("contract_until")), _day(vendor.value("pledge_on"))
    lacks = ("vendor_contract",) if until is None or until < today else ()
    old = pledged is None or year_end(pledged) < today
    return (*lacks, "vendor_pledge") if old else lacks


_S, _E = VendorState, VendorEvent
_DESK = (Role.OFFICER, Role.MANAGER)
_PLEDGE = (Field("pledge_no", Widget.TEXT), Field("pledge_on", Widget.DAY))

VENDORS = Register(
    code="vendors",
    zh="維護廠商",
    letter="V",
    kind="vendor.changed",
    states=VendorState,
    gist=("firm", "contract_until"),
    done=frozenset({_S.ENDED}),
    pairs=(Pair("supervised", "stamped"),),
    steps=(
        Step(
            "V1",
            (NEW,),
            _E.ENTER,
            _S.ACTIVE,
            _DESK,
            (
                Field("firm", Widget.TEXT),
                Field("tax_no", Widget.TEXT, needed=False),
                Field("contact", Widget.TEXT),
                Field("phone", Widget.TEXT),
                Field("services", Widget.WORDS),
                Field("contract_no", Widget.TEXT),
                Field("contract_from", Widget.DAY),
                Field("contract_until", Widget.DAY),
                *_PLEDGE,
            ),
            (contract_in_order, pledge_not_ahead),
            cell="entered",
        ),
        Step("V2", (_S.ACTIVE,), _E.PLEDGE, None, _DESK, _PLEDGE, (pledge_not_ahead,)),
        Step(
            "V3",
            (_S.ACTIVE,),
            _E.RENEW,
            None,
            _DESK,
            (
                Field("contract_no", Widget.TEXT),
                Field("contract_from", Widget.DAY),
                Field("contract_until", Widget.DAY),
            ),
            (contract_in_order,),
        ),
        Step(
            "V4",
            (_S.ACTIVE,),
            _E.SUPERVISE,
            None,
            _DESK,
            (
                Field("supervised_on", Widget.DAY),
                Field("supervision", Widget.WORDS),
                Field("supervision_result", Widget.CHOICE, ("fits", "mended", "lacking")),
            ),
            (supervision_not_ahead,),
            cell="supervised",
            voids=("stamped",),
        ),
        Step("V5", (_S.ACTIVE,), _E.STAMP, None, (Role.UNIT_HEAD,), (), (supervised,), cell="stamped"),
        Step(
            "V6",
            (_S.ACTIVE,),
            _E.END,
            _S.ENDED,
            _DESK,
            (Field("returned", Widget.TICK), Field("note", Widget.WORDS)),
        ),
    ),
)
