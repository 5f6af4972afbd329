"""Puts footage of times past into a running office: the test card as it would have looked, through the recorder's own
segmenter and sealer and the keeper's own verbs. What a test would otherwise have to wait for.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator

from appliance.api import Packet, Streams
from appliance.api.registry import checked_settings
from appliance.core.clock import SLOT_NS, slot_start_ns
from appliance.core.model import BucketOpening, CameraClock, Manifest, SegmentFile, to_wire
from appliance.formats.allocation import allocate
from appliance.formats.fragments import encode_fragment, encode_streams
from appliance.formats.segment import MEDIA, STARTS_WITH_KEY, STREAMS, SegmentSealer
from appliance.formats.segment_files import segment_name
from appliance.plugins.sources.testcard import TestCard, register_sources
from appliance.recorder.camera.cuts import Bucket, EndBucket, FragmentReady, StartBucket, StartSegment
from appliance.recorder.camera.segmenter import Segmenter
from appliance.storage.boot_files import read_recorder_boot
from appliance.storage.files import RealFs
from tests.box import Box

__all__ = ["FilmClock", "Filmed", "film_items", "film_past"]


class FilmClock:
    """Wall and boot time in one, moved by hand."""

    def __init__(self, wall_ns: int) -> None:
        self.at_ns, self.is_trusted = wall_ns, True

    def wall_ns(self) -> int:
        return self.at_ns

    def boot_ns(self) -> int:
        return self.at_ns

    def boot_id(self) -> str:
        return "f" * 32

    def trusted(self) -> bool:
        return self.is_trusted


class Filmed:
    """What was put in: bucket ids in order, their keys, and the SHA-256 of every packet."""

    def __init__(self) -> None:
        self.buckets: list[str] = []
        self.keys: dict[str, bytes] = {}
        self.packets: list[str] = []


def film_past(
    box: Box,
    camera_no: str,
    start_ns: int,
    seconds: float,
    *,
    said: CameraClock | None = None,
    shot: Iterable[Packet | Streams] = (),
    **settings: object,
) -> Filmed:
    """Films ``seconds`` of test card from ``start_ns``; on return the keeper has every bucket in its ring. ``said``: by
    the camera's own clock meanwhile. ``shot``: what comes instead of the test card, at its ``fps``."""
    kind = next(kind for kind in register_sources() if kind.name == "testcard")
    checked = checked_settings(kind, {"label": camera_no, "width": 320, "height": 180, "bitrate": 200_000, **settings})
    clock, fps = FilmClock(start_ns), int(str(checked["fps"]))

    def items() -> Iterator[tuple[Streams | Packet, int]]:
        pictures = 0
        for item in shot or TestCard(checked, clock):
            if isinstance(item, Streams | Packet):
                yield item, clock.at_ns
            if isinstance(item, Packet) and item.stream == 0:
                pictures += 1
                clock.at_ns = start_ns + pictures * 1_000_000_000 // fps
                if pictures >= seconds * fps:
                    return

    return film_items(box, camera_no, start_ns, seconds, items(), said=said)


def film_items(
    box: Box,
    camera_no: str,
    start_ns: int,
    seconds: float,
    items: Iterable[tuple[Streams | Packet, int]],
    *,
    said: CameraClock | None = None,
) -> Filmed:
    """As :func:`film_past`, of any camera: what it sent, each with the time at which it came."""
    filmed = Filmed()
    slots = range(slot_start_ns(start_ns), start_ns + int(seconds * 1e9), SLOT_NS)
    boot = read_recorder_boot(RealFs(), box.settings.layout.boot)
    allocation, keys = allocate(boot.vault_public, [(camera_no, slot) for slot in slots], os.urandom)
    tape = _Tape(box, camera_no, {bucket: bytes(key) for bucket, key in keys.items()}, boot.appliance_id, filmed)
    tape.said = said
    box.call("recorder.hello", boot_id="f" * 32, boot_ns=0, wall_ns=start_ns, run_id="film", open=[], left=[])
    tape.tell("recorder.allocate", to_wire(allocation))
    segmenter = Segmenter(sound=True)
    segmenter.offer(*(Bucket(bytes.fromhex(b.bucket_id), b.slot_start_ns + SLOT_NS) for b in allocation.buckets))
    for item, at_ns in items:
        tape.carry_out(segmenter.feed(item, at_ns))
        if isinstance(item, Packet):
            filmed.packets.append(hashlib.sha256(item.data).hexdigest())
    tape.carry_out(segmenter.finish("end"))
    tape.close()
    return filmed


