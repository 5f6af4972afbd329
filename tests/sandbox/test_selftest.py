"""A look in a real darkroom child: measures come out, no picture does, and what is broken harms nobody."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from appliance.api import Packet, Registered, Stream, Streams
from appliance.api.nal import refreshes_slowly
from appliance.api.registry import load_plugins
from appliance.core.errors import Unavailable
from appliance.core.model import to_wire
from appliance.recorder.supervisor.selftests import SandboxPool
from appliance.sandbox.protocol import StillOrder
from appliance.sandbox.selftest_forkserver import SelfTestServer
from appliance.sandbox.service import run_darkroom
from appliance.sandbox.still import still
from appliance.selftest.healthy_samples import healthy
from appliance.selftest.reports import BoxOrder, BoxReport, SelfTestOrder, SelfTestReport
from appliance.selftest.samples import Taken, TakenPacket, Tap, decode_taken
from tests.box import until
from tests.sandbox.films import film

S = 1_000_000_000
ORDER = SelfTestOrder(registered=Registered(sound=True), local_minutes=720)
PLUGINS = ("check_picture", "check_sound", "check_storage")


def _serve(path: str) -> None:
    run_darkroom(
        path + ".viewings", looks=SelfTestServer(path, lambda: tuple(load_plugins(PLUGINS).checks.values()), {})
    )


@pytest.fixture(scope="module")
def darkroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = str(tmp_path_factory.mktemp("looks") / "looks.sock")
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(path,))
    process.start()
    until(lambda: os.path.exists(path), seconds=60, what="the darkroom's socket")
    yield path
    process.terminate()
    process.join(120)
    assert process.exitcode == 0


@pytest.fixture
def rooms(darkroom: str) -> Iterator[SandboxPool]:
    made = SandboxPool(darkroom)
    yield made
    made.close()


def taken(*, whole: bool = True, codec: str = "h264", sound: str = "aac", spoil: Any = None) -> bytes:
    """A look's worth of a film, as a camera's process gives it."""
    made = film(4, codec=codec, sound=sound, first=0x5A69)
    tap = Tap(sound=bool(sound))
    tap.describe(made.streams)
    tap.ask(whole=whole, now_ns=0)
    for packet in made.packets:
        given = tap.feed(packet, int(made.seconds(packet) * S))
        if given is not None:
            body: bytes = given if spoil is None else to_wire(spoil(decode_taken(given)))
            return body
    raise AssertionError("the film is too short")


@pytest.mark.parametrize(
    ("codec", "sound"),
    [
        ("h264", "aac"),
        ("hevc", "pcm_alaw"),
        ("mjpeg", "opus"),
        ("h264", "pcm_s16be"),
        ("h264", "adpcm_g726le"),
        ("h264", ""),
    ],
)
def test_a_confined_child_looks_at_what_cameras_send(rooms: SandboxPool, codec: str, sound: str) -> None:
    looked = rooms.look("01", ORDER, taken(codec=codec, sound=sound))
    assert looked.seen
    assert looked.failures == ()
    found = {sign.fault: sign for sign in looked.signs}
    assert not found["picture-black"].wrong
    assert not found["picture-broken"].wrong
    assert found["picture-small"].note == "320 x 180"


def test_a_picture_that_builds_up_over_many_is_not_called_broken(rooms: SandboxPool) -> None:
    """Intra refresh: no IDR ever comes but the first, and a recovery point says when the picture is whole."""
    made = film(6, refresh=True)
    keys = [packet for packet in made.packets if refreshes_slowly("h264", packet.data)]
    assert len(keys) >= 3
    at = made.packets.index(keys[1])
    tap = Tap(sound=False)
    tap.describe(made.streams)
    tap.ask(whole=True, now_ns=0)
    given = [tap.feed(packet, int(made.seconds(packet) * S)) for packet in made.packets[at:]]
    look = next(body for body in given if body is not None)
    assert decode_taken(look).packets[0].is_key
    looked = rooms.look("01", ORDER, look)
    assert looked.failures == ()
    assert not [sign.fault for sign in looked.signs if sign.fault.startswith("picture-")]
    assert not refreshes_slowly("h264", made.packets[0].data)


def test_the_box_is_looked_at_in_a_child_too_and_proves_itself(rooms: SandboxPool) -> None:
    told = BoxReport(5, {"disk_temperature_c.sda": 71.0, "writable.footage": 1.0})
    looked = rooms.look_box(BoxOrder(told=told, prove=True))
    assert {sign.fault: sign.wrong for sign in looked.signs} == {"storage-unwritable": False, "disk-hot": True}
    assert all(proof.ok for proof in looked.proofs)
    assert {proof.check for proof in looked.proofs} == {"storage", "disk", "probe"}
    assert [proof.fault for proof in looked.proofs if not proof.made] == ["disk-hot"], "too warm already"


def test_the_answer_holds_measures_and_words_and_no_picture(rooms: SandboxPool) -> None:
    answer = to_wire(rooms.look("01", ORDER, taken()))
    assert len(answer) < 4096


def test_it_proves_its_checks_on_what_was_just_taken(rooms: SandboxPool) -> None:
    order = SelfTestOrder(registered=Registered(), local_minutes=720, prove=True)
    proofs = rooms.look("01", order, taken(sound="")).proofs
    assert {"picture-black", "picture-noise", "picture-broken"} <= {proof.fault for proof in proofs if proof.ok}
    assert not rooms.look("01", ORDER, taken()).proofs, "only when it is asked for"


def _cut(found: Any) -> Any:
    """The second half of the key frame is missing, as after packets were lost."""
    first, *others = found.packets
    return type(found)(
        streams=found.streams, packets=(first._replace(data=first.data[: len(first.data) // 2]), *others)
    )


def _rubbish(found: Any) -> Any:
    first, *others = found.packets
    return type(found)(streams=found.streams, packets=(first._replace(data=b"\xff" * 500), *others))


def test_a_picture_that_does_not_decode_whole_is_told(rooms: SandboxPool) -> None:
    found = {sign.fault: sign for sign in rooms.look("01", ORDER, taken(spoil=_cut)).signs}
    assert found["picture-broken"].wrong
    looked = rooms.look("01", ORDER, taken(whole=False, spoil=_rubbish))
    assert not looked.seen
    assert looked.failures[0].check == "decoding"


@pytest.mark.parametrize("body", [b"", b"\xff" * 100, to_wire({"streams": []})])
def test_what_is_no_look_costs_one_child_and_the_next_look_works(rooms: SandboxPool, body: bytes) -> None:
    with pytest.raises(Unavailable):
        rooms.look("01", ORDER, body)
    assert rooms.look("01", ORDER, taken()).seen


def test_an_empty_look_is_no_picture_and_no_defect(rooms: SandboxPool) -> None:
    tap = Tap(sound=False)
    tap.describe(Streams(film(4).streams.streams))
    tap.ask(whole=False, now_ns=0)
    empty = tap.feed(Packet(0, b"x", 0, 0, 0, False), 20 * S)
    assert isinstance(rooms.look("01", ORDER, empty or b""), SelfTestReport)


def test_a_darkroom_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no look"):
        SandboxPool(str(tmp_path / "none.sock")).look("01", ORDER, b"")


def view(shift: int = 0, *, blurred: bool = False, gray: bool = False) -> Taken:
    """A look at the same room as always, pushed aside by so many pixels, out of focus or without colour, as a key frame
    alone."""
    (vitals,) = healthy("picture", 1)
    luma = np.roll(vitals.picture.luma, shift, axis=1)
    if blurred:
        luma = cv2.GaussianBlur(luma, (0, 0), 4)
    cb, cr = (np.full_like(plane, 128) if gray else plane for plane in (vitals.picture.cb, vitals.picture.cr))
    planes = np.concatenate([luma.ravel(), cb.ravel(), cr.ravel()])
    height, width = luma.shape
    frame = av.VideoFrame.from_ndarray(planes.reshape(height * 3 // 2, width), format="yuv420p")
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuv420p", Fraction(1, 25)
    encoder.options = {"crf": "18", "x264-params": "annexb=1:repeat-headers=1"}
    data = b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))
    packet = TakenPacket(0, data, 0, 0, True, False)
    return Taken(streams=Streams((Stream(0, "video", "h264", (1, 25), width=width, height=height),)), packets=(packet,))


def wrong(looked: SelfTestReport) -> set[str]:
    return {sign.fault for sign in looked.signs if sign.wrong}


def test_T_65_what_changed_while_nothing_ran_is_found_against_the_reference_picture(rooms: SandboxPool) -> None:
    """A fresh child has learned nothing: only the office's own picture tells that the camera was moved or lost focus
    before it was started."""
    moved, soft = to_wire(view(200)), to_wire(view(blurred=True))
    assert "picture-moved" not in wrong(rooms.look("01", ORDER, moved))
    rooms.drop("01")
    reference = still(StillOrder(), view()).jpeg
    rooms.refer("01", (reference, b"no picture at all"))
    assert "picture-moved" in wrong(rooms.look("01", ORDER, moved))
    assert "picture-blurred" in wrong(rooms.look("01", ORDER, soft))
    well = rooms.look("01", ORDER, to_wire(view()))
    assert not {fault for fault in wrong(well) if fault.startswith("picture-")}
    assert "picture-moved" in {sign.fault for sign in well.signs}, "judged at the first look"
    rooms.refer("01", (still(StillOrder(), view(200)).jpeg,))
    assert "picture-moved" not in wrong(rooms.look("01", ORDER, moved)), "two people said that this is the view now"
    rooms.refer("01", ())
    rooms.drop("01")
    assert "picture-moved" not in wrong(rooms.look("01", ORDER, moved))


def test_a_reference_by_day_says_nothing_about_the_night(rooms: SandboxPool) -> None:
    day = still(StillOrder(), view())
    night = still(StillOrder(), view(gray=True))
    assert (day.told.light, night.told.light) == ("day", "night")
    moved = to_wire(view(200, gray=True))
    rooms.refer("02", (day.jpeg,))
    assert "picture-moved" not in {sign.fault for sign in rooms.look("02", ORDER, moved).signs}, "not judged"
    rooms.refer("02", (day.jpeg, night.jpeg))
    assert "picture-moved" in wrong(rooms.look("02", ORDER, moved))


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg"])
def test_a_still_is_a_small_jpeg_with_how_loud_it_is(codec: str) -> None:
    made = still(StillOrder(width=160), decode_taken(taken(codec=codec)))
    assert made.jpeg.startswith(b"\xff\xd8")
    decoded = cv2.imdecode(np.frombuffer(made.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape[:2] == (90, 160)
    assert made.told.level_db is not None
    assert -60 < made.told.level_db < 0
    silent = still(StillOrder(), decode_taken(taken(codec=codec, sound="")))
    assert (silent.told.level_db, silent.told.peak_db) == (None, None)


def test_a_still_of_nothing_and_of_rubbish_is_a_sentence() -> None:
    with pytest.raises(Unavailable, match="no key frame"):
        still(StillOrder(), Taken(streams=Streams(()), packets=()))
    whole = view()
    rubbish = Taken(streams=whole.streams, packets=(whole.packets[0]._replace(data=bytes(500)),))
    with pytest.raises(Unavailable, match=r"decode|no picture"):
        still(StillOrder(), rubbish)
