"""After a destruction its footage is out of reach of whoever has the whole disk, every earlier version of every key
file and every password. The same attacker opens it before, so each of these tests can fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.clock import slot_start_ns
from appliance.core.errors import Damaged, RecorderError
from appliance.core.settings import FILE_ANCHOR
from appliance.formats.segment import MEDIA
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.rules.deadlines import DAY_NS
from appliance.storage.files import RealFs
from appliance.vault.keys.anchor import FileAnchor
from appliance.vault.keys.keyfiles import DayKey, open_root, read_shard
from appliance.vault.keys.passwords import Hasher
from appliance.vault.keys.slots import PASSWORD, open_slot
from appliance.vault.keys.vault import VaultPrivate
from tests.box import OFFICER, UNIT_HEAD, Box, make_box, testcard
from tests.faults.intruder import files_in, opener
from tests.footage import FilmClock, film_past
from tests.vault.swtpm import SoftwareTpm


class Attacker:
    """Has a copy of every file as it ever was, and every password. ``anchors``: the secrets of every page of the file
    anchor that was ever seen; ``footage``: every segment."""

    def __init__(self, box: Box, directory: Path) -> None:
        self._keeper, self._directory = Path(box.settings.layout.keeper), directory
        self._layout = box.settings.layout
        self.roots: set[bytes] = set()
        self.shards: set[bytes] = set()
        self.box_keys: set[bytes] = set()
        self.anchors: set[bytes] = set()
        self.footage: dict[str, Path] = {}

    def look(self) -> None:
        """Copies what is new on the disk."""
        self.box_keys.add((self._keeper / "box.key").read_bytes())
        for path in (self._keeper / "keys").iterdir():
            (self.shards if path.name.endswith(".shard") else self.roots).add(path.read_bytes())
        self.anchors |= set(self.anchors_now())
        for path in map(Path, files_in(self._layout.open, self._layout.ring)):
            bucket_id = path.name.split(".")[0]
            if bucket_id not in self.footage:
                self.footage[bucket_id] = self._directory / path.name
                self.footage[bucket_id].write_bytes(path.read_bytes())

    def anchors_now(self) -> list[bytes]:
        """The pages of the file anchor as they lie on the disk."""
        anchor = FileAnchor(RealFs(), str(self._keeper / "anchor"), os.urandom)
        return [anchor.read(slot).secret for slot in (0, 1) if os.path.exists(anchor.path(slot))]

    def opened_with(self, secrets: Iterable[bytes]) -> set[str]:
        """The buckets of which a frame of media comes to light with these anchor secrets."""
        found: set[str] = set()
        for secret in set(secrets):
            for box_key in self.box_keys:
                for root in filter(None, (open_root(data, secret, box_key) for data in self.roots)):
                    vaults = list(self._vaults(root.slots))
                    for shard, key in root.days.items():
                        for made in range(1, root.generation + 1):
                            for data in self.shards:
                                parts = read_shard(data, shard, DayKey(key.key, made)).parts
                                found |= {each for vault in vaults for each in self._plain(parts, vault)}
        return found

    def _vaults(self, slots: Iterable[Any]) -> Iterator[VaultPrivate]:
        for slot in slots:
            for person in (OFFICER, UNIT_HEAD):
                if slot.kind == PASSWORD and slot.person == person.name:
                    yield open_slot(slot, person.password, Hasher(slot.params, os.urandom))

    def _plain(self, parts: Iterable[Any], vault: VaultPrivate) -> Iterator[str]:
        for part in parts:
            for bucket in part.buckets:
                stored = part.sealed_key, part.allocation_id.hex(), bucket.record()
                bucket_id = bucket.bucket_id.hex()
                if bucket_id in self.footage and self._opens(self.footage[bucket_id], vault, bucket_id, stored):
                    yield bucket_id

    @staticmethod
    def _opens(path: Path, vault: VaultPrivate, bucket_id: str, stored: Any) -> bool:
        try:
            with vault.open_buckets([stored]) as keys:
                segment = opener(path, bytes(keys[bucket_id]))
                frame = next(frame for frame in segment.frames() if frame.type == MEDIA)
                return bool(segment.open(frame))
        except Damaged:
            return False


class WatchedDisk:
    """The real disk, looked at by an attacker after every change."""

    def __init__(self, attacker: Attacker) -> None:
        self._fs, self._attacker = RealFs(), attacker

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._fs, name)
        if name not in ("rename", "unlink", "overwrite", "sync_dir"):
            return call

        def watched(*args: Any, **options: Any) -> Any:
            self._attacker.look()
            answer = call(*args, **options)
            self._attacker.look()
            return answer

        return watched


def _filmed(box: Box, at_ns: int) -> tuple[str, str]:
    """A bucket of twenty days ago and one of five: inside their floor while the keeper runs, which destroys, too."""
    box.start("keeper")
    old = film_past(box, "01", slot_start_ns(at_ns) - 20 * DAY_NS, 2).buckets
    young = film_past(box, "01", slot_start_ns(at_ns) - 5 * DAY_NS, 2).buckets
    box.stop()
    assert len(old) == len(young) == 1
    return old[0], young[0]


def _destroyed(keeper: Keeper, bucket_id: str) -> dict[str, Any]:
    keeper.destruction.destroy([bucket_id], "ordered")
    (done,) = [entry.fields for entry in keeper.ledger.entries() if entry.kind == "destroy.done"]
    return done


def test_T_59_with_a_file_anchor_only_an_overwritten_page_would_open_it(tmp_path: Path) -> None:
    with make_box(tmp_path / "office", [testcard("01")], storage=FILE_ANCHOR) as box:
        old, young = _filmed(box, box.made_ns)
        (tmp_path / "copies").mkdir()
        attacker = Attacker(box, tmp_path / "copies")
        attacker.look()
        assert attacker.opened_with(attacker.anchors) == {old, young}, "it opens before"
        with open_keeper(box.settings, WatchedDisk(attacker), FilmClock(box.made_ns + 30 * DAY_NS)) as keeper:  # type: ignore[arg-type]
            assert _destroyed(keeper, old)["strength"] == "file: best effort"
        attacker.look()

        overwritten = attacker.anchors - set(attacker.anchors_now())
        assert attacker.opened_with(attacker.anchors - overwritten) == {young}
        assert old in attacker.opened_with(overwritten), "which is why the certificate says best effort"


@pytest.mark.tpm
def test_T_59_with_a_tpm_nothing_that_ever_lay_on_the_disk_opens_it(chip: SoftwareTpm, tmp_path: Path) -> None:
    with make_box(tmp_path / "office", [testcard("01")], storage=chip.storage) as box:
        old, young = _filmed(box, box.made_ns)
        (tmp_path / "copies").mkdir()
        attacker = Attacker(box, tmp_path / "copies")
        attacker.look()
        assert attacker.anchors == set(), "no page of an anchor lies on the disk"
        with open_keeper(box.settings, WatchedDisk(attacker), FilmClock(box.made_ns + 30 * DAY_NS)) as keeper:  # type: ignore[arg-type]
            before = cells(keeper)
            assert attacker.opened_with(before) == {old, young}, "with the chip's cells it opens before"
            assert _destroyed(keeper, old)["strength"] == "virtual TPM: best effort"
            now = cells(keeper)
        attacker.look()

        assert attacker.opened_with(now) == {young}
        assert not [secret for secret in [*before, *now] for data in _all_files(box) if secret in data]
        assert old in attacker.opened_with(before), "only what the chip no longer has would open it"
        with pytest.raises(RecorderError):
            chip.tpm.read(chip.tpm.indices()[0], 52, b"without the box key")


def cells(keeper: Keeper) -> list[bytes]:
    """What the chip's two cells hold, which nobody sees but a keeper."""
    anchor = keeper.stores.office.anchor
    return [anchor.read(slot).secret for slot in (0, 1)]


def _all_files(box: Box) -> list[bytes]:
    return [Path(path).read_bytes() for path in files_in(box.settings.layout.state)]
