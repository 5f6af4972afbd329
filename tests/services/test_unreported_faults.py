"""What is at fault and dealt with nowhere waits to be reported for repair (六: 應即通報維修)."""

from __future__ import annotations

from appliance.rules.inspection.facts import Judged
from appliance.services.duties.of_inspection import of_inspection
from tests.services.inspectiondesk import BLURRED, SILENT, InspectionDesk


def waiting(desk: InspectionDesk) -> list[tuple[str, str, str]]:
    """Act, thing and what is at issue, of what waits for the officer and is no ticket that goes on."""
    duties = (each.duty for each in of_inspection(desk.book, desk.today) if each.fit(desk.seat("lin")))
    return [(duty.act, duty.key, duty.why) for duty in duties if duty.act != "accept"]


def test_what_is_at_fault_waits_to_be_reported_unless_a_signature_or_a_ticket_deals_with_it() -> None:
    desk = InspectionDesk()
    day = desk.at(0, 8).isoformat()
    assert waiting(desk) == [("sign", day, "")]
    desk.fault(BLURRED)
    assert waiting(desk) == [("sign", day, "faults")], "whoever signs judges it"
    desk.look()
    desk.sign(judged={BLURRED: Judged(fault=False, reason="鏡頭正在擦拭")})
    assert waiting(desk) == [], "it was said to be no fault"
    desk.at(0, 11)
    desk.fault(SILENT, 10)
    assert waiting(desk) == [("report", SILENT, "")], "it came after the signature"
    desk.report(SILENT, box="sound", camera_no="07")
    assert waiting(desk) == [], "a ticket goes on"
    desk.over(BLURRED)
    desk.at(0, 13)
    desk.fault(BLURRED, 12)
    assert waiting(desk) == [("report", BLURRED, "")], "it began anew"


def test_a_fault_that_was_signed_and_not_reported_waits_and_so_does_one_of_a_day_off() -> None:
    desk = InspectionDesk()
    desk.at(0, 8)
    desk.fault(BLURRED)
    desk.sign_faulty(BLURRED)
    assert waiting(desk) == [("report", BLURRED, "")]
    desk.report(BLURRED)
    assert waiting(desk) == []
    desk.off.add(desk.at(1, 9))
    desk.fault(SILENT, 8)
    assert waiting(desk) == [("report", SILENT, "")], "nobody signs for a day off on that day"
    desk.over(SILENT)
    assert waiting(desk) == []
