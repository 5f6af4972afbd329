"""INV-22 with the real processes and a real disk: what leaves the keeper was on the device before it left.

``test_inv_22.py`` cuts the power at every step in one process. Here the device itself is read, from outside, at the
moment when the first bytes of a response arrive: the entry that releases them lies there already.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from appliance.core.clock import SLOT_NS, SystemClock, slot_start_ns
from appliance.core.errors import Refused
from tests.box import OFFICER, Box, make_box, testcard
from tests.caselife import life_of
from tests.faults.ext4 import Ext4, ext4_on_loop
from tests.footage import film_past

pytestmark = pytest.mark.root

SECOND = 1_000_000_000
MOST_AHEAD_NS = 10 * SECOND


@dataclass
class Viewing:
    box: Box
    disk: Ext4
    session: str
    grant: str
    start_ns: int
    end_ns: int
    before: bytes
    """The ledger on the device when the keys had just been opened."""

    def on_device(self, device: bytes) -> bytes:
        """The ledger that a power cut would have left when ``device`` was read."""
        return _ledger_on(self.disk, self.box, device)

    def entries(self, kind: str) -> list[dict[str, Any]]:
        listed = self.box.call("ledger.list", session=self.session, start=0, count=200)["entries"]
        return [entry["fields"] for entry in listed if entry["kind"] == kind]


@pytest.fixture(scope="module")
def viewing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewing]:
    directory = tmp_path_factory.mktemp("inv-22")
    with ext4_on_loop(directory, 64) as disk, make_box(disk.path / "state", [testcard("01")]) as box:
        box.start("keeper", "darkroom")
        begun = slot_start_ns(SystemClock().wall_ns()) - SLOT_NS
        film_past(box, "01", begun, 40)
        session = box.both_logged_in()
        case = life_of(box, session).viewing(["01"], begun + 2 * SECOND, begun + 38 * SECOND)
        grant = box.call("viewing.open", session=session, case=case, seat=1, password=OFFICER.password)["grant"]
        before = _ledger_on(disk, box, disk.device())
        yield Viewing(box, disk, session, str(grant), begun + 2 * SECOND, begun + 38 * SECOND, before)


def _ledger_on(disk: Ext4, box: Box, device: bytes) -> bytes:
    path = Path(box.settings.layout.keeper, "ledger", "ledger.log")
    return disk.after_a_cut(device, str(path.relative_to(disk.path)))


def test_the_entry_that_opens_keys_is_on_the_device_when_they_are_open(viewing: Viewing) -> None:
    (opened,) = viewing.entries("grant.opened")
    assert opened["grant"] == viewing.grant
    assert f'"grant":"{viewing.grant}","kind":"grant.opened"'.encode() in viewing.before


def test_each_released_span_is_on_the_device_when_its_first_byte_arrives(viewing: Viewing) -> None:
    client = viewing.box.client()
    at_ns, spans = viewing.start_ns, 0
    try:
        while True:
            head, blocks = client.stream("viewing.media", session=viewing.session, grant=viewing.grant,
                                         camera_no="01", start_ns=at_ns, seconds=10, video_codecs=["h264"])  # fmt: skip
            assert next(blocks)
            device = viewing.disk.device()
            for _ in blocks:
                pass
            assert head["end_ns"] - head["start_ns"] <= MOST_AHEAD_NS
            entry = _released(viewing, head["start_ns"], head["end_ns"])
            assert entry in viewing.on_device(device), "it left before its entry was on the device"
            assert entry not in viewing.before
            spans += 1
            if head["next_ns"] is None:
                break
            at_ns = head["next_ns"]
    finally:
        client.close()
    assert spans >= 4
    released = viewing.entries("footage.released")
    assert len(released) == spans
    for fields in released:
        assert viewing.start_ns <= fields["start_ns"] < fields["end_ns"] <= viewing.end_ns


def _released(viewing: Viewing, start_ns: int, end_ns: int) -> bytes:
    """The part of the entry's canonical JSON that says what left, after its buckets and camera."""
    fields = {"end_ns": end_ns, "grant": viewing.grant, "kind": "footage.released", "start_ns": start_ns}
    return json.dumps(fields, separators=(",", ":")).encode()[1:-1]


def test_a_key_picture_is_released_on_the_device_before_it_is_here(viewing: Viewing) -> None:
    (end_ns,) = {fields["end_ns"] for fields in viewing.entries("grant.opened")[0]["spans"]}
    case = life_of(viewing.box, viewing.session).viewing(["01"], end_ns - 5 * SECOND, end_ns)
    grant = viewing.box.call("viewing.open", session=viewing.session, case=case, seat=1, password=OFFICER.password)
    client = viewing.box.client()
    try:
        answer = client.call("viewing.key", session=viewing.session, grant=grant["grant"], camera_no="01",
                             at_ns=end_ns - SECOND)  # fmt: skip
        device = viewing.disk.device()
    finally:
        client.close()
    assert answer.body.startswith(b"\xff\xd8")
    assert f'"grant":"{grant["grant"]}","kind":"footage.released"'.encode() in viewing.on_device(device)


def test_what_was_shown_is_entered_within_what_was_released_and_more_is_refused(viewing: Viewing) -> None:
    shown = {"camera_no": "01", "start_ns": viewing.start_ns + 3 * SECOND, "end_ns": viewing.start_ns + 5 * SECOND}
    viewing.box.call("viewing.shown", session=viewing.session, grant=viewing.grant, spans=[shown])
    assert f'"grant":"{viewing.grant}","kind":"footage.shown"'.encode() in viewing.on_device(viewing.disk.device())
    assert viewing.entries("footage.shown")[-1]["spans"] == [shown]
    late = {**shown, "end_ns": viewing.end_ns + SECOND}
    with pytest.raises(Refused, match="more than was released"):
        viewing.box.call("viewing.shown", session=viewing.session, grant=viewing.grant, spans=[late])
    assert len(viewing.entries("footage.shown")) == 1
