"""Which anchor an office has: chosen once, when it is made, written into its sealed description, and opened as chosen.

The choice never changes by itself: an office whose TPM is missing has no anchor, not a weaker one.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import msgspec

from appliance.core.errors import Unavailable
from appliance.core.model import Record
from appliance.core.settings import StorageSettings
from appliance.storage.files import Fs, write_atomic
from appliance.vault.keys.anchor import Anchor, FileAnchor
from appliance.vault.keys.boxkeys import derive
from appliance.vault.keys.tpm import Tpm
from appliance.vault.keys.tpmanchor import CHIP, VIRTUAL, TpmAnchor, free_indices, undefine_leftovers

__all__ = ["FILE", "TPM", "AnchorChoice", "choose", "create_anchor", "forget_unfinished", "open_anchor", "strength_of"]

FILE, TPM = "file", "tpm"
_DEFINED = "indices"


class AnchorChoice(Record, frozen=True, kw_only=True):
    """``kind`` is file or tpm, ``indices`` the NV indices of a TPM, ``strength`` what certificates say of it."""

    kind: str = FILE
    indices: tuple[int, ...] = ()
    strength: str = FileAnchor.strength


def choose(storage: StorageSettings) -> str:
    """The kind that these settings mean on this box, now. Raises Unavailable where a TPM is a must and none answers."""
    if storage.anchor == FILE:
        return FILE
    why_not = Tpm(storage.tpm).why_not()
    if not why_not:
        return TPM
    if storage.anchor == TPM:
        raise Unavailable(f"{why_not}; nothing was set up, because the settings ask for a TPM (storage.anchor)")
    return FILE


def strength_of(kind: str, storage: StorageSettings) -> str:
    """What certificates will say of an anchor of this kind that is made now. Raises Unavailable without its TPM."""
    if kind == FILE:
        return FileAnchor.strength
    return VIRTUAL if Tpm(storage.tpm).virtual() else CHIP


def create_anchor(
    kind: str,
    storage: StorageSettings,
    fs: Fs,
    directory: str,
    box_key: bytes,
    random: Callable[[int], bytes],
    owner: bytes = b"",
) -> tuple[Anchor, AnchorChoice]:
    """A new anchor, both slots erased and durable, and how to find it again. ``directory`` exists and is empty of one.

    The indices are noted in ``directory`` before they are defined, so that an interrupted set-up can free them. Raises
    as :meth:`TpmAnchor.create`.
    """
    if kind == FILE:
        return FileAnchor.create(fs, directory, random), AnchorChoice()
    tpm = Tpm(storage.tpm)
    indices = free_indices(tpm)
    write_atomic(fs, os.path.join(directory, _DEFINED), msgspec.json.encode(indices))
    anchor = TpmAnchor.create(tpm, indices, _auth(box_key), random, owner)
    return anchor, AnchorChoice(kind=TPM, indices=indices, strength=anchor.strength)


def forget_unfinished(storage: StorageSettings, fs: Fs, directory: str, owner: bytes = b"") -> None:
    """Frees what an interrupted :func:`create_anchor` left in a TPM. Raises Unavailable when it does not answer now."""
    path = os.path.join(directory, _DEFINED)
    if fs.exists(path):
        undefine_leftovers(Tpm(storage.tpm), msgspec.json.decode(fs.read(path), type=tuple[int, ...]), owner)


def open_anchor(
    choice: AnchorChoice,
    storage: StorageSettings,
    fs: Fs,
    directory: str,
    box_key: bytes,
    random: Callable[[int], bytes],
) -> Anchor:
    """The office's anchor; nothing is read yet."""
    if choice.kind == FILE:
        return FileAnchor(fs, directory, random)
    return TpmAnchor(Tpm(storage.tpm), choice.indices, _auth(box_key), choice.strength)


def _auth(box_key: bytes) -> bytes:
    return derive(box_key, "anchor")
