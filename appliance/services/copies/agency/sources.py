"""What goes into the package of an agency's copy: the footage that a grant opened, and what the recorder says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.errors import Broken
from appliance.core.model import Span
from appliance.formats.copy_package.manifest import CopyCamera, Order, Recorder
from appliance.rules.cases.ranges import Scope
from appliance.services.cases.casefile import CaseFile
from appliance.services.copies.agency.causes import cause_words
from appliance.services.copies.package.inputs import CameraFootage, CopyFacts
from appliance.services.copies.package.masked import Masking
from appliance.services.copies.package.play import Viewers
from appliance.services.viewing.footage import Footage
from appliance.services.viewing.grant import Grant
from appliance.services.viewing.grants import Grants
from appliance.services.viewing.maskbook import DrawnMask
from appliance.services.viewing.timeline import CameraTimeline, timeline_of
from appliance.vault.ring.ring import Ring, Stretch

__all__ = ["PackagePorts", "archive_name", "facts_of_copy", "footage_of_grant"]

_MADE_BY = "專責人員"


class PackagePorts(NamedTuple):
    """What a package says of the recorder. ``camera``: by its number and the buckets that its footage lies in;
    ``manifest_of``: the SHA-256 of a bucket's manifest as the ledger has it, "" while the bucket is open; ``key``: the
    ledger's; ``beside``: (name, bytes) of what lies beside the archive; ``masks``: those that stand for a case;
    ``viewers``: the darkroom's ``connect``, for files that a plain PC plays and for what is masked; ``on_damage`` hears
    of what does not open."""

    recorder: Callable[[], Recorder]
    camera: Callable[[str, Sequence[Stretch]], CopyCamera]
    manifest_of: Callable[[str], str]
    key: Ed25519PrivateKey
    beside: Callable[[CaseFile], Sequence[tuple[str, bytes]]]
    masks: Callable[[str], Sequence[DrawnMask]]
    viewers: Viewers | None = None
    on_damage: Callable[[str], None] = lambda text: None


def archive_name(file: CaseFile) -> str:
    """In letters that every computer has."""
    return f"copy-{file.key}.zip"


def facts_of_copy(file: CaseFile, copy_id: str, made_ns: int, ports: PackagePorts) -> CopyFacts:
    letter = file.letter
    return CopyFacts(
        copy_id=copy_id,
        recorder=ports.recorder(),
        order=Order(
            case=file.case.number or file.key,
            agency=letter.agency,
            letter_no=letter.number,
            letter_day=letter.day.isoformat() if letter.day else "",
        ),
        made_ns=made_ns,
        made_by=_MADE_BY,
        beside=tuple(ports.beside(file)),
        bucket_manifest=ports.manifest_of,
        cause_words=cause_words,
    )


def footage_of_grant(
    grants: Grants, grant: Grant, ring: Ring, ports: PackagePorts, masked: Sequence[Scope]
) -> Iterator[CameraFootage]:
    """What the grant opened of each camera. Each stretch of minutes is entered as released before a byte of it is.
    ``masked``: the minutes of the case that were granted masked. Raises Broken where these are not under the masks that
    the grant was opened with."""
    drawn = ports.masks(grant.case) if masked else ()
    if (masked and grant.masks is None) or tuple(each.mask for each in drawn) != (grant.masks or ()):
        raise Broken(f"case {grant.case}: its masks are others than when it was opened; make the copy again")
    for camera_no, spans in sorted(grant.spans.items()):
        masking = Masking(
            [scope.span for scope in masked if scope.camera_no == camera_no],
            [each for each in drawn if each.mask.camera_no == camera_no],
        )
        yield _of_camera(grants, grant, ring, ports, camera_no, spans, masking)


def _of_camera(
    grants: Grants,
    grant: Grant,
    ring: Ring,
    ports: PackagePorts,
    camera_no: str,
    spans: Sequence[Span],
    masking: Masking,
) -> CameraFootage:
    stretches = grant.stretches[camera_no]
    footage = Footage(ring.shelves, stretches, grant.keys, ports.on_damage)
    grant.at_end.append(footage.forget)

    def timeline() -> CameraTimeline:
        return timeline_of(ring, camera_no, spans, stretches, footage.lost())

    def release(span: Span) -> None:
        buckets = [each.bucket_id for each in stretches if _span_of(each).overlaps(span)]
        grants.release(grant, camera_no, span, buckets, "medium")

    return CameraFootage(ports.camera(camera_no, stretches), spans, footage, timeline, release, masking)


def _span_of(stretch: Stretch) -> Span:
    return Span(stretch.start_ns, max(stretch.end_ns, stretch.start_ns + 1))
