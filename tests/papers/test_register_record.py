"""Papers of the registers: nobody signs both of two boxes that are kept apart, and a long record goes on to pages."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from appliance.core.errors import UsageError
from appliance.papers.sheets.printer import Printer
from appliance.papers.sheets.register_record import Part, SignBox, register_record
from tests.papers.reading import page_texts
from tests.papers.samples import CERTIFICATE, ISSUE, signed


def test_T_60_no_certificate_has_one_person_as_who_did_it_and_who_saw_it() -> None:
    twice = (SignBox(label="執行人", signed=signed("lin", "林")), SignBox(label="見證人", signed=signed("lin", "林")))
    with pytest.raises(UsageError, match="signed two cells"):
        msgspec.structs.replace(CERTIFICATE, boxes=twice)
    approved = (SignBox(label="核可（單位主管）", signed=signed("lin", "林")), twice[1])
    assert msgspec.structs.replace(CERTIFICATE, boxes=approved).boxes == approved


def test_T_60_a_box_that_nobody_signed_is_left_for_ink() -> None:
    sheet = register_record(msgspec.structs.replace(CERTIFICATE, boxes=(SignBox(label="見證人"),)), ISSUE)
    assert "電子簽章" not in "".join(sheet.texts())


@pytest.mark.papers
def test_a_long_record_goes_on_to_more_pages_and_loses_nothing(printer: Printer, tmp_path: Path) -> None:
    said = "\n".join(f"第{at}點　現場查看並記錄。" for at in range(1, 120))
    long = msgspec.structs.replace(CERTIFICATE, parts=(Part(heading="事實", lines=(("事實", said),)),))
    printed = printer.print(register_record(long, ISSUE))
    assert printed.pages >= 3
    text = "".join(page_texts(printed.pdf, tmp_path))
    assert all(text.count(f"第{at}點") == 1 for at in range(1, 120))
