"""An agency's copy of what an office of :mod:`tests.services.viewing` recorded, made as the keeper makes it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from appliance.core.model import Span
from appliance.formats.copy_package.manifest import CopyCamera, CopyManifest, Order, time_at
from appliance.formats.copy_package.proof import LedgerProof, proof_of
from appliance.services.copies.package.inputs import CameraFootage, CopyFacts, Packing
from appliance.services.copies.package.maker import Packed, make_package, recorder_of
from appliance.services.copies.package.masked import Masking
from appliance.services.copies.package.members import Members
from appliance.services.copies.package.play import Viewers
from appliance.services.viewing.footage import Footage
from appliance.services.viewing.grant import Grant
from appliance.services.viewing.timeline import CameraTimeline, timeline_of
from tests.sandbox.films import Film
from tests.services.viewing import Office
from tests.vault.ringcases import SIGNING, drawn

__all__ = ["COPY_ID", "NAMES", "PackageOffice", "heavy", "unpack"]

COPY_ID = "c0" * 16
NAMES = {"C1": "大門", "C2": "服務臺"}


def heavy(made: Film, size: int = 10_000) -> Film:
    """An H.264 film as large as a camera's: filler units (H.264 §7.3.2.7), which show nothing, behind each picture."""
    filler = b"\0\0\0\1\x0c" + b"\xff" * size + b"\x80"
    packets = (each._replace(data=each.data + filler) if each.stream == 0 else each for each in made.packets)
    return Film(made.streams, tuple(packets))


class PackageOffice(Office):
    """``released``: what was said to go out, in order; ``masking``: what was ordered masked, by camera."""

    released: list[tuple[str, Span]]
    masking: Mapping[str, Masking] = MappingProxyType({})

    def facts(self, beside: Sequence[tuple[str, bytes]] = ()) -> CopyFacts:
        (key, *_) = self.ledger.verifier_keys
        return CopyFacts(
            copy_id=COPY_ID,
            recorder=recorder_of("a1" * 16, "0.1.0", "臺北市某區戶政事務所", key.split("+")[0], SIGNING),
            order=Order(
                case="115-0001", agency="臺北市政府警察局", letter_no="北市警字第1150000123號", letter_day="2026-09-25"
            ),
            made_ns=self.clock.wall_ns(),
            made_by="承辦人",
            beside=beside,
            bucket_manifest=self.bucket_manifest,
            cause_words=lambda code: {"restart": "主機重新啟動", "damaged": "檔案毀損"}.get(code, code),
        )

    def bucket_manifest(self, bucket_id: str) -> str:
        """The hash that the ledger has of a bucket's manifest."""
        for entry in self.ledger.entries():
            if entry.kind == "manifests.closed" and bucket_id in entry.fields["manifests"]:
                return str(entry.fields["manifests"][bucket_id])
        return ""

    def footage_of(self, grant: Grant) -> list[CameraFootage]:
        self.released = []
        return [self._camera(grant, camera_no, spans) for camera_no, spans in sorted(grant.spans.items())]

    def _camera(self, grant: Grant, camera_no: str, spans: Sequence[Span]) -> CameraFootage:
        stretches = grant.stretches[camera_no]
        footage = Footage(self.ring.shelves, stretches, grant.keys, self.damage.append)

        def timeline() -> CameraTimeline:
            return timeline_of(self.ring, camera_no, spans, stretches, footage.lost())

        camera = CopyCamera(
            camera_no=camera_no,
            name=NAMES[camera_no],
            clock_ahead_ns=-1_500_000_000,
            clock_measured=time_at(self.clock.wall_ns()),
        )
        masking = self.masking.get(camera_no, Masking())
        return CameraFootage(
            camera, spans, footage, timeline, lambda span: self.released.append((camera_no, span)), masking
        )

    def enter(self, manifest: CopyManifest, sha256: str) -> LedgerProof:
        fields = {"copy": manifest.copy, "case": manifest.order.case, "manifest": sha256, "files": len(manifest.files)}
        self.ledger.append("copy.made", fields)
        made = self.ledger.size - 1
        self.ledger.append("recorder.stopped", {"process": "keeper"})
        return proof_of(self.ledger, made)

    def package(
        self, grant: Grant, beside: Sequence[tuple[str, bytes]] = (), *, viewers: Viewers | None = None
    ) -> tuple[Packed, bytes]:
        """The package of all granted minutes, and its archive."""
        pieces: list[bytes] = []
        packed = make_package(
            self.facts(beside),
            self.footage_of(grant),
            SIGNING,
            self.enter,
            pieces.append,
            Packing(),
            drawn("package"),
            viewers,
        )
        return packed, b"".join(pieces)

    def folder(self, grant: Grant, folder: Path, **more: Any) -> CopyManifest:
        """The files of the package as they lie after unpacking, without an archive."""
        members = Members(self.facts(), self.footage_of(grant), SIGNING, self.enter, Packing(), **more)
        for member in members:
            path = folder / member.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(member.chunks))
        assert members.manifest is not None
        return members.manifest


def unpack(archive: Path, passphrase: str, folder: Path) -> None:
    """As a reader does: with 7-Zip."""
    command = ["7z", "x", "-y", f"-p{passphrase}", f"-o{folder}", str(archive)]
    subprocess.run(command, check=True, capture_output=True)
