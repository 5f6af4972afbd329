"""AT-27: a disk pulled from the box shows no playable byte (rule 八(一)).

The disk is a whole ext4: the power goes while the office records, and what lies on the raw device is searched, carved,
probed and tried with every key that lies there. What a password is worth is shown last, on the same disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import pytest

from appliance.api import split_nals
from appliance.core.clock import SLOT_NS, SystemClock, slot_start_ns
from appliance.core.errors import Damaged, Refused, UsageError
from appliance.core.settings import Layout
from appliance.formats.fragments import decode_fragment
from appliance.formats.segment import MEDIA
from appliance.installation.office import Installation, open_installation
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, make_box, testcard
from tests.faults.ext4 import Ext4, ext4_on_loop
from tests.faults.intruder import Count, bucket_keys, commits, count, cut_power, files_in, opener
from tests.footage import film_past

pytestmark = pytest.mark.root

MARKER = "AT-27-MARKER-OF-A-STOLEN-DISK"
_SMALL_BYTES = 64 << 10
"""A key hides in no larger file: those are segments, journals and the index, and only their heads are tried."""

FORMS = (
    b"\0\0\0\1\x40\1\x0c\1",  # H.265: parameter sets
    b"\0\0\0\1\x42\1\1",
    b"ftypiso",  # MP4
    b"moof\0\0\0\x10mfhd",
    b"\xff\xd8\xff\xe0\0\x10JFIF",
    b"\xff\xd8\xff\xdb\0\x43",
    b"\x42\x82\x88matroska",
    b"\x42\x82\x84webm",
)
"""What a carver looks for, beside the heads of H.264 units.

Each has so many bytes that no chance puts it among the seals and the file system's own tables: a start code and one
byte do lie there, where an inode's random number follows zeros.
"""


@dataclass
class Pulled:
    """The disk, mounted by the thief after the power was gone, and what only the test knows."""

    disk: Ext4
    office: str
    shares: tuple[str, ...]
    packets: list[bytes]
    """What was recorded, in clear; the thief has none of it."""

    @property
    def segments(self) -> list[str]:
        return files_in(f"{self.office}/open", f"{self.office}/ring")

    def needles(self) -> list[bytes]:
        """The marker, the parameter sets, and pieces from the middle of pictures and sound."""
        sets = {bytes(nal) for packet in self.packets[:1] for nal in split_nals(packet) if len(nal) < 64}
        long = [packet for packet in self.packets if len(packet) > 200]
        return [MARKER.encode(), *(nal for nal in sets if len(nal) >= 16), *(packet[90:122] for packet in long[::25])]

    def forms(self) -> list[bytes]:
        """What a carver looks for: start codes with the first bytes of every kind of unit that was recorded."""
        pictures = (packet for packet in self.packets if packet[:4] == b"\0\0\0\1")
        return [*FORMS, *sorted({b"\0\0\1" + bytes(nal[:3]) for packet in pictures for nal in split_nals(packet)})]


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulled]:
    directory = tmp_path_factory.mktemp("at-27")
    with ext4_on_loop(directory, 64) as disk:
        with make_box(disk.path / "state", [testcard("01", marker=MARKER)]) as box:
            box.start("keeper", "darkroom")
            film_past(box, "01", slot_start_ns(SystemClock().wall_ns()) - SLOT_NS, 5, marker=MARKER)
            box.start("recorder")
            box.recording("01")
            keys = bucket_keys(box, directory / "kept")
            packets = [packet for path in files_in(box.settings.layout.open, box.settings.layout.ring)
                       for packet in _packets(path, keys[Path(path).name.split(".")[0]])]  # fmt: skip
            shares = box.installed.envelope_shares
            os.sync()
            cut_power(box, disk)
        yield Pulled(disk, str(disk.path / "state/office"), shares, packets)


def _packets(path: str, key: bytes) -> Iterator[bytes]:
    segment = opener(path, key)
    for frame in segment.frames():
        if frame.type == MEDIA:
            yield from (packet.data for packet in decode_fragment(segment.open(frame)).packets)


def _hits(found: Count) -> dict[bytes, int]:
    return {needle: times for needle, times in found.items() if times}


def test_the_raw_disk_holds_nothing_of_what_was_recorded(pulled: Pulled) -> None:
    os.sync()
    assert len(pulled.segments) >= 2
    assert len(pulled.needles()) > 5
    found = count(pulled.disk.image, pulled.needles())
    assert found.searched == 64 << 20
    assert _hits(found) == {}


def test_a_carver_finds_no_picture_and_no_sound(pulled: Pulled) -> None:
    os.sync()
    assert {form[3] for form in pulled.forms()} >= {0x67, 0x68, 0x65, 0x41, 0x06}
    assert _hits(count(pulled.disk.image, pulled.forms())) == {}


def test_the_search_and_the_carver_find_what_lay_there_in_clear_even_when_it_was_deleted(
    pulled: Pulled, tmp_path: Path
) -> None:
    copy, mounted = tmp_path / "copy.img", tmp_path / "mounted"
    mounted.mkdir()
    shutil.copy(pulled.disk.image, copy)
    subprocess.run(["mount", "-o", "loop", str(copy), str(mounted)], check=True)
    try:
        picture = next(packet for packet in pulled.packets if MARKER.encode() in packet)
        with (mounted / "planted.h264").open("wb") as file:
            file.write(picture)
            os.fsync(file.fileno())
        (mounted / "planted.h264").unlink()
    finally:
        subprocess.run(["umount", str(mounted)], check=True)
    assert MARKER.encode() in _hits(count(copy, pulled.needles()))
    assert {form[3] for form in _hits(count(copy, pulled.forms()))} >= {0x67, 0x68, 0x65, 0x06}


def test_no_file_on_it_plays(pulled: Pulled) -> None:
    paths = [*files_in(pulled.office), str(pulled.disk.image)]
    assert len(paths) > 25
    playable = {
        path: shown
        for path in paths
        if (shown := subprocess.run(
            ["ffprobe", "-v", "quiet", "-show_entries", "stream=codec_type,width", "-of", "csv", path],
            capture_output=True, text=True, check=False, timeout=120,
        ).stdout.strip())
        and ",".join(("video", "320")) in shown
    }  # fmt: skip
    assert playable == {}


def test_no_key_that_lies_on_it_opens_a_segment(pulled: Pulled) -> None:
    """Every 32 bytes in a row of every small file, and of the head of every other, as they are and through SHA-256."""
    segments = {path: Path(path).read_bytes()[:128] for path in pulled.segments}
    candidates = set()
    for path in files_in(pulled.office):
        data = Path(path).read_bytes()[:_SMALL_BYTES]
        if path not in segments:
            candidates |= {data[at : at + 32] for at in range(len(data) - 31)}
            candidates.add(hashlib.sha256(data).digest())
    assert len(candidates) > 10_000
    opened = [key for key in candidates for head in segments.values() if commits(key, head)]
    assert opened == []


def test_trying_a_key_that_way_finds_the_right_one(pulled: Pulled, tmp_path: Path) -> None:
    with _vault(pulled, tmp_path) as (office, _):
        path = pulled.segments[0]
        head, bucket_id = Path(path).read_bytes()[:128], Path(path).name.split(".")[0]
        stored = office.key_store.sealed_of([bucket_id])
        with office.keyholders.unlock(OFFICER.name, OFFICER.password) as vault, vault.open_buckets(stored) as keys:
            assert commits(bytes(keys[bucket_id]), head)


@contextlib.contextmanager
def _vault(pulled: Pulled, directory: Path) -> Iterator[tuple[Installation, Layout]]:
    """The office opened by our own code on the thief's machine, with everything that the disk has."""
    shutil.copytree(pulled.office, directory / "office")
    layout = Layout(str(directory))
    yield open_installation(RealFs(), layout, SystemClock(assume_trusted=True)), layout


