"""The inspector: from what was taken to what is told; it asks again where it must and never holds anybody up."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from appliance.api import Sign
from appliance.api.registry import load_plugins
from appliance.core.errors import Unavailable
from appliance.core.model import Camera
from appliance.recorder.supervisor.selftests import Inspector
from appliance.selftest.reports import (
    BOX,
    BoxOrder,
    BoxReport,
    CameraReport,
    SelfTestOrder,
    SelfTestReport,
    SelfTestRequest,
)
from appliance.selftest.runs import Failure
from tests.box import until
from tests.recorder.rig import SECOND, START_NS, SetClock

CHECKS = load_plugins(["check_picture", "check_storage"]).checks
CAMERA = Camera(camera_no="07", location="hall", source="testcard", sound=True)


class Rig:
    """An inspector whose darkroom answers what the test says."""

    def __init__(self, answer: Callable[[], SelfTestReport]) -> None:
        self.clock = SetClock(START_NS)
        self.orders: list[SelfTestOrder] = []
        self.reports: list[CameraReport] = []
        self._answer = answer
        self.boxes: list[BoxOrder] = []
        self.inspector = Inspector(CHECKS, self._look, self._look_box, self.clock, self.reports.append)

    def _look(self, camera_no: str, order: SelfTestOrder, taken: bytes) -> SelfTestReport:
        self.orders.append(order)
        return self._answer()

    def _look_box(self, order: BoxOrder) -> SelfTestReport:
        self.boxes.append(order)
        return self._answer()

    def looks(self, count: int, seconds: float = 20) -> CameraReport:
        for _ in range(count):
            self.inspector.inspect(CAMERA, b"")
            self.clock.advance(seconds)
        return self.reports[-1]


def _signs(wrong: bool) -> SelfTestReport:
    return SelfTestReport(
        seen=True,
        signs=(
            Sign("picture-blurred", wrong, 0.1, 0.3),
            Sign("picture-moved", wrong, 0.9, 0.7, "", "shifted by 9 % across and 2 % down"),
            Sign("no-such-fault", True, 1, 0),
        ),
    )


def test_a_look_is_ordered_with_what_the_pictures_are_registered_to_be() -> None:
    rig = Rig(lambda: _signs(False))
    rig.inspector.inspect(msgspec.structs.replace(CAMERA, width=1920, height=1080, fps=15.0), b"")
    registered = rig.orders[-1].registered
    assert (registered.width, registered.height, registered.fps, registered.sound) == (1920, 1080, 15.0, True)


def test_a_fault_is_told_when_it_lasted_with_its_measure_and_its_note() -> None:
    rig = Rig(lambda: _signs(True))
    assert rig.looks(1).wrong == ()
    blurred, moved = rig.looks(1).wrong
    assert (blurred.fault, blurred.box) == ("picture-blurred", "picture")
    assert blurred.text == "camera 07: The picture is out of focus. (measured 0.10, limit 0.3)"
    assert "shifted by 9 % across" in moved.text
    assert {sign.fault for sign in rig.reports[-1].signs} == {"picture-blurred", "picture-moved"}


def test_what_is_well_is_told_once_it_is_known() -> None:
    rig = Rig(lambda: _signs(False))
    assert rig.looks(3).well == ()
    assert rig.looks(1).well == ("picture-blurred", "picture-moved")


def test_a_suspicion_is_looked_at_sooner() -> None:
    wrong = [False]
    rig = Rig(lambda: _signs(wrong[0]))
    assert [due.camera_no for due in rig.inspector.due(["07"])] == ["07"]
    rig.inspector.taken(CAMERA, b"")
    rig.inspector.inspect(CAMERA, b"")
    rig.clock.advance(6)
    assert rig.inspector.due(["07"]) == []
    wrong[0] = True
    rig.inspector.inspect(CAMERA, b"")
    rig.clock.advance(5)
    assert [due.whole for due in rig.inspector.due(["07"])] == [True]


def test_a_darkroom_that_is_away_is_told_after_a_while_and_clears_nothing() -> None:
    def away() -> SelfTestReport:
        raise Unavailable("darkroom: it does not answer")

    rig = Rig(away)
    rig.inspector.inspect(CAMERA, b"")
    assert not rig.reports, "the darkroom starts beside the recorder"
    rig.clock.advance(60)
    assert rig.looks(2).seen
    report = rig.looks(1)
    assert not report.seen
    assert report.failures == (Failure("darkroom", "darkroom: it does not answer"),)
    assert report.well == report.wrong == ()


def test_a_person_s_wish_is_answered_once_by_each_camera() -> None:
    rig = Rig(lambda: _signs(False))
    rig.inspector.due(["07"])
    rig.clock.advance(1)
    assert rig.inspector.due(["07"]) == []
    rig.inspector.asked(SelfTestRequest(5, True, False))
    rig.inspector.asked(SelfTestRequest(5, True, False))
    assert [due.camera_no for due in rig.inspector.due(["07"])] == ["07"]
    assert rig.looks(2).asked == 5
    assert [order.prove for order in rig.orders] == [True, False]
    assert rig.orders[0].registered.sound
    minutes = (START_NS + 1 * SECOND) // SECOND // 60 % 1440
    assert rig.orders[0].local_minutes == (minutes + 8 * 60) % 1440


def test_a_wish_is_not_answered_by_a_look_that_brought_nothing_but_by_the_next() -> None:
    answers = [SelfTestReport(seen=False), _signs(False)]
    rig = Rig(lambda: answers.pop(0))
    rig.inspector.asked(SelfTestRequest(5, True, False))
    assert rig.looks(1).asked < 5
    assert rig.looks(1).asked == 5
    assert [order.prove for order in rig.orders] == [True, True]


def test_without_checks_nothing_is_looked_at() -> None:
    rig = Rig(lambda: _signs(False))
    inspector = Inspector({}, rig._look, rig._look_box, SetClock(START_NS), lambda report: None)
    assert inspector.due(["07"]) == []


def _hot(wrong: bool) -> SelfTestReport:
    return SelfTestReport(seen=True, signs=(Sign("disk-failing", wrong, float(wrong), 0, "", "sda"),))


def test_the_box_is_looked_at_as_a_camera_is_and_told_as_itself() -> None:
    rig = Rig(lambda: _hot(True))
    for at_ns in (7, 8):
        rig.inspector.inspect_box(BoxReport(at_ns, {"disk_failed.sda": 1}))
        rig.clock.advance(60)
    report = rig.reports[-1]
    assert (report.camera_no, rig.boxes[-1].told.at_ns) == (BOX, 8)
    (standing,) = report.wrong
    assert standing.text == "box: A disk says that it is failing; replace it now. (sda; measured 1, limit 0)"
    assert standing.box == "storage"


def test_a_wish_has_the_box_proven_once_on_what_was_told_last() -> None:
    rig = Rig(lambda: _hot(False))
    rig.inspector.told(BoxReport(7, {"disk_failed.sda": 0}))
    rig.inspector.asked(SelfTestRequest(5, True, False))
    rig.inspector.start()
    until(lambda: len(rig.reports) == 2, what="both looks")
    rig.inspector.close()
    assert [order.prove for order in rig.boxes] == [True, False]
    assert [order.told.at_ns for order in rig.boxes] == [7, 7]
    assert rig.reports[-1].asked == 5


def test_its_thread_works_off_what_came_and_ends() -> None:
    rig = Rig(lambda: _signs(False))
    rig.inspector.start()
    rig.inspector.taken(CAMERA, b"1")
    rig.inspector.close()
    assert len(rig.reports) <= 1
