"""Reads papers back: the cells of a PDF by its own tags, the cells of an ODT by its XML, the text of each page."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

__all__ = [
    "ReadCell", "is_words_alone", "odt_cells", "odt_words", "page_texts", "pdf_cells", "pdf_fonts", "pdf_words",
    "squeezed",
]  # fmt: skip

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_SPACE = re.compile(r"\s+")


class ReadCell(NamedTuple):
    """``lines``: the text of its paragraphs, without white space."""

    lines: tuple[str, ...]
    columns: int


def squeezed(text: str) -> str:
    """Without white space: where a line is broken, a space may go."""
    return _SPACE.sub("", text)


def _structure(pdf: bytes, folder: Path) -> list[str]:
    file = folder / "read.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdfinfo", "-struct-text", str(file)], capture_output=True, check=True)
    return done.stdout.decode().splitlines()


def pdf_cells(pdf: bytes, folder: Path) -> list[list[ReadCell]]:
    """Rows of cells, all tables one after the other, by the tags that readers of screens use. The heads that a table
    repeats on its further pages are no cells."""
    rows: list[list[list[str]]] = []
    columns: list[list[int]] = []
    inside = False
    for line in _structure(pdf, folder):
        word = line.strip()
        depth = len(line) - len(line.lstrip())
        if word == "TR":
            rows.append([])
            columns.append([])
            inside, at = True, depth
        elif inside and depth <= at:
            inside = False
        elif not inside:
            continue
        elif word.startswith(("TD", "TH")):
            rows[-1].append([])
            columns[-1].append(1)
        elif word.startswith("/ColSpan"):
            columns[-1][-1] = int(word.split()[1])
        elif word.startswith("P (block)"):
            rows[-1][-1].append("")
        elif word.startswith('"'):
            rows[-1][-1][-1] += squeezed(word[1:-1])
    return [
        [ReadCell(tuple(lines), span) for lines, span in zip(row, spans, strict=True)]
        for row, spans in zip(rows, columns, strict=True)
    ]


def pdf_words(pdf: bytes, folder: Path) -> str:
    """Everything written in the body of the paper, without white space."""
    return "".join(squeezed(line.strip()[1:-1]) for line in _structure(pdf, folder) if line.strip().startswith('"'))


def page_texts(pdf: bytes, folder: Path) -> list[str]:
    """The text of each page, its head and foot included, without white space."""
    file = folder / "text.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True)
    return [squeezed(page) for page in done.stdout.decode().split("\f")[:-1]]


def pdf_fonts(pdf: bytes, folder: Path) -> set[str]:
    """The names of the embedded fonts."""
    file = folder / "fonts.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdffonts", str(file)], capture_output=True, check=True)
    return {line.split()[0].split("+")[-1] for line in done.stdout.decode().splitlines()[2:]}


def is_words_alone(file: Path) -> bool:
    """Whether a paper or a part of a case file holds no picture, whatever it is called: a PDF without an image, or
    text."""
    if not file.read_bytes().startswith(b"%PDF-"):
        try:
            return "\0" not in file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return False
    done = subprocess.run(["pdfimages", "-list", str(file)], capture_output=True, check=True)
    head, line, *images = done.stdout.decode().splitlines()
    assert head.split()[:3] == ["page", "num", "type"], head
    assert set(line) == {"-"}, line
    return not images


def _odt_text(node: ElementTree.Element) -> str:
    return squeezed("".join(node.itertext()))


def odt_cells(odt: bytes) -> list[list[ReadCell]]:
    """Rows of cells, covered ones left out."""
    root = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(odt)).read("content.xml"))
    return [
        [
            ReadCell(
                tuple(_odt_text(line) for line in cell.iter(f"{_TEXT}p")),
                int(cell.get(f"{_TABLE}number-columns-spanned", "1")),
            )
            for cell in row.findall(f"{_TABLE}table-cell")
        ]
        for row in root.iter(f"{_TABLE}table-row")
    ]


def odt_words(odt: bytes) -> str:
    """Everything written in the body."""
    root = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(odt)).read("content.xml"))
    body = root.find(f"{_OFFICE}body")
    return "" if body is None else _odt_text(body)
