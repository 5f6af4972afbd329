"""Cameras that talk RTSP in ways of their own: each of their pictures comes out, whole and in order."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest

from appliance.api import NO_PTS, CameraLost, Packet, Stream, UsageError, parameter_sets, split_nals
from appliance.core.messages import coded
from appliance.plugins.sources.rtsp.account import Account
from appliance.plugins.sources.rtsp.rtp import OutOfOrder, depacketizer
from appliance.plugins.sources.rtsp.rtp_packets import says_goodbye
from appliance.plugins.sources.rtsp.sdp import Media
from appliance.testing import watch
from tests.patience import PATIENCE_SECONDS
from tests.peers.clips import clip
from tests.peers.quirky_rtsp import QUIRKS, QuirkyRtsp
from tests.plugins.conftest import Open
from tests.plugins.test_rtp import CODE, Sender
from tests.quirks.camera import Camera
from tests.quirks.edits import replace, status
from tests.quirks.script import Script

PICTURES = 30
ACCOUNT = {"user": "viewer", "password": "0123"}
SIGNS = ("session-timeout", "get-parameter-ends", "get-parameter-counts-not", "keep-alive-401")
UDP = ("tcp-461", "tcp-400", "tcp-500", "tcp-hangs-up")
REFUSED = ("interleaved", "sound-alone")
SLOW = ("slow", "options-ends", "offered-ends", "options-454")


@pytest.mark.parametrize("quirk", [quirk for quirk in QUIRKS if quirk not in (*SIGNS, *UDP, *SLOW, *REFUSED)])
def test_every_picture_of_a_camera_with_a_quirk_comes_out(open_source: Open, quirk: str) -> None:
    sent = clip("h264")
    settings: dict[str, Any] = {"silence_seconds": 0.4} if quirk == "late-first-packet" else {}
    with QuirkyRtsp(sent, quirk, pictures=PICTURES) as server:
        account = ACCOUNT if quirk == "one-time-nonce" else {}
        seen = watch(open_source("rtsp", url=server.url, **account, **settings), PATIENCE_SECONDS)
        until = time.monotonic() + PATIENCE_SECONDS
        while quirk == "asks-itself" and not server.alive and time.monotonic() < until:
            time.sleep(0.01)
        alive = server.alive
    assert "the stream ended" in str(seen.lost)
    first = 20 if quirk == "other-payload-type" else 0  # so many packets are needed to see it
    frames = [list(split_nals(packet.data)) for packet in seen.packets(0)]
    wanted = [list(split_nals(unit)) for unit in sent.video[:PICTURES]]
    if first:
        assert frames[-5:] == wanted[-5:]
    else:
        assert frames == wanted
        assert not any(packet.is_corrupt for packet in seen.packets(0)) or quirk == "stray-bytes"
    if quirk == "asks-itself":
        assert alive == 1


@pytest.mark.parametrize("quirk", SIGNS)
def test_a_session_is_kept_by_signs_of_life_that_count(open_source: Open, quirk: str) -> None:
    with QuirkyRtsp(clip("h264"), quirk, "session-timeout", paced=True) as server:
        account = ACCOUNT if quirk == "keep-alive-401" else {}
        source = open_source("rtsp", url=server.url, **account)
        until = time.monotonic() + PATIENCE_SECONDS
        pictures = 0
        for item in source:
            pictures += isinstance(item, Packet)
            if server.alive >= 3 or time.monotonic() > until:
                break
        source.close()
        signs = server.alive
    assert signs >= 3
    assert pictures


@pytest.mark.parametrize("quirk", UDP)
def test_a_camera_without_tcp_is_read_over_udp(open_source: Open, quirk: str) -> None:
    with QuirkyRtsp(clip("h264"), quirk, paced=True) as server:
        source = open_source("rtsp", url=server.url)
        seen = watch(source, PATIENCE_SECONDS, until=60)
        assert coded("camera-note-udp") in source.notes  # type: ignore[attr-defined]
    assert seen.lost is None
    assert len(seen.packets(0)) >= 9


@pytest.mark.parametrize(
    ("quirk", "codes"),
    [
        ("sound-refused", ["camera-note-sound-refused"]),
        ("back-channel-first", ["camera-note-back-channel"]),
        ("lf-only", ["camera-note-sound-none"]),
        ("one-session", []),
    ],
)
def test_what_is_left_out_is_noted(open_source: Open, quirk: str, codes: list[str]) -> None:
    with QuirkyRtsp(clip("h264"), quirk, paced=True) as server:
        source = open_source("rtsp", url=server.url)
        assert [note.code for note in source.notes] == codes  # type: ignore[attr-defined]
        assert open_source("rtsp", url=server.url, sound=False).notes in ((), (coded("camera-note-back-channel"),))  # type: ignore[attr-defined]


@pytest.mark.parametrize("reader", ["own", "libav"])
def test_a_camera_that_sends_a_picture_now_and_then_is_kept(open_source: Open, reader: str) -> None:
    """Longer apart than the silence that is allowed to one that sends all the time."""
    with QuirkyRtsp(clip("h264"), "slow") as server:
        source = open_source("rtsp", url=server.url, reader=reader, silence_seconds=0.5)
        seen = watch(source, PATIENCE_SECONDS, until=20)
    assert seen.lost is None


@pytest.mark.parametrize(("quirk", "ends"), [("options-ends", 1), ("offered-ends", 1), ("options-454", 0)])
def test_a_camera_that_does_not_bear_a_sign_of_life_is_asked_in_the_other_way_from_then_on(
    open_source: Open, quirk: str, ends: int
) -> None:
    with QuirkyRtsp(clip("h264"), quirk, "session-timeout", paced=True) as server:
        until, times = time.monotonic() + PATIENCE_SECONDS, []
        for item in open_source("rtsp", url=server.url):
            times += [item.pts] if isinstance(item, Packet) and item.stream == 0 else []
            if server.alive >= 5 or time.monotonic() > until:
                break
        assert (server.hung_up, server.refused, server.alive >= 5) == (ends, 1 - ends, True)
    assert times == sorted(times), "they go on over the two connections"


_HOST = "rtsp://127.0.0.1"
_ROOT = f"{_HOST}/stream/"


@pytest.mark.parametrize(
    ("control", "base", "whole", "place"),
    [
        ("track1", "{url}/", f"{_HOST}/session7/", f"{_HOST}/session7/track1"),
        ("track1", "", f"{_HOST}/session7/", f"{_HOST}/session7/track1"),
        ("track1", "{url}/", "whole", "{url}/whole/track1"),
        ("/media/track1", _ROOT, "*", f"{_HOST}/media/track1"),
        ("../media/track1", _ROOT, "*", f"{_HOST}/media/track1"),
        ("./track1", "{url}/", "*", "{url}/track1"),
        ("//127.0.0.1/stream/track1", "{url}/", "*", f"{_HOST}/stream/track1"),
    ],
)
def test_a_medium_is_asked_for_wherever_its_address_may_lead(
    open_source: Open, control: str, base: str, whole: str, place: str
) -> None:
    """Below the address of the whole, as ffmpeg and GStreamer have it, and as RFC 3986 joins, as GStreamer does."""
    said = (replace("a=control:*", f"a=control:{whole}"),)
    script = Script(describe=said, controls=(control, "x"), accepts=(place, "x"), base=base)
    with Camera(script, pictures=20) as camera:
        seen = watch(open_source("rtsp", url=camera.url), PATIENCE_SECONDS)
    assert len(seen.packets(0)) == 20


def test_a_medium_that_is_nowhere_is_told_as_what_the_first_place_said(open_source: Open) -> None:
    with Camera(Script(controls=("/media/track1", "x"))) as camera:
        with pytest.raises(CameraLost, match="404"):
            open_source("rtsp", url=camera.url)
        asked = [each for each in camera.requests if each.startswith("SETUP")]
    assert asked == [f"SETUP {camera.url}/media/track1", f"SETUP rtsp://127.0.0.1:{camera.port}/media/track1"]


@pytest.mark.parametrize("words", ["401 Unauthorized", "453 Not Enough Bandwidth", "461 Unsupported Transport"])
def test_what_is_refused_for_another_reason_is_not_asked_for_elsewhere(open_source: Open, words: str) -> None:
    with Camera(Script(controls=("/media/track1", "x"), answers=(status("SETUP", words),))) as camera:
        with pytest.raises(CameraLost):
            open_source("rtsp", url=camera.url)
        asked = {each for each in camera.requests if each.startswith("SETUP")}
    assert f"SETUP rtsp://127.0.0.1:{camera.port}/media/track1" not in asked


def test_a_wrong_password_is_tried_no_more_often_than_a_person_would(open_source: Open) -> None:
    with QuirkyRtsp(clip("h264"), "one-time-nonce") as server:
        server._nonces = _Never()
        with pytest.raises(CameraLost, match="does not accept"):
            open_source("rtsp", url=server.url, **ACCOUNT)
        asked = [each for each in server.requests if each.startswith("DESCRIBE")]
    assert len(asked) == 2


class _Never(set[str]):
    def __contains__(self, item: object) -> bool:
        return False


def test_the_camera_is_free_for_the_next_viewer_when_close_returns(open_source: Open) -> None:
    with QuirkyRtsp(clip("h264"), paced=True) as server:
        source = open_source("rtsp", url=server.url)
        watch(source, PATIENCE_SECONDS, until=3)
        source.close()
        assert "TEARDOWN" in server.requests


# --- pictures and their slices ---


def _slice(first: bool, text: bytes, kind: int = 0x41) -> bytes:
    """A slice of H.264: ``first_mb_in_slice`` is 0 where the first bit is set (9.1)."""
    return bytes((kind, 0x80 if first else 0x40)) + text


def _fresh(codec: str = "h264") -> Sender:
    sender = Sender(codec)
    sender.reader = depacketizer(Media(Stream(0, "video", codec, (1, 90_000)), "", 96))
    return sender


def test_a_marker_behind_each_slice_ends_no_picture_however_far_apart_they_come() -> None:
    sender = _fresh()
    for number in range(4):
        for first in (True, False, False):
            sender.send(_slice(first, b"%d" % number), 3000 * number, marker=True)
            sender.done()  # nothing more has come for now
    assert [packet.data.count(CODE) for packet in sender.out] == [3, 3, 3]
    sender.send(_slice(True, b"4"), 12_000, marker=True)
    assert [packet.data.count(CODE) for packet in sender.done()] == [3, 3, 3, 3]


def test_pictures_under_one_time_stamp_are_told_apart_by_their_first_slices() -> None:
    sender = Sender("h264")
    for text in (b"one", b"two", b"three"):
        sender.send(_slice(True, text), 3000, marker=False)
    assert [packet.data[-3:] for packet in sender.done()] == [b"one", b"two"]
    hevc = Sender("hevc")
    for text in (b"one", b"two", b"end"):
        hevc.send(b"\x02\x01\x80" + text, 3000)
    assert [packet.data[-3:] for packet in hevc.done()] == [b"one", b"two"]


def test_a_delimiter_ahead_of_the_next_picture_is_not_of_this_one() -> None:
    sender = Sender("h264")
    sender.send(_slice(True, b"one"), 0)
    sender.send(b"\x09\xf0", 0)
    sender.send(b"\x06\x06\x01\x84", 0)
    sender.send(_slice(True, b"two"), 3000, marker=True)
    one, two = sender.done()
    assert (one.data, one.is_key) == (CODE + _slice(True, b"one"), False)
    assert two.data == CODE + b"\x09\xf0" + CODE + b"\x06\x06\x01\x84" + CODE + _slice(True, b"two")
    assert two.is_key, "the recovery point is its own"


def test_another_sender_whose_time_begins_anew_goes_on_where_the_last_one_was() -> None:
    sender = Sender("h264")
    for number in range(5):
        sender.send(_slice(True, b"%d" % number), 3000 * number, marker=True)
    sender.done()
    for number in range(40):
        packet = b"\x80\xe0" + (20_000 + number).to_bytes(2, "big") + (9_000_000 + 3000 * number).to_bytes(4, "big")
        sender.feed(packet + b"\x00\x00\x00\x09" + _slice(True, b"n%d" % number))
    stamps = [packet.pts for packet in sender.done()]
    assert [b - a for a, b in itertools.pairwise(stamps)] == [3000] * 44
    assert NO_PTS not in stamps


def test_sound_of_another_sender_goes_on_and_keeps_its_place_by_the_pictures() -> None:
    for codec, payload in (("aac", b"\x00\x10\x00\x20" + b"data"), ("pcm_alaw", b"x" * 160)):
        sender = Sender(codec, rate=8000)
        sender.reader = depacketizer(Media(Stream(1, "audio", codec, (1, 8000), channels=1), "", 96))
        for source, first, sequence in ((7, 1_000_000, 10), (9, 50, 30_000), (11, 4_000_000_000, 30_060)):
            for number in range(60):  # the last sender goes on with the sequence numbers of the one before
                head = b"\x80\xe0" + (sequence + number).to_bytes(2, "big")
                stamp = first + 160 * number & 0xFFFFFFFF
                sender.feed(head + stamp.to_bytes(4, "big") + source.to_bytes(4, "big") + payload)
        stamps = [packet.pts for packet in sender.done()]
        assert len(stamps) == 180
        assert all(0 < b - a < 400 for a, b in itertools.pairwise(stamps)), (codec, stamps)
        assert [packet.is_corrupt for packet in sender.out] == [at == 60 for at in range(180)]


def test_aggregates_of_several_times_become_a_picture_each() -> None:
    """MTAP16 and MTAP24 of RFC 6184 section 5.7.2."""
    for kind, size in ((26, 2), (27, 3)):
        sender = Sender("h264")
        units = ((0, b"\x67abc"), (0, b"\x68de"), (0, b"\x65\x88key"), (3000, b"\x41\x88next"), (6000, b"\x41\x88last"))
        payload = bytes((0x60 | kind, 0, 5))
        for number, (later, unit) in enumerate(units):
            payload += len(unit).to_bytes(2, "big") + bytes((number,)) + later.to_bytes(size, "big") + unit
        sender.send(payload, 9000, marker=True)
        assert [(packet.pts, packet.is_key) for packet in sender.done()] == [(0, True), (3000, False), (6000, False)]
        assert [packet.data for packet in sender.out][1:] == [CODE + b"\x41\x88next", CODE + b"\x41\x88last"]


def test_an_empty_fragment_and_one_whose_end_is_lost_cost_their_picture_and_no_other() -> None:
    sender = Sender("h264")
    for number, fragments in enumerate(
        (
            (b"\x7c\x81\x88begin", b"\x7c", b"\x7c\x01", b"\x7c\x41end"),
            (b"\x7c\x81\x88begin", None),
            (b"\x7c\x81\x88begin", b"\x7c\x41end"),
            (b"\x7c\x81",),
            (b"\x41\x88whole",),
        )
    ):
        for payload in fragments:
            if payload is None:
                sender.sequence = sender.sequence + 1 & 0xFFFF
            else:
                sender.send(payload, 3000 * number, marker=payload is fragments[-1])
    found = sender.done()
    assert [packet.pts for packet in found] == [0, 3000, 6000, 9000, 12_000]
    assert [found[at].data for at in (2, 4)] == [CODE + b"\x61\x88begin" + b"end", CODE + b"\x41\x88whole"]
    assert not found[4].is_corrupt


def _numbered(units: list[bytes], orders: list[int]) -> Sender:
    """H.265 with numbers (DONL): the units one by one, together, and in two fragments each."""
    sender = _fresh("hevc")
    sender.reader = depacketizer(Media(Stream(0, "video", "hevc", (1, 90_000)), "", 96, numbered=True))
    at = iter(orders)
    for unit in units:
        sender.send(unit[:2] + next(at).to_bytes(2, "big") + unit[2:], 0)
    first, *more = units
    together = b"\x60\x01" + next(at).to_bytes(2, "big") + len(first).to_bytes(2, "big") + first
    sender.send(together + b"".join(b"\x00" + len(unit).to_bytes(2, "big") + unit for unit in more), 3000)
    for unit in units:
        head = bytes((unit[0] & 0x81 | 49 << 1, unit[1]))
        sender.send(head + bytes((0x80 | unit[0] >> 1,)) + next(at).to_bytes(2, "big") + unit[2:4], 6000)
        sender.send(head + bytes((0x40 | unit[0] >> 1,)) + unit[4:], 6000)
    sender.send(b"\x02\x01" + next(at).to_bytes(2, "big") + b"\x80end", 9000)
    return sender


def test_h265_with_numbers_ahead_of_its_units_is_read_in_order_and_refused_out_of_order() -> None:
    units = [b"\x40\x01vps", b"\x42\x01sps", b"\x44\x01pps", b"\x26\x01\xafkey"]
    sender = _numbered(units, [0xFFFA + number & 0xFFFF for number in range(10)])
    wanted = b"".join(CODE + unit for unit in units)
    assert [(packet.data, packet.is_key, packet.is_corrupt) for packet in sender.out] == [(wanted, True, False)] * 3
    with pytest.raises(OutOfOrder):
        _numbered(units, [5, 6, 4, 7, *range(8, 20)])


def test_a_camera_that_sends_out_of_order_is_refused_in_plain_words(open_source: Open) -> None:
    with QuirkyRtsp(clip("h264"), "interleaved", paced=True) as server:
        seen = watch(open_source("rtsp", url=server.url), PATIENCE_SECONDS)
    assert "another order than they are decoded" in str(seen.lost)


def test_a_camera_without_a_picture_says_what_it_has_and_what_to_do(open_source: Open) -> None:
    with QuirkyRtsp(clip("h264"), "sound-alone", paced=True) as server, pytest.raises(CameraLost) as caught:
        open_source("rtsp", url=server.url)
    assert caught.value.message is not None
    assert (caught.value.message.code, caught.value.message.values["what"]) == ("camera-no-picture", "pcm_alaw")


@pytest.mark.parametrize("typed", ["192.0.2.7", "192.0.2.7:554", "camera-3.office.example/", "[2001:db8::7]"])
def test_a_host_alone_is_told_what_it_lacks(open_source: Open, typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_source("rtsp", url=typed)
    assert caught.value.message == coded("camera-bare-address")


def test_b_forms_of_packets_are_read_in_the_order_in_which_they_come() -> None:
    """STAP-B and FU-B of RFC 6184 section 5.7.1 and 5.8: a number ahead of the units."""
    sender = Sender("h264")
    sets = b"\x00\x04\x67abc" + b"\x00\x03\x68de"
    sender.send(b"\x79\x00\x05" + sets, 0)
    sender.send(b"\x7d\x85\x00\x06" + b"\x88begin ", 0)
    sender.send(b"\x7c\x45end", 0, marker=True)
    (packet,) = sender.done()
    assert packet.data == CODE + b"\x67abc" + CODE + b"\x68de" + CODE + b"\x65\x88begin end"
    assert packet.is_key


# --- who sends, and when ---


def _packet(
    sequence: int, stamp: int, payload: bytes, *, source: int = 7, marker: bool = True, kind: int = 96
) -> bytes:
    head = bytes((0x80, 0x80 * marker | kind)) + (sequence & 0xFFFF).to_bytes(2, "big")
    return head + (stamp & 0xFFFFFFFF).to_bytes(4, "big") + source.to_bytes(4, "big") + payload


def test_packets_of_somebody_else_s_session_in_between_are_left_out_even_where_they_come_first() -> None:
    sender = _fresh()
    sender.reader.announced = 7
    for number in range(60):
        sender.feed(_packet(40_000 + number, 777_000 + 9000 * number, b"\x41\x88foreign", source=9))
        sender.feed(_packet(100 + number, 3000 * number, _slice(True, b"%d" % number)))
    packets = sender.done()
    assert [packet.data for packet in packets] == [CODE + _slice(True, b"%d" % number) for number in range(60)]
    assert not any(packet.is_corrupt for packet in packets)


def test_a_sender_other_than_the_one_that_was_announced_is_taken_after_a_second_with_all_it_sent() -> None:
    sender = _fresh()
    sender.reader.announced = 0
    for number in range(60):
        sender.feed(_packet(100 + number, 3000 * number, _slice(True, b"%d" % number)))
        sender.reader.settle(sender.out)
    assert [packet.pts for packet in sender.out] == [3000 * number for number in range(60)]


def test_packets_that_come_twice_count_once_and_a_number_that_stands_still_loses_none() -> None:
    for still in (False, True):
        sender = _fresh()
        for number in range(20):
            payloads = [b"\x7c\x81\x88" + b"%d" % number, b"\x7c\x01mid", b"\x7c\x41end"]
            for at, payload in enumerate(payloads):
                packet = _packet(500 if still else 3 * number + at, 3000 * number, payload, marker=at == 2)
                for _ in range(1 if still else 2):
                    sender.feed(packet)
            sender.done()
        assert [packet.data for packet in sender.done()] == [
            CODE + b"\x61\x88" + b"%d" % number + b"midend" for number in range(20)
        ]
        assert not any(packet.is_corrupt for packet in sender.out)


def test_time_that_is_set_back_goes_on_and_the_order_of_showing_stays_where_it_is_another() -> None:
    for back in (12_000, 900_000):
        sender = _fresh()
        for number in range(60):
            stamp = 1_000_000 + 3000 * number - (back if number >= 30 else 0)
            sender.feed(_packet(number, stamp, _slice(True, b"x")))
        stamps = [packet.pts for packet in sender.done()]
        assert [b - a for a, b in itertools.pairwise(stamps)] == [3000] * 59
    sender = _fresh()
    shown = [0, *(at + step for at in range(1, 58, 3) for step in (2, 0, 1))]
    for number, place in enumerate(shown):
        sender.feed(_packet(number, 1_000_000 + 3000 * place, b"\x41\x9cx"))  # B slices
    assert [packet.pts // 3000 for packet in sender.done()] == shown


def test_slices_with_a_time_stamp_each_are_one_picture() -> None:
    for codec, first, later in (
        ("h264", b"\x41\x88one", b"\x41\x48two"),
        ("hevc", b"\x02\x01\x88one", b"\x02\x01\x48two"),
    ):
        sender = _fresh(codec)
        for number in range(10):
            for at, unit in enumerate((first, later, later)):
                sender.feed(_packet(3 * number + at, 3000 * number + at, unit, marker=at == 2))
        packets = sender.done()
        assert [packet.pts for packet in packets] == [3000 * number for number in range(10)]
        assert {packet.data.count(CODE) for packet in packets} == {3}


def test_a_marker_in_each_packet_ends_no_unit() -> None:
    sender = _fresh()
    for number in range(10):
        for at, payload in enumerate((b"\x7c\x81\x88begin", b"\x7c\x01", b"\x7c\x41end")):
            sender.feed(_packet(3 * number + at, 3000 * number, payload))
            sender.done()
    assert {packet.data for packet in sender.done()} == {CODE + b"\x61\x88begin" + b"end"}
    assert len(sender.out) == 10


def test_parameter_sets_in_another_order_are_described_in_the_one_that_decoders_take() -> None:
    data = CODE + b"\x68pps" + CODE + b"\x67sps" + CODE + b"\x65\x88key"
    assert parameter_sets("h264", data) == CODE + b"\x67sps" + CODE + b"\x68pps"
    data = CODE + b"\x44\x01pps" + CODE + b"\x42\x01sps" + CODE + b"\x40\x01vps" + CODE + b"\x26\x01key"
    assert parameter_sets("hevc", data) == CODE + b"\x40\x01vps" + CODE + b"\x42\x01sps" + CODE + b"\x44\x01pps"


def test_packets_of_another_type_are_kept_until_it_is_seen_that_they_are_the_stream() -> None:
    for change in (0, 25):
        sender = _fresh()
        for number in range(60):
            kind = 97 if number >= change else 96
            sender.feed(_packet(number, 3000 * number, _slice(True, b"%d" % number), kind=kind))
        assert [packet.pts for packet in sender.done()] == [3000 * number for number in range(60)]


def test_a_goodbye_is_found_behind_other_reports() -> None:
    report = b"\x80\xc8\x00\x06" + bytes(24)
    assert says_goodbye(report + b"\x81\xcb\x00\x01" + bytes(4), 0)
    assert says_goodbye(report + b"\x80\xcb\x00\x00", 7), "of nobody: of all"
    assert says_goodbye(b"\x82\xcb\x00\x02" + bytes(7) + b"\x07", 7), "of two"
    assert not says_goodbye(report + b"\x81\xcb\x00\x01" + bytes(4), 7), "of another"
    assert not says_goodbye(report, 0)
    assert not says_goodbye(b"", 0)
    assert not says_goodbye(b"\x81\xca\x00\x01" + bytes(4), 0)


def test_a_second_algorithm_is_tried_once_where_the_first_was_refused() -> None:
    offered = ['Digest realm="x", nonce="1", algorithm=SHA-256', 'Digest realm="x", nonce="1", algorithm=MD5']
    account = Account("viewer", "0123")
    assert account.learn(offered)
    assert "SHA-256" in account.authorization("DESCRIBE", "rtsp://x")
    assert account.learn(offered)
    assert "algorithm=MD5" in account.authorization("DESCRIBE", "rtsp://x")
    assert not account.learn(offered), "the account is wrong"
    basic = Account("viewer", "0123")
    assert basic.learn(["Basic"])
    assert basic.authorization("DESCRIBE", "rtsp://x").startswith("Basic ")


def test_a_camera_of_jpeg_without_tcp_is_read_over_udp(open_source: Open) -> None:
    with Camera(Script(film="mjpeg", payload_type=26, tcp=False)) as camera:
        source = open_source("rtsp", url=camera.url)
        seen = watch(source, PATIENCE_SECONDS, until=10)
        assert coded("camera-note-udp") in source.notes  # type: ignore[attr-defined]
    assert seen.lost is None
    assert seen.descriptions[0].streams[0].codec == "mjpeg"


@pytest.mark.parametrize("film", ["h264", "mjpeg"])
def test_a_camera_that_takes_neither_tcp_nor_udp_is_told_as_such(open_source: Open, film: str) -> None:
    with Camera(Script(film=film, tcp=False, udp=False)) as camera, pytest.raises(CameraLost) as lost:
        open_source("rtsp", url=camera.url)
    assert lost.value.message is not None
    assert lost.value.message.code == "camera-461"
    assert "TCP" in lost.value.message.text("zh")


def test_an_answer_that_is_none_of_these_is_told_in_the_reader_s_language(open_source: Open) -> None:
    script = Script(answers=(status("PLAY", "500 Internal Server Error"),))
    with Camera(script) as camera, pytest.raises(CameraLost) as lost:
        open_source("rtsp", url=camera.url)
    assert lost.value.message is not None
    assert (lost.value.message.code, lost.value.message.values["what"]) == ("camera-answers", "PLAY 500")
    assert "PLAY 500" in lost.value.message.text("zh")
