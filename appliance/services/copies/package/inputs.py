"""What an agency's copy is made from, as the keeper hands it in, and how far the making is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from appliance.core.errors import NotFound
from appliance.core.model import Span
from appliance.formats.copy_package.manifest import CopyCamera, Order, Recorder
from appliance.services.copies.package.masked import Masking
from appliance.services.viewing.footage import Footage
from appliance.services.viewing.timeline import CameraTimeline

__all__ = ["CameraFootage", "CopyFacts", "Packing"]


class CameraFootage(NamedTuple):
    """What is approved of one camera, opened by a grant. ``timeline``: what there is and why the rest is missing, asked
    once all of it was read; ``release``: called with each stretch of minutes before a byte of it is opened, it returns
    when the entry that says so is durable. ``masking``: what of it goes out masked alone."""

    camera: CopyCamera
    spans: Sequence[Span]
    footage: Footage
    timeline: Callable[[], CameraTimeline]
    release: Callable[[Span], None]
    masking: Masking


class CopyFacts(NamedTuple):
    """What the keeper knows of a copy before it is made. ``beside``: (name, bytes) of what lies beside the archive.
    ``bucket_manifest``: the SHA-256 of a bucket's manifest as the ledger has it, "" while the bucket is open.
    ``cause_words``: why footage is missing, in Chinese, by the recorder's code."""

    copy_id: str
    recorder: Recorder
    order: Order
    made_ns: int
    made_by: str
    beside: Sequence[tuple[str, bytes]]
    bucket_manifest: Callable[[str], str]
    cause_words: Callable[[str], str]


@dataclass
class Packing:
    """A copy in the making, for whoever watches or stops it. ``done_ns`` of ``whole_ns`` of footage is in."""

    whole_ns: int = 0
    done_ns: int = 0
    cancelled: bool = False

    def check(self) -> None:
        """Raises NotFound once it is to stop."""
        if self.cancelled:
            raise NotFound.of("copy-ended")
