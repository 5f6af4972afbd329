"""The effect ``hold``: an appeal or a court's order keeps the footage of its case on a ground of its own (C22, A21).

The hold's act id comes from that of the case's act, so that doing it again is harmless: a start does it again for every
living case, and finishes what was cut between the two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from appliance.custody.casebook.casefile import CaseDeed, CaseFile
from appliance.custody.holds.holds import HoldBook
from appliance.custody.people.login import Seat
from appliance.errors import UsageError
from appliance.rules.cases.chains import row_named
from appliance.rules.cases.rows import Do
from appliance.rules.people import OFFICERS

__all__ = ["hold_for", "hold_for_all"]

_MOST = 200


def hold_for(holds: HoldBook, file: CaseFile, deed: CaseDeed) -> list[str]:
    """Sets the holds that an act calls for, one for each range asked; those that are there already stay. What could not
    be held, in words: it is past its ceiling, which that ground does not outlive. Raises NotWritable."""
    not_held = []
    number = deed.typed.voucher.number[:_MOST]
    for ground in _grounds(file, deed):
        for no, scope in enumerate(file.case.asked):
            act_id = hashlib.sha256(f"{deed.act} {ground} {no}".encode()).hexdigest()[:32]
            try:
                holds.set(
                    act_id,
                    Seat(0, deed.account, deed.name, tuple(sorted(OFFICERS)), "", 0),
                    ground=ground,
                    cameras=[scope.camera_no],
                    start_ns=scope.start_ns,
                    end_ns=scope.end_ns,
                    reason=f"{file.case.number} {number}",
                    need=number,
                    documents={"document": number, "agency": _agency(file, deed)[:_MOST]},
                    case=file.key,
                )
            except UsageError as error:
                not_held.append(f"case {file.key}: {error}")
    return not_held


def hold_for_all(holds: HoldBook, files: Iterable[CaseFile]) -> list[str]:
    """At start: what of these effects was cut is done. Raises NotWritable."""
    return [text for file in files for deed in file.deeds for text in hold_for(holds, file, deed)]


def _grounds(file: CaseFile, deed: CaseDeed) -> list[str]:
    row = row_named(file.case, deed.row)
    return [effect.detail for effect in row.effects if effect.name is Do.HOLD] if row and not deed.damaged else []


def _agency(file: CaseFile, deed: CaseDeed) -> str:
    """Who ordered it: as typed with the order, else the agency whose letter the case is."""
    return deed.typed.words.get("agency", "") or file.letter.agency or deed.typed.voucher.number
