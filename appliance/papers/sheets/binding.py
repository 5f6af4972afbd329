"""Several papers as one file: PDF after PDF in one, or files beside one another in an archive. Pure."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence

from pypdf import PdfWriter

__all__ = ["archive_of", "bound"]

_MADE = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive, the earliest there is: the same papers are the same bytes."""


def bound(pdfs: Sequence[bytes]) -> bytes:
    """One PDF with all pages, in their order; a single one as it is."""
    if len(pdfs) == 1:
        return pdfs[0]
    writer, out = PdfWriter(), io.BytesIO()
    for pdf in pdfs:
        writer.append(io.BytesIO(pdf), import_outline=False)
    writer.write(out)
    return out.getvalue()


def archive_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP of files by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, _MADE), data)
    return out.getvalue()
