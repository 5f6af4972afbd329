"""What a draft before the first release wrote is refused by name: what was found, where, what is read, what to do."""

from __future__ import annotations

import pytest

from appliance.core.errors import OtherFormat
from tests.services.bookdesk import NOW_NS, BookDesk

MINUTE_NS = 60 * 10**9
ASKED = {"camera_no": "C1", "start_ns": NOW_NS - 60 * MINUTE_NS, "end_ns": NOW_NS - 50 * MINUTE_NS}
NEXT = "change nothing, start the version of the recorder that wrote it, or restore a backup of this one"


def test_a_ledger_with_a_case_of_the_draft_with_four_states_opens_no_book() -> None:
    desk = BookDesk()
    clear = {"case": "115-0001", "asked": [ASKED], "rounded": [ASKED]}
    entry = desk.acts.perform("a1", "case.received", clear, {"by": "wang", "reason": "車損"}).entry
    with pytest.raises(OtherFormat) as refused:
        desk.opened()
    assert str(refused.value) == (
        f"ledger entry {entry.index}: case 115-0001 is of a draft that knew four states and no tables; this version "
        f"reads cases whose every entry names its row of the tables: {NEXT}"
    )
