"""Packets in datagrams: in order and each once, from the camera's own address alone, as if they came inside the
connection."""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from appliance.api import CameraLost, Packet, SystemClock
from appliance.plugins.sources.rtsp import datagrams
from appliance.plugins.sources.rtsp.datagrams import Datagrams, InOrder
from appliance.plugins.sources.rtsp.messages import message_end
from appliance.plugins.sources.rtsp.opening import _Apart
from appliance.plugins.sources.rtsp.source import RtspSource
from tests.plugins.conftest import Open
from tests.quirks.camera import Camera
from tests.quirks.catalogue import QUIRKS

_WAIT_NS = 200_000_000


def packet(number: int, content: bytes = b"") -> bytes:
    return struct.pack(">BBHII", 0x80, 96, number & 0xFFFF, 7, 7) + (content or b"%d" % number)


def numbers(datagrams: list[bytes]) -> list[int]:
    return [int.from_bytes(each[2:4], "big") for each in datagrams]


def given(order: InOrder, *which: int, now_ns: int = 0) -> list[int]:
    return [number for each in which for number in numbers(order.take(packet(each), now_ns))]


def begun(first: int) -> InOrder:
    """One that has given out the packet ``first``."""
    order = InOrder()
    assert given(order, first, now_ns=-_WAIT_NS) == []
    assert numbers(order.due(0)) == [first & 0xFFFF]
    return order


# --- in order ---


@pytest.mark.parametrize("first", [0, 30_000, 65_530])
def test_what_comes_in_order_comes_out_at_once(first: int) -> None:
    order = begun(first)
    for number in range(first + 1, first + 20):
        assert given(order, number) == [number & 0xFFFF]


@pytest.mark.parametrize("first", [0, 65_530])
def test_what_comes_twice_comes_out_once(first: int) -> None:
    order, twice = InOrder(), [each for each in range(first, first + 20) for _ in range(2)]
    assert given(order, *twice) == [each & 0xFFFF for each in range(first, first + 20)]


@pytest.mark.parametrize("first", [0, 65_533])
def test_what_overtakes_others_waits_for_them(first: int) -> None:
    order = begun(first)
    assert given(order, first + 3, first + 2) == []
    assert given(order, first + 1) == [each & 0xFFFF for each in (first + 1, first + 2, first + 3)]


@pytest.mark.parametrize("first", [0, 65_533])
def test_it_begins_with_the_lowest_of_the_first_ones(first: int) -> None:
    order = InOrder()
    came = [first + each for each in (1, 0, 3, 2, 5, 4, 7, 6)]
    assert given(order, *came) == [each & 0xFFFF for each in range(first, first + 8)]


def test_what_is_lost_holds_the_others_up_for_a_moment_and_is_not_taken_later() -> None:
    order = begun(1)
    assert given(order, 3, 4) == []
    assert order.due(_WAIT_NS - 1) == []
    assert numbers(order.due(_WAIT_NS)) == [3, 4]
    assert given(order, 2, now_ns=_WAIT_NS) == [], "its place is past"
    assert given(order, 5, now_ns=_WAIT_NS) == [5]


def test_two_holes_are_given_up_each_in_its_time() -> None:
    order = begun(1)
    assert given(order, 3) == []
    assert given(order, 5, now_ns=100) == []
    assert numbers(order.due(_WAIT_NS)) == [3]
    assert numbers(order.due(_WAIT_NS + 100)) == [5]


def test_of_a_camera_whose_number_stands_still_everything_comes_out() -> None:
    order = InOrder()
    out = [each for number in range(50) for each in order.take(packet(7, b"%d" % number), 0)]
    assert [each[12:] for each in out] == [b"%d" % number for number in range(50)]


def test_of_a_camera_whose_numbers_begin_anew_what_waited_comes_first() -> None:
    order = begun(100)
    assert given(order, 102) == []
    assert given(order, 40_000) == [102, 40_000]
    assert given(order, 40_001) == [40_001]


def test_numbers_in_twos_come_out_late_and_whole() -> None:
    order, out = InOrder(), []
    for at in range(50):
        now_ns = at * 40_000_000
        out += [*numbers(order.take(packet(2 * at), now_ns)), *numbers(order.due(now_ns))]
    out += numbers(order.due(60 * 40_000_000))
    assert out == list(range(0, 100, 2))


