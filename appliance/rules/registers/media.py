"""The register of storage media (儲存媒體): where each disk, stick and drive is, and how it ends. Source: domain 2.9,
``D-26``, ``T-49``, ``T-59``, ``T-60``.

What held footage or records leaves the house only after its clearing was proposed, approved, done and witnessed; then
it may go away for repair. What cannot be cleared is destroyed here. Two people sign the certificate either way.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from appliance.rules.people import Role
from appliance.rules.registers.shape import NEW, Field, GuardContext, Pair, Register, Step, Widget
from appliance.rules.worded import Worded

__all__ = ["MEDIA", "MediumEvent", "MediumState", "plain_serial"]


class MediumState(Worded):
    STORED = "stored", "保管中"
    IN_USE = "in_use", "使用中"
    PROPOSED = "proposed", "待核可清除／銷毀"
    APPROVED = "approved", "已核可清除／銷毀"
    PERFORMED = "performed", "已執行，待見證"
    CLEARED = "cleared", "已清除（具證明）"
    AWAY = "away", "送修／退還中"
    DESTROYED = "destroyed", "已銷毀（具證明）"
    REPLACED = "replaced", "換新未取回"
    LOST = "lost", "遺失"


class MediumEvent(Worded):
    ENTER = "enter", "登記媒體"
    USE = "use", "啟用"
    STORE = "store", "收回保管"
    MOVE = "move", "移置"
    PROPOSE = "propose", "提出清除／銷毀"
    APPROVE = "approve", "核可"
    RETURN = "return", "退回"
    PERFORM = "perform", "執行清除／銷毀"
    WITNESS_CLEARING = "witness_clearing", "見證清除"
    WITNESS_DESTRUCTION = "witness_destruction", "見證銷毀"
    FAIL = "fail", "執行未成功"
    SEND = "send", "送修／退還"
    BACK = "back", "取回"
    REPLACE = "replace", "換新未取回"
    LOSE = "lose", "遺失"


HOLDS = ("nothing", "footage", "records", "copy")
METHODS = ("key", "overwrite", "degauss", "shred", "incinerate")
"""金鑰銷毀, 覆寫, 消磁, 破壞, 焚化."""
_FLASH = ("ssd", "stick", "card")
_LEAVES_WHOLE = ("key", "overwrite")


def serial_free(sight: GuardContext) -> tuple[str, ...]:
    """One serial number, one line, whatever make it is said to be: no medium under two numbers (domain 2.10)."""
    typed = str(sight.typed.get("serial", ""))
    serial = plain_serial(typed)
    if not serial:
        return ("serial_blank",) if typed else ()
    items = sight.facts.items.get("media", {}).values()
    return tuple(f"serial_taken:{item.number}" for item in items if plain_serial(str(item.value("serial"))) == serial)


def plain_serial(text: str) -> str:
    """The letters and digits of a serial number, however wide, in either case, dashed or spaced."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def encrypted_where_it_holds(sight: GuardContext) -> tuple[str, ...]:
    """What holds anything is encrypted (``D-26``, ``AT-27``)."""
    holds = sight.said("holds") not in ("", "nothing")
    return ("not_encrypted",) if holds and sight.said("encrypted") != "yes" else ()


def holds_no_less(sight: GuardContext) -> tuple[str, ...]:
    """What once held something is not written down as empty: only a certificate empties it."""
    held, now = sight.item.value("holds"), sight.typed.get("holds")
    return ("holds_something",) if held not in ("", None, "nothing") and now == "nothing" else ()


def method_fits(sight: GuardContext) -> tuple[str, ...]:
    """Flash is not overwritten and has no magnetism (``T-59``); what has no key has none to destroy; what is to leave
    whole is not shredded."""
    kind, method, aim = sight.item.value("medium_kind"), sight.typed.get("method", ""), sight.typed.get("aim")
    codes = []
    if kind in _FLASH and method in ("overwrite", "degauss"):
        codes.append("method_flash")
    if kind == "optical" and method in ("overwrite", "degauss"):
        codes.append("method_optical")
    if method == "key" and sight.item.value("encrypted") != "yes":
        codes.append("method_no_key")
    if aim == "leave" and method and method not in _LEAVES_WHOLE:
        codes.append("method_breaks")
    return tuple(codes)


def performed_by_now(sight: GuardContext) -> tuple[str, ...]:
    return ("performed_ahead",) if int(sight.typed.get("performed_at", 0) or 0) > sight.facts.at_ns else ()


