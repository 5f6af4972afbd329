"""What waits of the cases besides their acts: the scan of a signed form or of a letter that is to follow
(``AT-38``)."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.rules.cases.states import Kind, State
from appliance.rules.duties import DeskDuty
from appliance.rules.scans import TAKERS
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.links import scans_of
from appliance.services.duties.waits import WaitingItem, holding

__all__ = ["of_scans"]

_ENDS = frozenset({State.CLEANED, State.NOTIFIED, State.WITHDRAWN, State.LAPSED, State.OTHERWISE})
"""From where a case closes, if only its scan is there."""


def of_scans(book: CaseBook) -> Iterator[WaitingItem]:
    """Until it is there, or the unit head signed for its absence."""
    for file in book.living():
        on_paper = file.case.kind is not Kind.INT or file.form.in_hand
        kind = ("letter" if file.case.kind is Kind.AGY else "form") if on_paper else ""
        if kind and _owes(file) and kind not in scans_of(book.world, book.links, file.key):
            duty = DeskDuty(sort="scan", act="file", key=file.key, number=file.case.number, state=kind,
                            since=str(file.case.received_on))  # fmt: skip
            yield WaitingItem(duty, "officer", holding(TAKERS))


def _owes(file: CaseFile) -> bool:
    case = file.case
    if case.received_on is None or case.state is State.CLOSED or "scan_excused" in case.flags:
        return False
    return bool(file.form.scan_follows or file.letter.scan_follows) or case.state in _ENDS