def test_memory_is_bounded_whatever_the_numbers_are() -> None:
    order = InOrder()
    for at in range(100_000):
        order.take(packet(at * 17, b"%d" % at), 0)
    assert len(order._waiting) <= 256
    assert order.take(b"short", 0) == []


def test_what_is_earlier_than_the_beginning_is_left_out() -> None:
    order = InOrder()
    assert given(order, *range(100, 109)) == [*range(100, 109)]
    assert given(order, 99, 109) == [109]


# --- as a socket ---


class Peer:
    """The camera's side: its end of the connection, and its two ports."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            near = socket.create_connection(listening.getsockname())
            self.control, _ = listening.accept()
        self.rtp, self.rtcp = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
        for port in (self.rtp, self.rtcp):
            port.bind(("127.0.0.1", 0))
            port.settimeout(10)
        self.near = Datagrams(near, SystemClock())
        self.near.setblocking(False)
        offered = [int(each) for each in self.near.offered().split("-")]
        assert offered[0] % 2 == 0
        assert offered[1] == offered[0] + 1
        self.ports = [("127.0.0.1", each) for each in offered]

    def agree(self, transport: str = "") -> None:
        self.near.take(1, transport)

    def read(self, size: int = 1 << 16) -> bytes:
        """What is there, once something is; b"nothing" after 0.3 s."""
        buffer, clock = bytearray(size), SystemClock()
        until_ns = clock.boot_ns() + 300_000_000
        while clock.boot_ns() < until_ns:
            select.select([self.near], [], [], 0.06)
            with contextlib.suppress(BlockingIOError):
                return bytes(buffer[: self.near.recv_into(memoryview(buffer))])
        return b"nothing"

    def close(self) -> None:
        self.near.close()
        for each in (self.control, self.rtp, self.rtcp):
            each.close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()
    yield made
    made.close()


def numbers_in(frames: bytes) -> list[int]:
    """Of framed packets of 13 bytes."""
    assert len(frames) % 17 == 0
    return numbers([frames[at + 4 : at + 17] for at in range(0, len(frames), 17)])


def framed(channel: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0x24, channel, len(content)) + content


def test_packets_and_reports_are_framed_on_their_channels(peer: Peer) -> None:
    peer.agree()
    peer.rtp.sendto(packet(1), peer.ports[0])
    assert peer.read() == framed(0, packet(1))
    peer.rtcp.sendto(b"a report", peer.ports[1])
    assert peer.read() == framed(1, b"a report")


def test_what_does_not_fit_into_one_read_comes_with_the_next(peer: Peer) -> None:
    peer.agree()
    peer.rtp.sendto(packet(1, b"x" * 1000), peer.ports[0])
    assert peer.read(600) + peer.read(600) == framed(0, packet(1, b"x" * 1000))


def test_what_anybody_else_sends_to_the_ports_is_not_taken(peer: Peer) -> None:
    peer.agree()
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.2", 0))
        for port in peer.ports:
            other.sendto(packet(1), port)
        other.sendto(packet(2), peer.ports[0])
    assert peer.read() == b"nothing"
    peer.rtp.sendto(packet(1), peer.ports[0])
    assert peer.read() == framed(0, packet(1))


def test_a_message_of_the_connection_stands_whole_between_packets(peer: Peer) -> None:
    peer.agree()
    peer.control.sendall(b"RTSP/1.0 200 OK\r\nCSe")
    peer.rtp.sendto(packet(1), peer.ports[0])
    seen = b""
    while framed(0, packet(1)) not in seen:
        seen += peer.read().replace(b"nothing", b"")
    assert seen == framed(0, packet(1))
    peer.control.sendall(b"q: 3\r\n\r\n")
    while b"CSeq: 3" not in seen:
        seen += peer.read().replace(b"nothing", b"")
    assert seen == framed(0, packet(1)) + b"RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n"


def test_what_was_read_of_a_message_before_is_its_beginning(peer: Peer) -> None:
    peer.agree()
    peer.near.begun(b"RTSP/1.0 200 OK\r\nCSe")
    peer.rtp.sendto(packet(1), peer.ports[0])
    assert peer.read() == framed(0, packet(1))
    peer.control.sendall(b"q: 3\r\n\r\n")
    assert peer.read() == b"RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n"


def test_the_end_of_the_connection_is_the_end_and_what_came_before_comes_first(peer: Peer) -> None:
    peer.agree()
    peer.rtp.sendto(packet(1), peer.ports[0])
    peer.control.close()
    seen = [peer.read(), peer.read()]
    assert seen == [framed(0, packet(1)), b""]


def test_what_came_before_a_reset_of_the_connection_comes_first(peer: Peer) -> None:
    peer.agree()
    peer.rtp.sendto(packet(1), peer.ports[0])
    peer.control.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.control.close()
    assert peer.read() == framed(0, packet(1))
    with pytest.raises(ConnectionResetError):
        peer.read()


def test_empty_lines_are_not_kept(peer: Peer) -> None:
    peer.agree()
    for _ in range(4):
        peer.control.sendall(b"\r\n" * 1000)
        assert peer.read() == b"nothing"
    assert not peer.near._said
    peer.control.sendall(b"\r\nRTSP/1.0 200 OK\r\n\r\n")
    assert peer.read().endswith(b"RTSP/1.0 200 OK\r\n\r\n")


def test_a_message_that_does_not_go_on_is_looked_at_once(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []

    def counted(data: bytearray, at: int, fill: int) -> int | None:
        looked.append(fill)
        return message_end(data, at, fill)

    monkeypatch.setattr(datagrams, "message_end", counted)
    peer.agree()
    peer.control.sendall(b"RTSP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n")
    assert peer.read() == b"nothing"
    for number in range(9):
        peer.rtp.sendto(packet(number), peer.ports[0])
        peer.read()
    assert len(looked) == 1


def test_the_cameras_ports_are_spoken_to_first_so_that_a_firewall_lets_it_answer(peer: Peer) -> None:
    to = f"{peer.rtp.getsockname()[1]}-{peer.rtcp.getsockname()[1]}"
    if peer.rtcp.getsockname()[1] < peer.rtp.getsockname()[1]:
        peer.rtp, peer.rtcp = peer.rtcp, peer.rtp
        to = "-".join(reversed(to.split("-")))
    peer.agree(f"RTP/AVP;unicast;client_port=1-2;server_port={to}")
    assert peer.rtp.recvfrom(100)[1] == peer.ports[0]
    assert peer.rtcp.recvfrom(100)[1] == peer.ports[1]


def test_a_report_goes_to_where_the_cameras_came_from_and_a_request_through_the_connection(peer: Peer) -> None:
    peer.agree("RTP/AVP;unicast;server_port=0-0")
    peer.near.sendall(framed(1, b"to nobody yet"))
    peer.rtcp.sendto(b"its report", peer.ports[1])
    peer.read()
    peer.near.sendall(framed(1, b"ours"))
    assert peer.rtcp.recv(100) == b"ours"
    peer.near.sendall(b"OPTIONS * RTSP/1.0\r\n\r\n")
    assert peer.control.recv(100).startswith(b"OPTIONS")


def test_a_connection_that_was_reset_behind_the_description_is_a_lost_camera(peer: Peer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        near = socket.create_connection(listening.getsockname())
        there, _ = listening.accept()
    there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    there.close()
    select.select([near], [], [], 5)
    client = SimpleNamespace(connection=near, sock=near)

    def lost(why: str, *, what: str = "") -> CameraLost:
        return CameraLost(why)

    with near, pytest.raises(CameraLost, match="camera-stream-ended"):
        _Apart(client, SystemClock(), lost)  # type: ignore[arg-type]


@pytest.mark.parametrize("named", ["127.0.0.2", '"127.0.0.2"'])
def test_packets_come_from_the_address_that_the_camera_names(peer: Peer, named: str) -> None:
    peer.agree(f"RTP/AVP;unicast;source={named};server_port=0-0")
    for host, number in (("127.0.0.3", 1), ("127.0.0.2", 2)):
        with socket.socket(type=socket.SOCK_DGRAM) as other:
            other.bind((host, 0))
            other.sendto(packet(number), peer.ports[0])
    assert peer.read() == framed(0, packet(2))


@pytest.mark.parametrize("named", ["camera.lan", "0.0.0.0", "::1", "1.2.3", ""])
def test_an_address_that_means_nothing_changes_nothing(peer: Peer, named: str) -> None:
    peer.agree(f"RTP/AVP;unicast;source={named};server_port=0-0")
    peer.rtp.sendto(packet(1), peer.ports[0])
    assert peer.read() == framed(0, packet(1))


def test_a_report_among_the_packets_is_a_report_and_changes_no_order(peer: Peer) -> None:
    peer.agree()
    report = struct.pack(">BBHI", 0x80, 200, 6, 7) + bytes(20)
    for each in (packet(5000), packet(5002), report, packet(5001)):
        peer.rtp.sendto(each, peer.ports[0])
    seen = peer.read() + peer.read()
    assert seen == framed(1, report) + b"".join(framed(0, packet(each)) for each in (5000, 5001, 5002))


def test_nothing_is_given_up_while_what_it_waits_for_may_lie_there(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    peer.agree()
    peer.rtp.sendto(packet(0), peer.ports[0])
    peer.read()
    monkeypatch.setattr(datagrams, "_MOST_ONCE", 2)
    peer.near._clock = SimpleNamespace(boot_ns=itertools.count(0, _WAIT_NS).__next__)
    for number in (2, 3, 4, 1):
        peer.rtp.sendto(packet(number), peer.ports[0])
    assert numbers_in(peer.read()) == [1, 2, 3, 4]


def test_ports_that_were_offered_for_a_sound_that_is_refused_are_given_up(peer: Peer) -> None:
    peer.agree()
    refused = int(peer.near.offered().split("-")[0])
    peer.near.begun(b"")
    with socket.socket(type=socket.SOCK_DGRAM) as again:
        again.bind(("127.0.0.1", refused))


@pytest.mark.root
def test_a_camera_with_an_address_of_its_link_alone_is_read(tmp_path: Path) -> None:
    """IPv6: the address means nothing without the number of the network card."""
    subprocess.run(["unshare", "--net", sys.executable, "-c", _OF_THE_LINK], check=True, timeout=60)


_OF_THE_LINK = """
import socket, subprocess
from appliance.api import SystemClock
from appliance.plugins.sources.rtsp.datagrams import Datagrams
subprocess.run("ip link set lo up".split(), check=True)
subprocess.run("ip addr add fe80::7/64 dev lo nodad".split(), check=True)
scope = socket.if_nametoindex("lo")
with socket.create_server(("fe80::7", 0, 0, scope), family=socket.AF_INET6) as listening:
    near = socket.create_connection(("fe80::7%lo", listening.getsockname()[1]))
    far, _ = listening.accept()
