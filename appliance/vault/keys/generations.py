"""Generations of the key store: the root's two files and the anchor's two slots, changed together.

Generation n lives in root file and anchor slot n mod 2. A change:

1. the new anchor goes into the slot that is not in force
2. the new root goes into the file of that slot, durable
3. the old anchor is overwritten: **the point of no return**; every older copy of a root is noise from here on

(Shard files that the new root names are durable before 1: ``keystore.py``.) Opening takes the highest generation that
opens, makes sure of it on the disk, and does 3 again. A change that fails before 3 is undone; when that fails too, the
store closes for changes until it is opened anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from appliance.core.errors import Broken, Damaged, NotWritable, Unavailable
from appliance.storage.files import Fs, write_atomic
from appliance.vault.keys.anchor import SECRET_BYTES, SLOTS, Anchor, AnchorValue
from appliance.vault.keys.keyfiles import DayKey, Root, open_root, seal_root
from appliance.vault.keys.slots import Slot

__all__ = ["Destroyed", "Generations"]

_INTERRUPTED = "a change was interrupted"


class Destroyed(NamedTuple):
    """What a certificate says: the generation since which the keys are gone, and the anchor's strength.

    ``given_up`` are shards that did not open whole and were made anew as well: the keys that could not be read in
    them are gone with certainty, too.
    """

    generation: int
    strength: str
    given_up: tuple[str, ...] = ()


class Generations:
    """The root in force and the way to the next one. Callers lock."""

    def __init__(
        self, fs: Fs, directory: str, anchor: Anchor, box_key: bytes, random: Callable[[int], bytes], root: Root
    ) -> None:
        self._fs, self._directory, self._anchor = fs, directory, anchor
        self._box_key, self._random = box_key, random
        self._closed = ""
        self.root = root

    @classmethod
    def create(
        cls,
        fs: Fs,
        directory: str,
        anchor: Anchor,
        box_key: bytes,
        slots: tuple[Slot, ...],
        random: Callable[[int], bytes],
        after: int = 0,
    ) -> Generations:
        """Generation ``after`` + 1, durable. Raises Broken where there is one already."""
        made = cls(fs, directory, anchor, box_key, random, Root(after, {}, ()))
        if any(fs.exists(made._path(slot)) for slot in SLOTS):
            raise Broken(f"{directory}: there is a key store already; it is never made over an old one")
        made.change({}, slots)
        return made

    @classmethod
    def open(
        cls, fs: Fs, directory: str, anchor: Anchor, box_key: bytes, random: Callable[[int], bytes]
    ) -> Generations:
        """The root in force, with whatever an interruption left settled.

        Raises Damaged when no root opens with the anchor and box key; Unavailable when the anchor does not answer;
        NotWritable when the old one cannot be overwritten.
        """
        opened = cls(fs, directory, anchor, box_key, random, _root_in_force(fs, directory, anchor, box_key))
        try:
            # A process that was killed between a write and its sync leaves what reads well and is not on the disk.
            fs.sync_fs(directory)
        except OSError as error:
            raise NotWritable.of("keys-unsynced", path=directory, why=error.strerror) from error
        opened._erase(1 - opened.root.generation % 2)
        return opened

    @property
    def strength(self) -> str:
        return self._anchor.strength

    @property
    def settled(self) -> bool:
        """Whether it is certain which generation is in force after a power cut; until then no file may be removed."""
        return not self._closed

    def check_open(self) -> None:
        """Raises NotWritable after a change that neither came about nor could be undone."""
        if self._closed:
            raise NotWritable.of("keys-closed", path=self._directory, why=self._closed)

    def change(self, days: dict[str, DayKey], slots: tuple[Slot, ...]) -> None:
        """The next generation, with these day keys and slots; on return no copy of an earlier root opens.

        Raises NotWritable: either nothing changed, or :attr:`root` is the new one already, but the old anchor could
        not be overwritten and nothing counts as destroyed.
        """
        self.check_open()
        self._closed = _INTERRUPTED
        root = Root(self.root.generation + 1, days, slots)
        slot = root.generation % 2
        secret = self._random(SECRET_BYTES)
        try:
            self._anchor.write(slot, AnchorValue(root.generation, secret))
            write_atomic(self._fs, self._path(slot), seal_root(root, secret, self._box_key, self._random))
        except NotWritable:
            self._undo(slot)
            raise
        self.root = root
        self._erase(1 - slot)
        self._closed = ""

    def _path(self, slot: int) -> str:
        return os.path.join(self._directory, f"root.{slot}")

    def _undo(self, slot: int) -> None:
        """Makes sure that a generation whose root may or may not be durable never comes to be in force."""
        try:
            self._anchor.write(slot, AnchorValue(0, self._random(SECRET_BYTES)))
            self._closed = ""
        except NotWritable as error:
            self._closed = f"a change failed half-way and could not be undone ({error})"

    def _erase(self, slot: int) -> None:
        """Overwrites the anchor that is not in force, and looks whether it is gone."""
        try:
            old = self._anchor.read(slot)
            self._anchor.write(slot, AnchorValue(0, self._random(SECRET_BYTES)))
            if self._anchor.read(slot).secret == old.secret:
                raise NotWritable.of("anchor-not-overwritten", slot=slot)
        except (Unavailable, Damaged) as error:
            self._closed = f"the old anchor is not overwritten, nothing counts as destroyed yet ({error})"
            raise NotWritable.of("keys-closed", path=self._directory, why=self._closed) from error


def _root_in_force(fs: Fs, directory: str, anchor: Anchor, box_key: bytes) -> Root:
    """The newest root that opens with its own slot's anchor. Raises Damaged saying what is missing, Unavailable."""
    found: list[Root] = []
    present: list[str] = []
    for slot in SLOTS:
        value, path = anchor.read(slot), os.path.join(directory, f"root.{slot}")
        if not fs.exists(path):
            continue
        present.append(path)
        root = open_root(_read(fs, path), value.secret, box_key)
        if root is not None and root.generation == value.generation:
            found.append(root)
    if found:
        return max(found, key=lambda root: root.generation)
    if not present:
        raise Damaged(f"{directory}: no root file; the key store is missing, and all footage with it unless found")
    raise Damaged(
        f"{' and '.join(present)}: does not open with the anchor and the box key; an older copy was put back, "
        "or anchor or box key are another's: put the newest files back together"
    )


def _read(fs: Fs, path: str) -> bytes:
    try:
        return fs.read(path)
    except OSError as error:
        raise Unavailable.of("key-file-unread", path=path, why=error.strerror) from error
