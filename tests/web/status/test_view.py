"""The first page's words: its headline is the worst of what stands below it, and each finding leads somewhere."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.messages import coded
from appliance.protocol.status import CameraStatus, Gap, Space, Status
from appliance.rules.duties import Waiting
from appliance.rules.people import MAY
from appliance.web.i18n.messages import Messages, read_messages
from appliance.web.pages.status.view import status_view

NOW_NS = 1_727_416_800 * 10**9


@pytest.fixture(scope="module")
def messages() -> Messages:
    return read_messages()


def view(messages: Messages, *findings: str, **changes: Any) -> dict[str, Any]:
    cameras = tuple(
        CameraStatus(camera_no=number, state="live", last_written_ns=NOW_NS, bitrate_bps=1_000_000)
        for number in ("1-01", "11-01")
    )
    found = tuple({"key": key, "box": "picture", "text": f"finding: {key}"} for key in findings)
    status = Status(now_ns=NOW_NS, **({"cameras": cameras, "space": Space(days=60.0), "findings": found} | changes))
    return status_view(status, messages, "zh", MAY)


def test_all_well_is_green(messages: Messages) -> None:
    told = view(messages)
    assert (told["worst"], told["headline"]) == ("live", "2 支監視器錄影正常")
    assert {camera["state"] for camera in told["cameras"]} == {"live"}


@pytest.mark.parametrize(
    ("changes", "worst"),
    [
        ({"space": Space(days=3.0, verdict="short")}, "lost"),
        ({"space": Space(days=20.0, verdict="warn")}, "connecting"),
        ({"space": Space(days=60.0, danger="2024-10-01")}, "lost"),
        ({"space": Space(days=60.0, rung=1)}, "connecting"),
        ({"space": Space(days=60.0, rung=2)}, "lost"),
        ({"space": Space(days=None, verdict="")}, "connecting"),
        ({"trusted": False}, "connecting"),
    ],
)
def test_the_headline_is_no_better_than_any_card(messages: Messages, changes: dict[str, Any], worst: str) -> None:
    told = view(messages, **changes)
    assert told["worst"] == worst
    assert told["headline"] == {
        "lost": "2 支監視器錄影中，有異常須處理", "connecting": "2 支監視器中 2 支錄影中，請留意"
    }[worst]  # fmt: skip


def test_the_headline_is_not_green_above_a_duty_that_is_overdue(messages: Messages) -> None:
    cameras = (CameraStatus(camera_no="1-01", state="live", last_written_ns=NOW_NS),)
    status = Status(now_ns=NOW_NS, cameras=cameras, space=Space(days=60.0, verdict="well"))
    told = [status_view(status, messages, "zh", MAY, Waiting(all=1, overdue=over))["worst"] for over in (0, 1)]
    assert told == ["live", "connecting"]


def test_a_camera_that_records_black_pictures_is_not_shown_as_well(messages: Messages) -> None:
    told = view(messages, "picture-black-1-01")
    black, other = told["cameras"]
    assert (black["state"], black["state_text"], black["faults"]) == (
        "connecting", "錄影中，有異常", "監視器 1-01 畫面全黑"
    )  # fmt: skip
    assert black["bitrate"] == "1.0 Mbit/s", "it records all the same"
    assert (other["state"], other["state_text"], other["faults"]) == ("live", "錄影中", "")
    assert told["worst"] == "connecting"
    assert told["headline"].startswith("2 支監視器中 2 支錄影中"), "both record"


def test_a_red_finding_of_a_camera_makes_its_card_and_the_headline_red(messages: Messages) -> None:
    told = view(messages, "camera-device-11-01")
    assert [camera["state"] for camera in told["cameras"]] == ["live", "lost"]
    assert (told["worst"], told["headline"]) == ("lost", "2 支監視器錄影中，有異常須處理")


@pytest.mark.parametrize(
    ("waiting", "mark", "said"),
    [
        (Waiting(all=3, overdue=1), "over", "待辦 3 件，其中 1 件已逾期"),
        (Waiting(all=3), "some", "待辦 3 件"),
        (Waiting(others=2), "some", "已逾期或即將屆期 2 件待他人辦理；您本人無待辦"),
        (Waiting(), "none", "目前無待辦事項"),
        (None, "some", "待辦事項"),
    ],
)
def test_that_nothing_waits_is_said_where_it_is_known_alone(
    messages: Messages, waiting: Waiting | None, mark: str, said: str
) -> None:
    told = status_view(Status(now_ns=NOW_NS), messages, "zh", MAY, waiting)
    assert (told["waiting_mark"], told["waiting"]) == (mark, said)


def test_what_people_owe_for_a_camera_is_no_fault_of_what_it_records(messages: Messages) -> None:
    told = view(messages, "reference-owed-1-01")
    assert {camera["state_text"] for camera in told["cameras"]} == {"錄影中"}
    assert told["worst"] == "connecting", "it is told all the same"


def test_before_a_camera_came_in_force_nothing_of_it_is_missing(messages: Messages) -> None:
    hour = 3600 * 10**9
    gap = Gap(start_ns=NOW_NS - 3 * hour, end_ns=NOW_NS - 2 * hour, cause="not-in-force")
    camera = CameraStatus(camera_no="1-01", state="live", earliest_ns=NOW_NS - 4 * hour, gaps_24h=(gap,))
    (told,) = view(messages, cameras=(camera,))["cameras"]
    assert (told["gaps"], told["gap_count"], told["strip_text"]) == ("無", 0, "24 小時內無缺錄")
    assert [piece["kind"] for piece in told["strip"]] == ["kept", "none"]


@pytest.mark.parametrize(
    ("key", "href"),
    [
        ("picture-black-1-01", "/inspection"),
        ("camera-drift-1-01", "/cameras/1-01"),
        ("publication-differs", "/cameras#publication"),
        ("hold-due-7-H113-0001", "/holds"),
        ("register-clock-I113-0001", "/register/incidents/I113-0001"),
        ("register-due-report-I113-0001", "/register/incidents/I113-0001"),
        ("register-datafile", "/register/datafile"),
        ("register-vendor-pledge-V113-0001", "/register"),
        ("people-review", "/people"),
        ("clock-leapt", "/rules"),
        ("storage-gap", "/inspection"),
    ],
)
def test_each_finding_leads_to_where_it_is_dealt_with(messages: Messages, key: str, href: str) -> None:
    (finding,) = view(messages, key)["findings"]
    assert finding["href"] == href


def test_no_finding_leads_to_a_page_that_nobody_here_may_open(messages: Messages) -> None:
    found = ({"key": "camera-drift-1-01", "box": "picture", "text": ""},)
    told = status_view(Status(now_ns=NOW_NS, findings=found), messages, "zh", ("see-status",))
    assert told["findings"][0]["href"] == ""


def test_a_clock_of_an_incident_says_by_when_and_is_as_urgent_as_on_the_board(messages: Messages) -> None:
    """By the hour of its end, which the keeper's sentence has; the board of duties marks by the same function."""

    def told(left_minutes: int, lang: str = "zh") -> tuple[str, str]:
        due = coded("due-report", number="I113-0001", due_ns=NOW_NS + left_minutes * 60 * 10**9)
        found = ({"key": "register-due-report-I113-0001", "box": "storage", "text": due.as_map()},)
        view = status_view(Status(now_ns=NOW_NS, findings=found), messages, lang, MAY)
        (finding,) = view["findings"]
        return finding["severity"], finding["text"]

    assert told(40) == ("red", "事故 I113-0001 應於 113/09/27 14:40 前完成資安通報，請立即通報（剩 40 分）")
    assert told(40, "en") == (
        "red",
        "incident I113-0001: its report to the security office is due at 2024-09-27 14:40 (40 min left)",
    )
    assert told(0)[1].endswith("（剩 未滿 1 分）")
    assert told(-1) == ("red", "事故 I113-0001 應於 113/09/27 13:59 前完成資安通報，請立即通報"), "it is over"
    assert told(49 * 60) == ("amber", "事故 I113-0001 應於 113/09/29 15:00 前完成資安通報，請立即通報")


def test_what_is_late_and_a_list_that_is_not_public_are_red(messages: Messages) -> None:
    text = coded("publication-differs", due_day="2024-09-30").as_map()
    found = ({"key": "publication-differs", "box": "storage", "text": text},)
    (board,) = view(messages, findings=found)["findings"]
    assert board == {
        "text": "監視器設置區位公告與現況不符或尚未公告，請於 113/09/30 前公告並登記", "severity": "red",
        "href": "/cameras#publication",
    }  # fmt: skip
    told = view(messages, "register-clock-I113-0001")
    assert (told["worst"], told["findings"][0]["severity"]) == ("lost", "red")
