"""The proof that a copy's making stands in the ledger: the entry, its path to a head, and the signed head. Pure.

It lies beside the manifest and is covered by no hash there: the entry holds the manifest's hash, so it comes after it,
and the head carries a signature of its own.
"""

from __future__ import annotations

import base64
from typing import Protocol

import msgspec

from appliance.core.model import to_json

__all__ = ["PROOF_FORMAT", "LedgerProof", "ProvingLedger", "encode_proof", "proof_of", "proven_manifest"]

PROOF_FORMAT = "office-recorder/ledger-proof/v1"


class LedgerProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``entry``: the entry's bytes as text, number ``index`` of the ledger. ``path``: RFC 6962 §2.1.1, in base64.
    ``checkpoint``: the signed head that it leads to."""

    format: str
    index: int
    entry: str
    path: tuple[str, ...]
    checkpoint: str


class _Entry(Protocol):
    @property
    def raw(self) -> bytes: ...


class ProvingLedger(Protocol):
    """The part of :class:`appliance.ledger.log.Ledger` that a proof comes from."""

    def entry(self, index: int) -> _Entry: ...
    def inclusion(self, index: int, size: int | None = None) -> list[bytes]: ...
    def checkpoint(self, *extensions: str) -> str: ...


def proof_of(ledger: ProvingLedger, index: int) -> LedgerProof:
    """That entry ``index`` is under the present head. The head may grow meanwhile: the path is made for the size that
    the head names."""
    head = ledger.checkpoint()
    size = int(head.split("\n")[1])
    path = ledger.inclusion(index, size)
    return LedgerProof(
        format=PROOF_FORMAT,
        index=index,
        entry=ledger.entry(index).raw.decode(),
        path=tuple(base64.b64encode(each).decode() for each in path),
        checkpoint=head,
    )


def encode_proof(proof: LedgerProof) -> bytes:
    """The bytes of ``ledger-proof.json``."""
    return to_json(proof)


def proven_manifest(proof: LedgerProof) -> str:
    """The manifest's hash in the entry that is proven, "" where it has none."""
    entry = msgspec.json.decode(proof.entry)
    return str(entry.get("manifest", "")) if isinstance(entry, dict) else ""