def test_our_own_code_opens_nothing_with_all_of_the_boxs_keys_and_no_password(pulled: Pulled, tmp_path: Path) -> None:
    with _vault(pulled, tmp_path) as (office, layout):
        assert len(office.key_store) > 0, "the key store itself opens: box key and file anchor lie on the disk"
        guesses = ["", "password", OFFICER.password.upper(), OFFICER.password + " ", office.office.office_name,
                   office.box_keys.records_key.hex(), Path(layout.keeper, "box.key").read_bytes().hex()]  # fmt: skip
        for person in (OFFICER.name, UNIT_HEAD.name):
            for guess in guesses:
                with pytest.raises(Refused):
                    office.keyholders.unlock(person, guess)
        with pytest.raises((Refused, UsageError)):
            office.keyholders.unlock_with_envelope(pulled.shares[:1])
        keys = [office.box_keys.records_key, office.box_keys.catalogue_key, office.box_keys.catalogue_private]
        for key in keys:
            for path in pulled.segments:
                with pytest.raises(Damaged, match="not its bucket's key"):
                    opener(path, key)


@pytest.mark.parametrize("way", ["a password", "two shares of the envelope"])
def test_a_keyholder_makes_the_same_disk_play(pulled: Pulled, tmp_path: Path, way: str) -> None:
    with _vault(pulled, tmp_path) as (office, _):
        holders = office.keyholders
        vault = (
            holders.unlock(OFFICER.name, OFFICER.password)
            if way == "a password"
            else holders.unlock_with_envelope(pulled.shares[:2])
        )
        path = next(path for path in pulled.segments if "/ring/" in path)
        bucket_id = Path(path).name.split(".")[0]
        with vault, vault.open_buckets(office.key_store.sealed_of([bucket_id])) as keys:
            stream = b"".join(packet for packet in _packets(path, bytes(keys[bucket_id])) if packet[:4] == b"\0\0\0\1")
    with av.open(io.BytesIO(stream), format="h264") as film:
        assert sum(1 for _ in film.decode(video=0)) > 40