read = Datagrams(near, SystemClock())
ports = read.offered().split("-")
camera = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
camera.bind(("fe80::7", 0, 0, scope))
camera.settimeout(5)
read.take(1, f"server_port={camera.getsockname()[1]}-{camera.getsockname()[1] + 1}")
assert camera.recvfrom(100)[1][1] == int(ports[0])
read.setblocking(False)
camera.sendto(bytes([0x80, 200]) + bytes(26), ("fe80::7", int(ports[0]), 0, scope))
buffer = bytearray(100)
assert read.recv_into(memoryview(buffer)) == 32
"""


def test_ports_that_were_not_taken_are_given_up(peer: Peer) -> None:
    peer.near.offered()
    with socket.socket(type=socket.SOCK_DGRAM) as again:
        again.bind(peer.ports[0])


# --- cameras ---


@pytest.mark.rtsp
@pytest.mark.parametrize("name", ["udp-twice", "udp-swapped", "udp-port-zero", "udp-port-unsaid", "udp-other-port"])
def test_a_camera_of_datagrams_is_recorded_whole_and_in_order(open_source: Open, name: str) -> None:
    with Camera(QUIRKS[name].script) as camera:
        source = open_source("rtsp", url=camera.url)
        pictures = list(itertools.islice((item for item in source if isinstance(item, Packet)), 15))
        assert isinstance(source._first, RtspSource), "our own reader reads it"  # type: ignore[attr-defined]
        source.close()
    assert len(pictures) == 15
    assert not any(each.is_corrupt for each in pictures)
    assert [each.pts for each in pictures] == sorted({each.pts for each in pictures})
