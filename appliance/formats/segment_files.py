"""What the files of segments are called: written by the recorder and for viewing copies, read by the vault. Pure."""

from __future__ import annotations

import re

__all__ = ["segment_name", "segment_of"]

_SEGMENT = re.compile(r"([0-9a-f]{32})\.([0-9]{4}|[1-9][0-9]{4,})\.seg")
"""What :func:`segment_name` makes, and nothing else."""


def segment_name(bucket_id: str, number: int) -> str:
    return f"{bucket_id}.{number:04d}.seg"


def segment_of(name: str) -> tuple[str, int] | None:
    """(bucket id, number) of a segment file's name; None for any other name."""
    found = _SEGMENT.fullmatch(name)
    return (found[1], int(found[2])) if found else None