def aim_is_leave(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.item.value("aim") == "leave" else ("aim_scrap",)


def aim_is_scrap(sight: GuardContext) -> tuple[str, ...]:
    return () if sight.item.value("aim") == "scrap" else ("aim_leave",)


def may_leave(sight: GuardContext) -> tuple[str, ...]:
    """A certificate, or a medium that has held nothing since it was entered or cleared (``T-60``)."""
    empty = sight.item.value("holds") == "nothing"
    return () if sight.item.state == MediumState.CLEARED or empty else ("certificate",)


def _stood(sight: GuardContext) -> dict[str, Any]:
    """What a return leads back to. What was cleared and is proposed anew is stored: its certificate is void."""
    return {"stood": "in_use" if sight.item.state == MediumState.IN_USE else "stored"}


def _emptied(sight: GuardContext) -> dict[str, Any]:
    """The certificate goes on saying what the medium held."""
    return {"held": sight.item.value("holds"), "holds": "nothing"}


_S, _E = MediumState, MediumEvent
_DESK = (Role.OFFICER, Role.MANAGER)
_HERE = (_S.STORED, _S.IN_USE)
_PLACE = Field("place", Widget.TEXT)
_HOLDS = Field("holds", Widget.CHOICE, HOLDS)
_AIM = Field("aim", Widget.CHOICE, ("leave", "scrap"))
_KEEPS = (encrypted_where_it_holds, holds_no_less)
_CERTIFICATE = ("proposed", "approved", "performed", "witnessed")

MEDIA = Register(
    code="media",
    zh="儲存媒體",
    letter="D",
    kind="medium.changed",
    states=MediumState,
    gist=("medium_kind", "serial", "place"),
    done=frozenset({_S.DESTROYED, _S.REPLACED, _S.LOST}),
    pairs=(Pair("proposed", "approved"), Pair("performed", "witnessed")),
    steps=(
        Step(
            "D1",
            (NEW,),
            _E.ENTER,
            _S.STORED,
            _DESK,
            (
                Field("medium_kind", Widget.CHOICE, ("disk", "ssd", "stick", "card", "optical")),
                Field("make", Widget.TEXT),
                Field("model", Widget.TEXT, needed=False),
                Field("serial", Widget.TEXT),
                Field("capacity", Widget.TEXT, needed=False),
                _HOLDS,
                Field("encrypted", Widget.CHOICE, ("yes", "no")),
                _PLACE,
            ),
            (serial_free, encrypted_where_it_holds),
            cell="entered",
        ),
        Step("D2", (_S.STORED, _S.CLEARED), _E.USE, _S.IN_USE, _DESK, (_PLACE, _HOLDS), _KEEPS, voids=_CERTIFICATE),
        Step("D3", (_S.IN_USE,), _E.STORE, _S.STORED, _DESK, (_PLACE, _HOLDS), _KEEPS),
        Step("D4", (*_HERE, _S.CLEARED), _E.MOVE, None, _DESK, (_PLACE,)),
        Step(
            "D5",
            (*_HERE, _S.CLEARED),
            _E.PROPOSE,
            _S.PROPOSED,
            _DESK,
            (_AIM, Field("method", Widget.CHOICE, METHODS), Field("why", Widget.WORDS)),
            (method_fits,),
            cell="proposed",
            voids=_CERTIFICATE,
            brings=_stood,
        ),
        Step("D6", (_S.PROPOSED,), _E.APPROVE, _S.APPROVED, (Role.UNIT_HEAD,), cell="approved", password=True),
        Step(
            "D7", (_S.PROPOSED, _S.APPROVED), _E.RETURN, _S.STORED, (Role.UNIT_HEAD,), (Field("note", Widget.WORDS),),
            voids=_CERTIFICATE, stood="stood",
        ),
        Step(
            "D8",
            (_S.APPROVED,),
            _E.PERFORM,
            _S.PERFORMED,
            _DESK,
            (
                Field("performed_at", Widget.MOMENT),
                Field("performed_where", Widget.TEXT),
                Field("verified", Widget.WORDS),
                Field("label", Widget.TEXT),
            ),
            (performed_by_now,),
            cell="performed",
            password=True,
        ),
        Step(
            "D9a", (_S.PERFORMED,), _E.WITNESS_CLEARING, _S.CLEARED, (*_DESK, Role.UNIT_HEAD), (), (aim_is_leave,),
            cell="witnessed", password=True, brings=_emptied,
        ),
        Step(
            "D9b", (_S.PERFORMED,), _E.WITNESS_DESTRUCTION, _S.DESTROYED, (*_DESK, Role.UNIT_HEAD), (), (aim_is_scrap,),
            cell="witnessed", password=True, brings=_emptied,
        ),
        Step(
            "D9c", (_S.PERFORMED,), _E.FAIL, _S.APPROVED, (*_DESK, Role.UNIT_HEAD), (Field("note", Widget.WORDS),),
            voids=("performed",),
        ),
        Step(
            "D10", (*_HERE, _S.CLEARED), _E.SEND, _S.AWAY, _DESK,
            (Field("sent_to", Widget.TEXT), Field("sent_why", Widget.WORDS)), (may_leave,),
        ),
        Step(
            "D11", (_S.AWAY,), _E.BACK, _S.STORED, _DESK, (_PLACE, Field("note", Widget.WORDS, needed=False)),
            voids=_CERTIFICATE,
        ),
        Step("D12", (_S.AWAY,), _E.REPLACE, _S.REPLACED, _DESK, (Field("note", Widget.WORDS),)),
        Step(
            "D13", (*_HERE, _S.PROPOSED, _S.APPROVED, _S.CLEARED, _S.AWAY), _E.LOSE, _S.LOST, (*_DESK, Role.UNIT_HEAD),
            (Field("note", Widget.WORDS),), alarms="medium_lost",
        ),
    ),
)  # fmt: skip
