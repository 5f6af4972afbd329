"""What a scripted camera sends after PLAY: pictures and sound as they are filmed, in RTP (RFC 3550)."""

from __future__ import annotations

import contextlib
import math
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.quirks.description import sound_type
from tests.quirks.jpeg import jpeg_way
from tests.quirks.packing import right
from tests.quirks.script import Flow, Moment, Part, Rtp
from tests.quirks.sound import sound_way

if TYPE_CHECKING:
    from tests.quirks.camera import Camera

__all__ = ["Sender", "encoded"]

_REPORT_SECONDS = 2.0
_NTP_1970 = 2_208_988_800
_FRAME = struct.Struct(">BBH")
SOUND_STAMP = 500_000


def encoded(rtp: Rtp) -> bytes:
    first = rtp.version << 6 | len(rtp.contributors)
    body = b"".join(struct.pack(">I", one) for one in rtp.contributors)
    if rtp.extension is not None:
        first |= 0x10
        body += rtp.extension
    body += rtp.payload
    if rtp.padding:
        first |= 0x20
        body += rtp.padding
    head = struct.pack(
        ">BBHII", first, rtp.payload_type | rtp.marker << 7, rtp.sequence & 0xFFFF, rtp.stamp & 0xFFFFFFFF, rtp.source
    )
    return head + body


class _Track:
    """Where one track's packets go."""

    def __init__(self, channels: tuple[int, int] | None, port: int | None, host: str) -> None:
        self.channels, self.port, self.host = channels, port, host
        self.socks: list[socket.socket] = []
        if port is not None:
            self.socks = _pair()


def _pair() -> list[socket.socket]:
    """Two neighbouring ports, the first even (RFC 3550 section 11)."""
    while True:
        first = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        first.bind(("127.0.0.1", 0))
        number = first.getsockname()[1]
        second = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            if number % 2:
                raise OSError
            second.bind(("127.0.0.1", number + 1))
            return [first, second]
        except OSError:
            first.close()
            second.close()