class _Tape:
    """Carries out a segmenter's events in the office's ``open/`` and tells the keeper."""

    def __init__(self, box: Box, camera_no: str, keys: dict[str, bytes], appliance_id: bytes, filmed: Filmed) -> None:
        self._layout, self._camera_no, self._keys = box.settings.layout, camera_no, keys
        self._appliance_id, self._filmed, self._client = appliance_id, filmed, box.client()
        self._bucket, self._start_ns, self._number = "", 0, 0
        self._sealer: SegmentSealer | None = None
        self._data, self._span, self._files = bytearray(), (0, 0), list[SegmentFile]()
        self._frames = 0
        self.said: CameraClock | None = None

    def tell(self, verb: str, body: bytes) -> None:
        self._client.call(verb, body)

    def close(self) -> None:
        self._client.close()

    def carry_out(self, events: object) -> None:
        for event in events:  # type: ignore[attr-defined]
            if isinstance(event, StartBucket):
                self._bucket, self._start_ns = event.bucket.bucket_id.hex(), event.start_ns
                self._files, self._number = [], 0
                self._filmed.buckets.append(self._bucket)
                self._filmed.keys[self._bucket] = self._keys[self._bucket]
                self.tell("recorder.opened", to_wire(BucketOpening(**self._facts())))
            elif isinstance(event, StartSegment):
                self._end_segment()
                self._sealer = SegmentSealer(
                    bytes.fromhex(self._bucket),
                    self._keys[self._bucket],
                    self._number,
                    1,
                    self._appliance_id,
                    os.urandom(24),
                )
                self._data = bytearray(self._sealer.header)
                self._data += self._sealer.frame(STREAMS, encode_streams(event.streams), ms=0)
                self._span, self._frames = (0, 0), 1
            elif isinstance(event, FragmentReady) and self._sealer:
                flags = STARTS_WITH_KEY if event.starts_with_key else 0
                self._data += self._sealer.frame(MEDIA, encode_fragment(event.fragment), ms=event.ms, flags=flags)
                self._span, self._frames = (self._span[0] or event.start_ns, event.end_ns), self._frames + 1
            elif isinstance(event, EndBucket):
                self._end_segment()
                manifest = Manifest(
                    **self._facts(),
                    end_ns=event.end_ns,
                    segments=tuple(self._files),
                    ended_by=event.reason,
                    camera_clock=self.said,
                )
                self.tell("recorder.closed", to_wire(manifest))

    def _facts(self) -> dict[str, object]:
        return {
            "bucket_id": self._bucket,
            "camera_no": self._camera_no,
            "slot_start_ns": slot_start_ns(self._start_ns),
            "start_ns": self._start_ns,
            "boot_id": "f" * 32,
            "boot_ns": self._start_ns,
            "trusted": True,
        }

    def _end_segment(self) -> None:
        if self._sealer is None:
            return
        data = bytes(self._data + self._sealer.footer())
        file = RealFs().create(os.path.join(self._layout.open, segment_name(self._bucket, self._number)), mode=0o640)
        file.write(data)
        file.sync()
        file.close()
        self._files.append(
            SegmentFile(
                number=self._number,
                bytes=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
                frames=self._frames,
                start_ns=self._span[0],
                end_ns=self._span[1],
            )
        )
        self._sealer, self._number = None, self._number + 1
