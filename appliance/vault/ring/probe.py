"""The probe: a minute a day that nobody filmed goes the way of footage, and comes back, or that is a finding.

It is sealed by the recorder's own code, but to a key pair whose private half the keeper has, written to the footage
disk, read back from the disk itself, opened and compared. What real footage needs keyholders for can so be shown every
day without them: keys are made, sealed, found and opened, frames are written and come back. Those of earlier days are
read again and held against the hash that the ledger has. There is no picture in it: nothing decodes it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from appliance.api import Packet, Stream, Streams
from appliance.core.clock import Clock, slot_start_ns
from appliance.core.errors import Damaged, NotWritable
from appliance.formats.allocation import allocate
from appliance.formats.fragments import Fragment, encode_fragment, encode_streams
from appliance.formats.sealing import wipe
from appliance.formats.segment import MEDIA, STARTS_WITH_KEY, STREAMS, SegmentOpener, SegmentSealer
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.storage.files import Fs, write_atomic
from appliance.vault.keys.vault import VAULT_PRIVATE_BYTES, VaultPrivate, make_vault

__all__ = ["DAYS_BACK", "Probe"]

DAYS_BACK = (1, 15, 31)
"""Of which days the probe is read again (``domain`` 2.6)."""

_KEPT_DAYS = 40
_FRAMES = 120
_FRAME_BYTES = 2048
_FRAME_MS = 500
_STREAM = Streams((Stream(0, "video", "h264", (1, 1000)),))
_NAME = "probe"
_NOBODY = bytes(16)
"""In the place of the appliance's id: a probe is no footage of this office."""