class Sender:
    """Of one connection. ``heard``: when somebody last said that he is there."""

    def __init__(self, camera: Camera, sock: socket.socket, number: int) -> None:
        self._camera, self._script, self._sock, self._connection = camera, camera.script, sock, number
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.tracks: dict[int, _Track] = {}
        self.heard = time.monotonic()
        self.resets = False
        self._start = 0
        self._flows = [Flow(track, number) for track in range(2)]
        self._sequences = [camera.script.first_sequence, 5000]

    # --- the connection ---

    def write(self, data: bytes) -> None:
        step = self._script.split
        with self._lock:
            if not step:
                self._sock.sendall(data)
                return
            for at in range(0, len(data), step):
                self._sock.sendall(data[at : at + step])

    def set_up(self, track: int, channels: tuple[int, int] | None, port: int | None) -> int:
        self.tracks[track] = one = _Track(channels, port, self._sock.getpeername()[0])
        if one.socks:
            self._camera._begin(self._hear, one.socks[1])
        return int(one.socks[0].getsockname()[1]) if one.socks else 0

    def _hear(self, sock: socket.socket) -> None:
        """Receiver reports that come as datagrams."""
        with contextlib.suppress(OSError):
            sock.settimeout(0.2)
            while not self._stopped.is_set() and not self._camera.over.is_set():
                with contextlib.suppress(TimeoutError):
                    if sock.recv(2048) and "RTCP" in self._script.alive_by:
                        self.heard = time.monotonic()

    def refuse(self, address: str) -> None:
        """SETUP of this address was refused after all."""
        for track, accepted in enumerate(self._script.accepts):
            if address == accepted.format(url=self._camera.url):
                self.tracks.pop(track, None)

    def source(self, track: int) -> int:
        return 0x1000 * self._connection + track + 1

    def rtp_info(self) -> str:
        rates, firsts = self._rates(), self._firsts()
        words = []
        for track in sorted(self.tracks):
            stamp = firsts[track] + round(self._start / self._script.fps * rates[track])
            address = self._script.accepts[track].format(url=self._camera.url)
            words.append(f"url={address};seq={self._sequences[track]};rtptime={stamp & 0xFFFFFFFF}")
        return f"RTP-Info: {','.join(words)}"

    def _rates(self) -> tuple[int, int]:
        sound = self._camera.sound
        return 90_000, sound.clock if sound else 8000

    def _firsts(self) -> tuple[int, int]:
        return self._script.first_stamp, SOUND_STAMP

    def prepare(self) -> None:
        """PLAY has come: from which picture on it sends."""
        self._camera.film_from_now()
        if self._camera.pictures:
            self._start = self._script.joins
            return
        gop = self._camera.film.recipe.gop
        now = max(0, int(self._camera.elapsed() * self._script.fps))
        self._start = now if self._script.joins else now - now % gop
        self.heard = time.monotonic()

    def start(self, begin: Callable[..., None]) -> None:
        begin(self._run)

    def stop(self) -> None:
        self._stopped.set()
        for track in self.tracks.values():
            for sock in track.socks:
                sock.close()

    # --- the stream ---

    def _run(self) -> None:
        try:
            with contextlib.suppress(OSError):
                self._stream()
        finally:
            self._camera.damaged |= self._flows[0].damaged

    def _stream(self) -> None:
        script, camera = self._script, self._camera
        if script.late:
            self._stopped.wait(script.late)
            self.prepare()
        began, reported = time.monotonic(), 0.0
        number = self._start
        frame = self._first_frame()
        while not self._stopped.is_set() and not camera.over.is_set():
            since = time.monotonic() - began
            if self._ends(since):
                return
            picture_due = number / script.fps
            sound_due = self._sound_due(frame)
            due = min(picture_due, sound_due)
            if camera.pictures:
                if number >= camera.pictures:
                    self._sock.shutdown(socket.SHUT_WR)
                    return
            elif due > camera.elapsed():
                self._stopped.wait(min(due - camera.elapsed(), 0.2))
                continue
            silent = 0 < script.silent_from <= since < script.silent_from + script.silent_for
            if script.reports and not silent and time.monotonic() - reported >= _REPORT_SECONDS:
                reported = time.monotonic()
                self._report()
            if picture_due <= sound_due:
                if not silent:
                    self._picture(number, since)
                number += 1
            else:
                if not silent and since >= script.sound_late:
                    self._sound(frame)
                frame += script.sound_frames

    def _ends(self, since: float) -> bool:
        script, camera = self._script, self._camera
        if time.monotonic() - self.heard > script.timeout:
            self._close("fin")
            return True
        if not script.lasts or since < script.lasts or (script.lasts_once and self._connection > 1):
            return False
        if script.away:
            camera.away_until = time.monotonic() + script.away
        self._close(script.ends_by)
        return True

    def _close(self, how: str) -> None:
        if how == "bye":
            for track in self.tracks:
                self._send(track, struct.pack(">BBHI", 0x81, 203, 1, self.source(track)), report=True)
            return
        if how == "teardown":
            self.write(f"TEARDOWN {self._camera.url} RTSP/1.0\r\nCSeq: 900\r\nSession: 20261201\r\n\r\n".encode())
            return
        if how == "silence":
            return
        if how == "rst":  # the thread that reads wakes and closes
            self.resets = True
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._sock.shutdown(socket.SHUT_RD)
            return
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _picture(self, number: int, since: float) -> None:
        script, camera = self._script, self._camera
        picture = camera.film.pictures[number % len(camera.film.pictures)]
        ticks = round(90_000 / script.fps)
        moment = Moment(camera.film.codec, number, picture, camera.film.sets, ticks)
        way = script.way or (jpeg_way if camera.film.codec == "mjpeg" else right)
        stamp = script.first_stamp + picture.shown * ticks
        flow = self._flows[0]
        flow.number, flow.elapsed = number, since
        packets = [self._rtp(0, part, stamp, script.payload_type) for part in way(moment)]
        for change in script.rtp:
            packets = change(packets, flow)
        for packet in packets:
            self._send(packet.track, encoded(packet))
        camera.sent.append((number, self._connection))

    def _first_frame(self) -> int:
        sound = self._camera.sound
        if sound is None or 1 not in self.tracks:
            return 0
        return math.ceil(self._start / self._script.fps * sound.clock / sound.ticks)

    def _sound_due(self, frame: int) -> float:
        sound = self._camera.sound
        if sound is None or 1 not in self.tracks:
            return math.inf
        return (frame + self._script.sound_frames) * sound.ticks / sound.clock

    def _sound(self, frame: int) -> None:
        sound, script = self._camera.sound, self._script
        assert sound is not None
        numbers = range(frame, frame + script.sound_frames)
        frames = [sound.frames[number % len(sound.frames)] for number in numbers]
        way = script.sound_way or sound_way(sound.codec)
        stamp = SOUND_STAMP + frame * sound.ticks
        kind = sound_type(sound, script)
        packets = [self._rtp(1, part, stamp, kind) for part in way(frames, frame, sound.ticks)]
        flow = self._flows[1]
        flow.number = frame
        for change in script.sound_rtp:
            packets = change(packets, flow)
        for packet in packets:
            self._send(packet.track, encoded(packet))
        if packets:
            self._camera.sounds += [(number, self._connection) for number in numbers]

    def _rtp(self, track: int, part: Part, stamp: int, kind: int) -> Rtp:
        sequence = self._sequences[track]
        self._sequences[track] += 1
        return Rtp(part.payload, part.marker, stamp + part.after, sequence, self.source(track), kind, track=track)

    def _report(self) -> None:
        elapsed, now = self._camera.elapsed(), time.time()
        rates, firsts = self._rates(), self._firsts()
        for track in self.tracks:
            stamp = firsts[track] + round(elapsed * rates[track]) & 0xFFFFFFFF
            words = (int(now) + _NTP_1970, int(now % 1 * (1 << 32)), stamp, 1, 1)
            head = struct.pack(">BBHI5I", 0x80, 200, 6, self.source(track), *words)
            name = b"camera"
            items = b"\x01" + bytes((len(name),)) + name + b"\x00"
            items += bytes(-len(items) % 4)
            named = struct.pack(">BBHI", 0x81, 202, 1 + len(items) // 4, self.source(track)) + items
            self._send(track, head + named, report=True)

    def _send(self, track: int, packet: bytes, *, report: bool = False) -> None:
        one = self.tracks.get(track)
        if one is None:
            return
        if one.port is not None:
            one.socks[report].sendto(packet, (one.host, one.port + report))
            return
        assert one.channels is not None
        data = _FRAME.pack(0x24, one.channels[report], len(packet)) + packet
        for change in self._script.wire:
            data = change(data, self._flows[track])
        self.write(data)
