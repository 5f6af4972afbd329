"""The messages between a camera's process and the supervisor."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import Broken
from appliance.core.messages import coded
from appliance.core.model import MOST_NOTES, Camera, CameraNote, to_wire
from appliance.recorder.camera import channel
from appliance.recorder.camera.channel import FROM_CAMERA, MAX_PAYLOAD, TO_CAMERA, BucketKey, Inbox, Start

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    yield ours, theirs
    ours.close()
    theirs.close()


@given(st.lists(st.tuples(st.sampled_from(sorted(FROM_CAMERA)), st.binary(max_size=40)), max_size=12), st.data())
def test_messages_arrive_whole_and_in_order_however_the_bytes_are_cut(
    messages: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    messages = [(kind, payload[: MAX_PAYLOAD[kind]]) for kind, payload in messages]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        whole = b"".join(struct.pack(">IB", len(payload), kind) + payload for kind, payload in messages)
        inbox, got = Inbox(ours, FROM_CAMERA), []
        while whole:
            size = data.draw(st.integers(1, len(whole)))
            theirs.sendall(whole[:size])
            whole = whole[size:]
            while (message := inbox.next()) is not None:
                got.append((message[0], bytes(message[1])))
        assert got == messages


def test_parts_are_joined_and_a_long_message_passes_a_short_buffer(pair: Pair) -> None:
    ours, theirs = pair
    inbox, size = Inbox(ours, FROM_CAMERA), 3 << 20
    frame = bytes(size)
    theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        channel.send(theirs, channel.FRAME, b"head", frame)
    assert inbox.next() is None


@pytest.mark.parametrize(
    ("length", "kind"), [(0, 0), (0, 27), (0, channel.KEY), (1, channel.OPENED), ((8 << 20) + 100, channel.FRAME)]
)
def test_what_is_not_in_the_protocol_is_refused_before_any_memory_is_set_aside(
    pair: Pair, length: int, kind: int
) -> None:
    ours, theirs = pair
    theirs.sendall(struct.pack(">IB", length, kind))
    with pytest.raises(Broken):
        Inbox(ours, FROM_CAMERA).next()


def test_the_end_of_the_peer_is_told_apart_from_silence(pair: Pair) -> None:
    ours, theirs = pair
    inbox = Inbox(ours, FROM_CAMERA)
    assert inbox.next() is None
    theirs.sendall(b"\0\0")
    theirs.close()
    with pytest.raises(EOFError):
        inbox.next()


def test_a_key_arrives_and_is_wiped_on_its_way(pair: Pair) -> None:
    ours, theirs = pair
    key = BucketKey(b"b" * 16, 600, 700, 3, bytearray(b"k" * 32))
    payload = channel.pack_key(key)
    channel.send(theirs, channel.KEY, payload)
    message = Inbox(ours, TO_CAMERA).next()
    assert message is not None
    kind, received = message
    assert kind == channel.KEY
    assert channel.unpack_key(received) == key
    assert received == bytes(len(received))


def test_a_key_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(Broken):
        channel.unpack_key(bytearray(10))


def test_a_start_message_carries_the_camera_and_a_strange_one_is_refused() -> None:
    camera = Camera(camera_no="01", location="door", source="rtsp", settings={"password": "x"}, sound=True)
    start = Start(camera=camera, suite=2, appliance_id=b"a" * 16, watched=True)
    assert channel.unpack_start(bytearray(channel.pack_start(start))) == start
    with pytest.raises(Broken):
        channel.unpack_start(bytearray(b"\xc1"))


@pytest.mark.parametrize("size", [0, 7])
def test_a_time_that_is_too_short_is_refused(size: int) -> None:
    with pytest.raises(Broken):
        channel.unpack_ns(bytearray(size))
    with pytest.raises(Broken):
        channel.unpack_frame_times(memoryview(bytes(size + 17)))


def test_notes_arrive_as_they_were_said_and_too_many_or_too_long_ones_still_fit() -> None:
    said = [coded("camera-note-udp"), coded("camera-note-sound-form", what="G726-32")]
    got = channel.unpack_notes(bytearray(channel.pack_notes(said)))
    assert [note.said for note in got] == said
    many = channel.pack_notes([coded("camera-note-more", what="x" * 9000, why="y" * 9000)] * 50)
    assert len(many) <= MAX_PAYLOAD[channel.NOTES]
    assert len(channel.unpack_notes(bytearray(many))) == MOST_NOTES


def test_of_notes_of_a_process_that_lies_only_what_the_catalogue_has_of_cameras_is_left() -> None:
    told = [
        CameraNote("camera-note-more", {"what": "a\x00\u202eb" + "c" * 900}),
        CameraNote("camera-401"),
        CameraNote("x"),
    ]
    (note,) = channel.unpack_notes(bytearray(to_wire(told)))
    assert note.code == "camera-note-more"
    assert note.values["what"].isprintable()
    assert len(note.values["what"]) <= 200
    for wrong in (b"", b"\xc1", to_wire({"code": "x"}), to_wire([1]), to_wire([{"code": "y" * 300}])):
        with pytest.raises(Broken):
            channel.unpack_notes(bytearray(wrong))
