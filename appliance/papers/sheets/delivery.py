"""複本交付簽收單 (``A18``): which medium was handed to whom, and by what it is told from any other.

The recipient compares the hash of the archive and the fingerprint of the recorder's key with what the verifiers on the
medium show; so both are printed here, on paper, and not believed from the medium (``D-08``, ``T-51``).
"""

from __future__ import annotations

from collections.abc import Sequence

from appliance.core.model import Record
from appliance.papers.sheets.issue import Issue, Signed, sign
from appliance.papers.sheets.sheet import Cell, Grid, Line, Row, Sheet, Words, cell, head
from appliance.papers.sheets.slip import ask_at, digest_lines
from appliance.papers.sheets.words import Asked, moment, range_lines

__all__ = ["Delivery", "delivery"]

_CODE = "複本交付簽收單"
_RULE = "八(五)3(3)"
_WIDTHS_MM = (34.0, 56.0, 34.0, 56.0)
_NOTES = (
    "一、本複本僅供上開來函所載目的使用；請依個人資料保護法保管，用畢銷毀，不得轉供其他目的。",
    "二、密碼由本所另以其他管道告知，未寫於媒體及本單，本所亦不留存；遺失者應重新申請。",
    "三、請依媒體內「說明.pdf」查驗，並以本單所印之雜湊值及金鑰指紋核對；不符者請勿使用，並即通知本所。",
    "四、交付後退回之複本，本所不予收回入庫；仍送回者，當場銷毀並作成紀錄，或予退還。",
)
_PHRASE = "□電話告知　□另以公文告知　□另日當面告知　□其他：＿＿＿＿＿＿"
_POSTED = "□掛號　□雙掛號　□公文交換　　號碼：＿＿＿＿＿＿＿＿＿＿"


class Delivery(Record, frozen=True, kw_only=True):
    """``medium`` and ``serial``: as the register of media has them; ``archive`` with its ``bytes`` and ``sha256``;
    ``fingerprint``: of the recorder's key, in groups of four digits."""

    case: str
    agency: str
    letter_no: str
    letter_day: str
    officer: str
    granted: tuple[Asked, ...]
    copy: str
    medium: str
    serial: str
    archive: str
    bytes: int
    sha256: str
    fingerprint: str
    written_ns: int
    signed_maker: Signed | None = None
    signed_verifier: Signed | None = None
    signed_officer: Signed | None = None
    handed_ns: int | None = None


def delivery(paper: Delivery, issue: Issue) -> Sheet:
    """One sheet of A4, which the recipient signs and the office keeps; the recipient has a second one."""
    written = f"{paper.archive}（{paper.bytes:,} 位元組；{moment(paper.written_ns)} 寫入完成）"
    about = Grid(
        _WIDTHS_MM,
        (
            _pair("案號", paper.case, "媒體編號", paper.medium),
            _pair("申請機關", paper.agency, "媒體序號", paper.serial),
            _pair("來函", f"{paper.letter_day}\n{paper.letter_no}", "承辦人", paper.officer),
            _across("核准提供範圍", [Line(text) for text in range_lines(paper.granted)], 12),
            _across("加密檔案", [Line(written), Line(f"複本編號 {paper.copy}", "small")], 12),
            _across("檔案雜湊值\n(SHA-256)", digest_lines(paper.sha256), 12),
            _across("金鑰指紋\n(SHA-256)", digest_lines(paper.fingerprint), 12),
            _across("密碼告知方式", [Line(_PHRASE)]),
        ),
    )
    signers = paper.signed_maker, paper.signed_verifier, paper.signed_officer
    made = Grid(
        (60.0, 60.0, 60.0),
        (
            Row(tuple(map(head, ("製作人簽章", "驗證人簽章", "交付人簽章"))), 8, leads=True),
            Row(tuple(Cell(sign("", each)) for each in signers), 20),
        ),
    )
    taken = Grid(
        _WIDTHS_MM,
        (
            _pair("領取人姓名", "", "職稱", "", 11),
            _pair("證件及號碼末四碼", "", "領取日期時間", moment(paper.handed_ns), 11),
            _across("領取人簽章", [], 20),
            _across("以寄送交付者", [Line(_POSTED)]),
            Row((ask_at(issue).cells[0], ask_at(issue).cells[1]._replace(columns=3)), 10),
        ),
    )
    gap = Words((Line("", "small"),))
    return Sheet(
        code=_CODE,
        title=f"{issue.pack.office.name}　{_CODE}",
        banner=issue.banner(),
        foot=issue.foot(_CODE, _RULE, paper.case),
        type_pt=10.5,
        blocks=(about, gap, made, gap, taken, Words(tuple(Line(text, "small") for text in _NOTES))),
    ).checked()


def _pair(name: str, text: str, other: str, more: str, height_mm: float = 9) -> Row:
    return Row((head(name), cell(text), head(other), cell(more)), height_mm)


def _across(name: str, lines: Sequence[Line], height_mm: float = 9) -> Row:
    return Row((head(name), Cell(tuple(lines) or (Line(""),), columns=3)), height_mm)
