"""What will be pinned, said before it is sent."""

from __future__ import annotations

from datetime import datetime

from appliance.core.clock import LOCAL
from appliance.protocol.status import CameraPlace, Cameras
from appliance.rules.cases.ranges import Scope
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.intake.fields import FORMS
from appliance.web.pages.intake.pin_summary import echoes, pin_lines
from appliance.web.pages.intake.typed import typed_from

SECOND = 1_000_000_000
MESSAGES = read_messages()


def at(month: int, day: int, hour: int, minute: int = 0) -> int:
    return int(datetime(2024, month, day, hour, minute, tzinfo=LOCAL).timestamp()) * SECOND


STATUS = Cameras(
    now_ns=at(9, 30, 9),
    cameras=(CameraPlace(camera_no="1-01", location="大廳", earliest_ns=at(8, 20, 12)),),
    floor_days=31,
)


def line(start_ns: int, end_ns: int, lang: str = "zh") -> tuple[str, ...]:
    (found,) = pin_lines([Scope("1-01", start_ns, end_ns)], STATUS, MESSAGES, lang)
    return tuple(found)


def test_inv_09_d_04_the_pin_is_told_with_its_margin_out_to_whole_slots() -> None:
    assert line(at(9, 27, 14), at(9, 27, 14, 43)) == (
        "1-01 大廳",
        "113/09/27（五） 14:00 至 14:43",
        "保留 113/09/27（五） 13:50 至 15:00",
        "",
        "",
    )
    assert line(at(9, 27, 23), at(9, 28, 1), "en")[1] == "2024-09-27 (Fri) 23:00 to 2024-09-28 (Sat) 01:00"


def test_t_21_what_may_be_gone_is_said() -> None:
    assert line(at(8, 19, 8), at(8, 19, 9))[-1] == "red"
    assert line(at(8, 20, 11), at(8, 20, 13))[-1] == "amber"


def test_what_could_be_overwritten_within_72_hours_is_said() -> None:
    assert line(at(9, 1, 8), at(9, 1, 9))[3:] == ("72 小時內可能遭覆蓋，收件後即暫停覆蓋", "amber")
    assert line(at(9, 2, 8), at(9, 2, 9))[-1] == ""


def test_dates_come_back_in_both_calendars_and_a_doubtful_id_is_said() -> None:
    typed = typed_from(
        FORMS["citizen"], {"born": ["70/5/1"], "id-no": ["A123456788"], "r1-day": ["1130927"], "report-day": ["x"]}
    )
    assert echoes(FORMS["citizen"], typed, MESSAGES, "zh") == {
        "born": ("民國 70 年 5 月 1 日（五）＝1981-05-01", False),
        "r1-day": ("民國 113 年 9 月 27 日（五）＝2024-09-27", False),
        "id-no": ("國民身分證（檢查碼不符，請再行核對）", True),
    }
    good = typed_from(FORMS["citizen"], {"id-no": ["a123456789"], "born": ["1130927"]})
    assert echoes(FORMS["citizen"], good, MESSAGES, "en") == {
        "id-no": ("National ID", False),
        "born": ("2024-09-27 (Fri) = ROC 113/9/27", False),
    }


def test_T_08_of_a_camera_that_left_it_is_said_since_when_there_is_nothing() -> None:
    left = {"camera_no": "1-01", "left": "retired", "earliest_ns": at(8, 20, 12), "last_written_ns": at(9, 27, 14, 30)}

    def marks(start_ns: int, end_ns: int, **changed: int) -> tuple[str, str]:
        status = Cameras(now_ns=STATUS.now_ns, cameras=(CameraPlace(**left | changed),), floor_days=31)
        (found,) = pin_lines([Scope("1-01", start_ns, end_ns)], status, MESSAGES, "zh")
        return found.warning, found.mark

    assert marks(at(9, 27, 14), at(9, 27, 14, 30)) == ("", "")
    partly = "此監視器於 113/09/27 14:30 停止錄影，其後之部分無影音資料"
    assert marks(at(9, 27, 14), at(9, 27, 15)) == (partly, "amber")
    assert marks(at(9, 28, 14), at(9, 28, 15)) == (partly.replace("之部分", ""), "red")
    none = marks(at(9, 27, 14), at(9, 27, 15), earliest_ns=0, last_written_ns=0)
    assert none == ("此監視器已停用，且已無影音資料", "red")


def test_of_what_is_on_the_former_recorder_nothing_is_said_to_be_kept_or_gone() -> None:
    gone = Scope("1-01", STATUS.now_ns - 400 * 24 * 3600 * 10**9, STATUS.now_ns - 399 * 24 * 3600 * 10**9)
    (here,) = pin_lines([gone], STATUS, MESSAGES, "zh")
    (there,) = pin_lines([gone], STATUS, MESSAGES, "zh", elsewhere=True)
    assert "保留" in here.kept
    assert (there.kept, there.warning, there.mark) == ("在前一套系統；本系統無從保留", "", "")