class Probe:
    """For one thread. ``footage`` is the footage disk's directory, ``ring`` says which disk lies there, ``keys`` is
    the keeper's own directory."""

    def __init__(
        self,
        fs: Fs,
        footage: str,
        keys: str,
        acts: Acts,
        ledger: Ledger,
        clock: Clock,
        *,
        ring: Callable[[], str],
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._fs, self._acts, self._clock, self._ring, self._random = fs, acts, clock, ring, random
        self._directory = os.path.join(footage, _NAME)
        self._key_path = os.path.join(keys, "probe.key")
        self._done: dict[date, Entry] = {}
        self._bad: dict[int, bool] = {}
        self.why = ""
        """What was wrong with today's, in a sentence; "" while nothing was."""
        for entry in ledger.acts("probe.done"):
            self._take(entry)

    def turn(self, *, trusted: bool) -> None:
        """Makes today's, if it is not made yet, and reads again those of days before; removes old ones while time is
        ``trusted``. Raises NotWritable when the ledger takes nothing; what the disk does wrong is told by
        :meth:`figures`."""
        today = day_of(self._clock.wall_ns())
        if today not in self._done or not self._is_here(self._done[today]):
            self._make(today)
        for ago in (0, *DAYS_BACK):
            entry = self._done.get(today - timedelta(days=ago))
            if entry is not None and self._is_here(entry):
                self._bad[ago] = self._hash(entry) != entry.fields["sha256"]
            elif ago:
                self._bad.pop(ago, None)
        if trusted:  # a clock that is ahead would take what is still to be compared
            self._clean(today)

    def figures(self) -> dict[str, float]:
        """``probe_bad`` by how many days ago, and ``probe_age_days`` of the newest that came back."""
        told = {f"probe_bad.{ago}": float(bad) for ago, bad in sorted(self._bad.items())}
        now_ns = self._clock.wall_ns()
        here = [entry.at_ns for entry in self._done.values() if self._is_here(entry) and entry.at_ns <= now_ns]
        if here:
            told["probe_age_days"] = round((now_ns - max(here)) / DAY_NS, 2)
        return told

    # --- inside ---

    def _is_here(self, entry: Entry) -> bool:
        """Those on a disk that was replaced are not looked for on the new one."""
        return bool(entry.fields["ring"] == self._ring())

    def _make(self, today: date) -> None:
        start_ns = slot_start_ns(self._clock.wall_ns())
        public, private = self._pair()
        try:
            allocation, keys = allocate(public, [(_NAME, start_ns)], self._random)
            (bucket,) = allocation.buckets
            data, frames = _sealed(bytes.fromhex(bucket.bucket_id), keys[bucket.bucket_id], start_ns, self._random(24))
            wipe(keys[bucket.bucket_id])
            path = self._path(today)
            self._write(path, data)
            with (
                VaultPrivate(bytearray(private)) as vault,
                vault.open_buckets([(allocation.sealed_key, allocation.allocation_id, bucket)]) as opened,
            ):
                _compare(partial(self._fs.read_at, path), self._fs.size(path), opened[bucket.bucket_id], frames)
            digest = hashlib.sha256(self._fs.read(path)).hexdigest()
        except (OSError, NotWritable, Damaged) as error:
            self._bad[0], self.why = True, str(error)
            return
        finally:
            wipe(private)
        self._bad[0], self.why = False, ""
        clear: dict[str, Any] = {"day": today.isoformat(), "ring": self._ring(), "bytes": len(data), "sha256": digest}
        self._take(self._acts.perform(self._random(16).hex(), "probe.done", clear).entry)

    def _pair(self) -> tuple[bytes, bytearray]:
        """The probe's own key pair; made once, and anew where it is lost: it opens nothing that matters."""
        try:
            private = bytearray(self._fs.read(self._key_path))
        except FileNotFoundError:
            private = bytearray()
        if len(private) != VAULT_PRIVATE_BYTES:
            _, private = make_vault(self._random)
            write_atomic(self._fs, self._key_path, bytes(private))
        with VaultPrivate(bytearray(private)) as vault:
            return vault.public, private

    def _write(self, path: str, data: bytes) -> None:
        """Durable on return, and out of the machine's memory, so that it is read from the disk."""
        if not self._fs.exists(self._directory):
            self._fs.make_dir(self._directory)
            self._fs.sync_dir(os.path.dirname(self._directory))
        if self._fs.exists(path):
            self._fs.unlink(path)
        file = self._fs.create(path)
        try:
            file.write(data)
            file.sync()
        finally:
            file.close()
        self._fs.sync_dir(self._directory)
        self._fs.forget(path)

    def _hash(self, entry: Entry) -> str:
        path = self._path(date.fromisoformat(entry.fields["day"]))
        try:
            self._fs.forget(path)
            return hashlib.sha256(self._fs.read(path)).hexdigest()
        except OSError:
            return ""

    def _clean(self, today: date) -> None:
        """What is older than any look back is removed; a name that is none of ours stays."""
        if not self._fs.exists(self._directory):
            return
        for name in self._fs.list_dir(self._directory):
            stem = name.removesuffix(".probe")
            if len(stem) == 8 and stem.isdecimal() and stem < f"{today - timedelta(days=_KEPT_DAYS):%Y%m%d}":
                self._fs.unlink(os.path.join(self._directory, name))

    def _path(self, day: date) -> str:
        return os.path.join(self._directory, f"{day:%Y%m%d}.probe")

    def _take(self, entry: Entry) -> None:
        self._done[date.fromisoformat(entry.fields["day"])] = entry


def _sealed(bucket_id: bytes, key: bytearray, start_ns: int, salt: bytes) -> tuple[bytes, list[bytes]]:
    """A whole segment of a minute, and the plaintext of each of its frames."""
    sealer = SegmentSealer(bucket_id, key, 0, 1, _NOBODY, salt)
    plain = [encode_streams(_STREAM)]
    data = sealer.header + sealer.frame(STREAMS, plain[0], ms=0)
    for number in range(_FRAMES):
        at_ms = number * _FRAME_MS
        packet = Packet(0, _pattern(number), at_ms, at_ms, _FRAME_MS, True)
        plain.append(encode_fragment(Fragment(start_ns + at_ms * 1_000_000, at_ms * 1_000_000, (packet,))))
        data += sealer.frame(MEDIA, plain[-1], ms=at_ms, flags=STARTS_WITH_KEY)
    return data + sealer.footer(), plain


def _pattern(number: int) -> bytes:
    """Bytes that no frame shares with another, so that frames that changed places show."""
    block = hashlib.sha256(number.to_bytes(4, "big")).digest()
    return block * (_FRAME_BYTES // len(block))


def _compare(read_at: Callable[[int, int], bytes], size: int, key: bytearray, frames: list[bytes]) -> None:
    """Raises Damaged unless the file holds exactly these frames and opens with this key."""
    opener = SegmentOpener(read_at, size, key)
    opener.verify()
    if [opener.open(frame) for frame in opener.frames()] != frames:
        raise Damaged("probe: its frames came back as others")
