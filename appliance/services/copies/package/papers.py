"""The papers at the end of an agency's copy: manifest, sums and signatures of the files before, and the ledger's proof.

The manifest's hash is entered in the ledger first; then the proof of that entry goes in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.errors import Broken
from appliance.core.model import Gap, Span, merge
from appliance.formats.copy_package.manifest import (
    FORMAT,
    PIECE_BYTES,
    AskedMinutes,
    BesideFile,
    CopyManifest,
    MadeBy,
    MediaFile,
    MissingMinutes,
    canonical,
    minutes,
    time_at,
)
from appliance.formats.copy_package.proof import LedgerProof, encode_proof, proven_manifest
from appliance.formats.copy_package.signing import (
    KEY,
    MANIFEST,
    MANIFEST_SIGNATURE,
    PROOF,
    SUMS,
    SUMS_SIGNATURE,
    public_pem,
    sums_text,
)
from appliance.services.copies.package.archive import Member
from appliance.services.copies.package.inputs import CameraFootage, CopyFacts, Packing
from appliance.services.copies.package.missing import NOT_DECODED, WORDS, missing_of

__all__ = ["SEALED_STATEMENT", "VERIFIED_ON", "PackedCamera", "Papers"]

SEALED_STATEMENT = (
    "本清單所載影音檔取自所列封存之影音段，係由本錄影主機以其金鑰簽章聲明；"
    "封存之影音段加密保存於本所，其雜湊值已記入本所稽核紀錄簿，得請求本所另為比對。"
)
"""What the link from media to sealed segments rests on; nobody outside can open what is sealed."""

VERIFIED_ON = "複本交付簽收單"


@dataclass
class PackedCamera:
    """A camera's part, which minutes its files have, and which of them the darkroom could not decode."""

    asked: CameraFootage
    covered: list[Span] = field(default_factory=list)
    undecoded: list[Span] = field(default_factory=list)

    @property
    def words(self) -> str:
        return f"{self.asked.camera.camera_no} {self.asked.camera.name}".strip()


class Papers:
    """``enter``: makes ``copy.made`` durable for a finished manifest and returns the proof of it. Afterwards
    :attr:`manifest` is what was packed."""

    def __init__(
        self,
        facts: CopyFacts,
        key: Ed25519PrivateKey,
        enter: Callable[[CopyManifest, str], LedgerProof],
        packing: Packing,
    ) -> None:
        self._facts, self._key, self._enter, self._packing = facts, key, enter, packing
        self.manifest: CopyManifest | None = None
        self.manifest_sha256 = ""

    def members(self, cameras: Sequence[PackedCamera], files: Sequence[MediaFile]) -> Iterator[Member]:
        """Of the cameras whose ``files`` are in. Raises NotFound where the packing is cancelled, Broken where the proof
        is of another manifest."""
        self._packing.check()
        manifest = self.manifest = self._described(cameras, files)
        data = canonical(manifest)
        self.manifest_sha256 = hashlib.sha256(data).hexdigest()
        sums = sums_text([(MANIFEST, self.manifest_sha256), *((file.name, file.sha256) for file in manifest.files)])
        papers = {
            MANIFEST: data,
            MANIFEST_SIGNATURE: self._key.sign(data),
            SUMS: sums,
            SUMS_SIGNATURE: self._key.sign(sums),
            KEY: public_pem(self._key.public_key()),
        }
        for name, content in papers.items():
            yield Member(name, self._facts.made_ns, iter((content,)))
        self._packing.check()
        proof = self._enter(manifest, self.manifest_sha256)
        if proven_manifest(proof) != self.manifest_sha256:
            raise Broken(f"copy {manifest.copy}: what was entered of it is not the hash of its manifest")
        yield Member(PROOF, self._facts.made_ns, iter((encode_proof(proof),)))

    def _described(self, cameras: Sequence[PackedCamera], files: Sequence[MediaFile]) -> CopyManifest:
        facts = self._facts
        return CopyManifest(
            format=FORMAT,
            copy=facts.copy_id,
            recorder=facts.recorder,
            order=facts.order,
            made=MadeBy(at=time_at(facts.made_ns), role=facts.made_by, verified_on=VERIFIED_ON),
            asked=tuple(
                AskedMinutes(camera_no=each.asked.camera.camera_no, approved=minutes(span))
                for each in cameras
                for span in each.asked.spans
            ),
            cameras=tuple(each.asked.camera for each in cameras),
            files=tuple(files),
            missing=tuple(missing for each in cameras for missing in self._missing(each)),
            beside=tuple(
                BesideFile(name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
                for name, data in facts.beside
            ),
            piece_bytes=PIECE_BYTES,
            sealed_statement=SEALED_STATEMENT,
        )

    def _missing(self, camera: PackedCamera) -> Iterator[MissingMinutes]:
        camera_no = camera.asked.camera.camera_no
        undecoded = [
            Gap(camera_no=camera_no, start_ns=each.start_ns, end_ns=each.end_ns, cause=NOT_DECODED)
            for each in merge(camera.undecoded)
        ]
        gaps = [*undecoded, *camera.asked.timeline().gaps]
        for span, cause in missing_of(merge(camera.asked.spans), camera.covered, gaps):
            yield MissingMinutes(
                camera_no=camera_no,
                minutes=minutes(span),
                cause=cause,
                words=WORDS.get(cause) or self._facts.cause_words(cause),
            )
