"""What a camera shows to whoever takes it on: one key frame, and what is to be known before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appliance.api import CameraLost, CodedMessage, Packet, SourceKind, Stream, Streams, coded
from appliance.core.model import CameraNote, to_wire
from appliance.recorder.camera.preview import see
from appliance.rules.camera_notes import cleaned_notes
from appliance.selftest.samples import Taken, decode_taken
from tests.recorder.rig import SetClock

VIDEO = Streams((Stream(0, "video", "h264", (1, 1000)),))
Script = list[float | bool | Exception]
"""Seconds that pass, packets (True: a key frame), an error."""


class _Source:
    """Gives what ``script`` says."""

    def __init__(self, clock: SetClock, script: Script, notes: tuple[CodedMessage, ...]) -> None:
        self._clock, self._script, self.notes, self.closed = clock, script, notes, False

    def __iter__(self) -> Iterator[object]:
        yield VIDEO
        for number, each in enumerate(self._script):
            if isinstance(each, Exception):
                raise each
            if isinstance(each, bool):
                yield Packet(0, b"picture %d" % number, number, number, 0, each)
            else:
                self._clock.advance(each)
                yield None

    def close(self) -> None:
        self.closed = True


def _seen(script: Script, *notes: CodedMessage) -> Taken:
    clock, given = SetClock(), list[bytes]()
    source = _Source(clock, script, notes)
    kind = SourceKind(
        name="scripted", summary="A script.", settings=(), open=lambda _: source, describe=lambda _: "a script"
    )
    see(kind, {}, clock, given.append)
    assert source.closed
    (body,) = given
    return decode_taken(body)


def _codes(taken: Taken) -> list[str]:
    return [note.code for note in taken.notes]


FAR: Script = [True, *([False, 1.0] * 6)]


def test_key_frames_that_are_far_apart_are_said_beside_the_picture() -> None:
    taken = _seen(FAR)
    assert [packet.data for packet in taken.packets] == [b"picture 0"]
    assert taken.notes == (CameraNote("camera-note-gop-long", {"seconds": "5"}),)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([True, False, 1.0, False, 1.0, True, *([False, 1.0] * 9)], id="every two seconds"),
        pytest.param([True, *([1.0] * 9)], id="a picture each ten seconds, and each a key frame"),
        pytest.param([True, False, 1.0, CameraLost("it ended")], id="it ends meanwhile"),
        pytest.param([True, False, 1.0], id="no more comes"),
        pytest.param([11.5, True, *([False, 1.0] * 9)], id="it was slow to show one"),
    ],
)
def test_nothing_is_said_of_key_frames_where_nothing_is_known(script: Script) -> None:
    taken = _seen(script)
    assert len(taken.packets) == 1
    assert _codes(taken) == []


def test_what_the_source_leaves_out_is_said_before_the_camera_is_taken_on() -> None:
    assert _codes(_seen([True, True], coded("camera-note-udp"))) == ["camera-note-udp"]
    assert _codes(_seen(FAR, coded("camera-note-udp"))) == ["camera-note-gop-long", "camera-note-udp"]


def test_a_process_that_lies_says_no_more_than_the_catalogue_has() -> None:
    told = (
        CameraNote("camera-note-more", {"what": "one\nline" + "x" * 300}),
        CameraNote("web-internal", {}),
        CameraNote("camera-note-never", {}),
    )
    (note,) = cleaned_notes(decode_taken(to_wire(Taken(streams=VIDEO, packets=(), notes=told))).notes)
    assert note.code == "camera-note-more"
    assert note.values["what"] == ("one line" + "x" * 300)[:200]
