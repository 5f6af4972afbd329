"""The effect ``hold``: an appeal, a court's order, or a letter that asks for it keeps the footage of its case on a
ground of its own (C22, A21, A20).

The hold's act id comes from that of the case's act, so that doing it again is harmless: a start does it again for every
living case, and finishes what was cut between the two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from appliance.core.errors import UsageError
from appliance.rules.cases.chains import row_named
from appliance.rules.cases.rows import AS_ASKED, Effect, Event
from appliance.rules.people import OFFICERS
from appliance.services.cases.casefile import CaseAct, CaseFile
from appliance.services.holds.holds import HoldBook
from appliance.services.people.login import Seat

__all__ = ["hold_for", "hold_for_all"]

_MOST = 200
_KEEP = "來函請求繼續保存"


def hold_for(holds: HoldBook, file: CaseFile, deed: CaseAct) -> list[str]:
    """Sets the holds that an act calls for, one for each range asked; those that are there already stay. What could not
    be held, in words: it is past its ceiling, which that ground does not outlive. Raises NotWritable."""
    not_held = []
    for ground in _grounds(file, deed):
        (document, agency), words = _document(file, deed), _words(file, deed)
        for no, scope in enumerate(file.case.asked):
            act_id = hashlib.sha256(f"{deed.act} {ground} {no}".encode()).hexdigest()[:32]
            if holds.was_set(act_id):
                continue
            try:
                holds.set(
                    act_id,
                    Seat(0, deed.account, deed.name, tuple(sorted(OFFICERS)), "", 0),
                    ground=ground,
                    cameras=[scope.camera_no],
                    start_ns=scope.start_ns,
                    end_ns=scope.end_ns,
                    reason=words,
                    need=f"{words}：本案申請之範圍",
                    documents={"document": document[:_MOST], "agency": agency[:_MOST]},
                    case=file.key,
                )
            except UsageError as error:
                not_held.append(f"case {file.key}: {error}")
    return not_held


def hold_for_all(holds: HoldBook, files: Iterable[CaseFile]) -> list[str]:
    """At start: what of these effects was cut is done. Raises NotWritable."""
    return [text for file in files for deed in file.deeds for text in hold_for(holds, file, deed)]


def _grounds(file: CaseFile, deed: CaseAct) -> list[str]:
    """Those of its row; a letter's wish to have the footage kept counts where its case was not withdrawn."""
    row = row_named(file.case, deed.row)
    asked = [effect.detail for effect in row.effects if effect.name is Effect.HOLD] if row and not deed.damaged else []
    keeps = file.letter.keep and all(each.event != Event.WITHDRAW for each in file.deeds)
    return ["invest" if ground == AS_ASKED else ground for ground in asked if ground != AS_ASKED or keeps]


def _words(file: CaseFile, deed: CaseAct) -> str:
    event = msgspec.convert(deed.event, Event)
    return f"{file.case.number} {_KEEP if event is Event.CLOSE else event.zh}"


def _document(file: CaseFile, deed: CaseAct) -> tuple[str, str]:
    """The number of what it rests on, and whose it is: as typed with the order, else the agency's letter."""
    voucher = deed.typed.voucher
    if voucher.number:
        return voucher.number, voucher.agency or file.letter.agency
    return file.letter.number, file.letter.agency
