"""提供機關之複本說明: one page, whatever the names are; how to open, how to verify, what the signature shows."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest

from appliance.papers.sheets.copy_note import CopyNote, copy_note
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.printer import Printer
from tests.papers.samples import ISSUE, RARE

pytestmark = pytest.mark.papers

FINGERPRINT = " ".join(["c7c4"] * 16)
NOTE = CopyNote(
    case="115調-機-0012",
    agency="臺北市政府警察局萬華分局",
    letter_no="北市警萬分刑字第1153000123號",
    letter_day="115 年 11 月 25 日",
    fingerprint=FINGERPRINT,
    archive="複本.zip",
    page="查驗.html",
    script="verify_copy.py",
)


def printed(printer: Printer, note: CopyNote, issue: Issue, folder: Path) -> tuple[str, int]:
    made = printer.print(copy_note(note, issue))
    path = folder / "note.pdf"
    path.write_bytes(made.pdf)
    text = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True).stdout.decode()
    assert not made.missing
    return text, made.pages


def test_it_is_one_page_and_says_what_its_reader_needs(printer: Printer, tmp_path: Path) -> None:
    text, pages = printed(printer, NOTE, ISSUE, tmp_path)
    assert pages == 1
    joined = "".join(text.split())
    for words in (
        "複本.zip",
        "7-Zip",
        "查驗.html",
        "sha256sum-cSHA256SUMS",
        "opensslpkeyutl-verify",
        "聲明",
        "播放用轉檔",
        "遮蔽版",
    ):
        assert words in joined, words
    assert joined.count("c7c4") == FINGERPRINT.count("c7c4")


def test_long_names_and_a_trial_s_banner_leave_it_one_page(printer: Printer, tmp_path: Path) -> None:
    long = msgspec.structs.replace(NOTE, agency=f"{RARE}局" * 6, letter_no="北" * 60)
    trial = msgspec.structs.replace(ISSUE, trial=True)
    assert printed(printer, long, trial, tmp_path)[1] == 1
