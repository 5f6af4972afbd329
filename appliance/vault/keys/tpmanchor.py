"""The anchor in a TPM: two NV indices of 52 bytes, which the disk's images, backups and remnants never hold.

The indices open with a secret derived from the box key, so that nobody reads them who cannot read the keeper's files,
and a stolen box key opens nothing without this very chip. They are bound to no PCR: an update of kernel or firmware
must not lose the footage (``docs/decisions/2026-11-24-tpm-anchor.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from appliance.core.errors import Damaged, NotWritable, RecorderError
from appliance.vault.keys.anchor import SECRET_BYTES, SLOTS, VALUE_BYTES, AnchorValue, pack_value, unpack_value
from appliance.vault.keys.tpm import Tpm

__all__ = ["CHIP", "VIRTUAL", "TpmAnchor", "free_indices", "undefine_leftovers"]

CHIP = "TPM"
VIRTUAL = "virtual TPM: best effort"
"""A TPM that is a program keeps its cells in a file of its host: no better than a file, wherever that host is."""

_FIRST_INDEX, _LAST_INDEX = 0x01A0_5200, 0x01A0_52FF
"""In the range that is the owner's to give (TCG Registry of Reserved TPM 2.0 Handles: 0x01800000 to 0x01BFFFFF)."""


class TpmAnchor:
    """Two NV indices. A write is durable when the TPM answers; a TPM cut off in the middle leaves a value that does not
    verify, which counts as erased."""

    def __init__(self, tpm: Tpm, indices: tuple[int, ...], auth: bytes, strength: str = CHIP) -> None:
        self._tpm, self._indices, self._auth, self._strength = tpm, indices, auth, strength

    @classmethod
    def create(
        cls, tpm: Tpm, indices: tuple[int, ...], auth: bytes, random: Callable[[int], bytes], owner: bytes = b""
    ) -> TpmAnchor:
        """Both slots, defined and erased, durable. ``owner``: the password of the TPM's owner, mostly none.

        Raises Refused for a wrong one or an index that is taken, NotWritable without room, Unavailable without a TPM.
        """
        anchor = cls(tpm, indices, auth, VIRTUAL if tpm.virtual() else CHIP)
        for index in indices:
            tpm.define(index, VALUE_BYTES, auth, owner)
        for slot in SLOTS:
            anchor.write(slot, AnchorValue(0, random(SECRET_BYTES)))
        return anchor

    @property
    def strength(self) -> str:
        return self._strength

    def read(self, slot: int) -> AnchorValue:
        try:
            return unpack_value(self._tpm.read(self._indices[slot], VALUE_BYTES, self._auth))
        except Damaged as error:
            raise Damaged(
                f"anchor slot {slot}: {error}; without it no footage opens: look for this office's own TPM"
            ) from error

    def write(self, slot: int, value: AnchorValue) -> None:
        try:
            self._tpm.write(self._indices[slot], pack_value(value), self._auth)
        except RecorderError as error:
            raise NotWritable.of("anchor-slot", slot=slot, why=error.said) from error


def free_indices(tpm: Tpm) -> tuple[int, int]:
    """Two indices in our range that nobody has defined. Raises NotWritable when all are taken."""
    taken = set(tpm.indices())
    free = [index for index in range(_FIRST_INDEX, _LAST_INDEX + 1) if index not in taken]
    if len(free) < len(SLOTS):
        raise NotWritable.of("tpm-indexes", first=f"{_FIRST_INDEX:#x}", last=f"{_LAST_INDEX:#x}")
    return free[0], free[1]


def undefine_leftovers(tpm: Tpm, indices: Iterable[int], owner: bytes = b"") -> None:
    """Frees the indices of an anchor that is no longer anybody's; what was not defined by us is left alone."""
    for index in indices:
        area = tpm.area(index)
        if area is not None and area.ours and area.size == VALUE_BYTES:
            tpm.undefine(index, owner)
