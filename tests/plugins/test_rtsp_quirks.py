"""Cameras that talk RTSP in ways of their own: each of their pictures comes out, whole and in order."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest

from appliance.api import NO_PTS, CameraLost, Packet, Stream, split_nals
from appliance.plugins.sources.rtsp.rtp import depacketizer
from appliance.plugins.sources.rtsp.sdp import Media
from appliance.testing import watch
from tests.patience import PATIENCE_SECONDS
from tests.peers.clips import clip
from tests.peers.quirky_rtsp import QUIRKS, QuirkyRtsp
from tests.plugins.conftest import Open
from tests.plugins.test_rtp import CODE, Sender

PICTURES = 30
ACCOUNT = {"user": "viewer", "password": "0123"}
SIGNS = ("session-timeout", "get-parameter-ends", "get-parameter-counts-not", "keep-alive-401")
UDP = ("tcp-461", "tcp-400")


@pytest.mark.parametrize("quirk", [quirk for quirk in QUIRKS if quirk not in (*SIGNS, *UDP)])
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
        seen = watch(open_source("rtsp", url=server.url), PATIENCE_SECONDS, until=10)
    assert seen.lost is None
    assert len(seen.packets(0)) >= 9


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
    sender.sequence = 20_000
    for number in range(5):
        packet = b"\x80\xe0" + (20_000 + number).to_bytes(2, "big") + (9_000_000 + 3000 * number).to_bytes(4, "big")
        sender.feed(packet + b"\x00\x00\x00\x09" + _slice(True, b"n%d" % number))
    stamps = [packet.pts for packet in sender.done()]
    assert [b - a for a, b in itertools.pairwise(stamps)] == [3000] * 9
    assert NO_PTS not in stamps


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
