"""Making the package: approved minutes in, the bytes of one encrypted archive out, and what is to be told of it once.

The keeper hands in what it opened under a grant and takes the bytes to the medium; nothing here writes to a disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.errors import Broken
from appliance.formats.copy_package.manifest import CopyManifest, Recorder
from appliance.formats.copy_package.proof import LedgerProof
from appliance.formats.copy_package.signing import fingerprint
from appliance.ledger.checkpoint import vkey
from appliance.services.copies.package.archive import archive, new_passphrase
from appliance.services.copies.package.inputs import CameraFootage, CopyFacts, Packing
from appliance.services.copies.package.members import Members
from appliance.services.copies.package.play import Viewers

__all__ = ["Package", "Packed", "make_package", "recorder_of"]


class Packed(NamedTuple):
    """A package that is whole. ``passphrase`` goes to the officer's screen once and nowhere else; the receipt prints
    ``archive_sha256`` and the fingerprint, the books keep the manifest."""

    manifest: CopyManifest
    manifest_sha256: str
    archive_bytes: int
    archive_sha256: str
    passphrase: str


def recorder_of(appliance_id: str, version: str, office: str, ledger: str, key: Ed25519PrivateKey) -> Recorder:
    """Which recorder makes a package; ``ledger`` is the name of its ledger, ``key`` the one that signs both."""
    public = key.public_key()
    return Recorder(
        appliance_id=appliance_id,
        version=version,
        office=office,
        ledger=ledger,
        key=str(vkey(ledger, public)),
        fingerprint=fingerprint(public),
    )


class Package:
    """The archive as blocks, for whoever takes them at their own pace: :meth:`blocks` is read once, from its first to
    its last, and :attr:`packed` is there afterwards.

    ``enter(manifest, sha256)`` makes ``copy.made`` durable and returns its proof; it is called once, when all media are
    in. ``packing`` shows how far it is, and stops it. ``viewers``: the darkroom's ``connect``, for files that a plain
    PC plays; without it there are none.
    """

    def __init__(
        self,
        facts: CopyFacts,
        cameras: Sequence[CameraFootage],
        key: Ed25519PrivateKey,
        enter: Callable[[CopyManifest, str], LedgerProof],
        packing: Packing,
        random: Callable[[int], bytes],
        viewers: Viewers | None = None,
    ) -> None:
        self._copy_id, self._random = facts.copy_id, random
        self._members = Members(facts, cameras, key, enter, packing, viewers=viewers)
        self._packed: Packed | None = None

    @property
    def packed(self) -> Packed:
        """Raises Broken before the last block was taken."""
        if self._packed is None:
            raise Broken(f"copy {self._copy_id}: its archive is not whole")
        return self._packed

    def blocks(self) -> Iterator[bytes]:
        """Raises what ``enter`` and the releases of the cameras raise, and NotFound where it was stopped: the bytes so
        far are then no archive, and the medium is to be wiped."""
        passphrase = new_passphrase(self._random)
        digest, size = hashlib.sha256(), 0
        for block in archive(self._members, passphrase, self._random):
            digest.update(block)
            size += len(block)
            yield block
        manifest = self._members.manifest
        if manifest is None:
            raise Broken(f"copy {self._copy_id}: its archive ended before its manifest")
        self._packed = Packed(manifest, self._members.manifest_sha256, size, digest.hexdigest(), passphrase)


def make_package(
    facts: CopyFacts,
    cameras: Sequence[CameraFootage],
    key: Ed25519PrivateKey,
    enter: Callable[[CopyManifest, str], LedgerProof],
    sink: Callable[[bytes], object],
    packing: Packing,
    random: Callable[[int], bytes],
    viewers: Viewers | None = None,
) -> Packed:
    """:class:`Package` into ``sink``, block by block. Raises what ``sink`` raises as well."""
    package = Package(facts, cameras, key, enter, packing, random, viewers)
    for block in package.blocks():
        sink(block)
    return package.packed
