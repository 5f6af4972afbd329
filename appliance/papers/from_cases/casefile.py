"""紀錄專卷, the case file: all papers, scans and ledger entries of a case in one archive, with an index that verifies.

八(六), ``AT-60``. It holds no picture and no sound of footage (``D-19``): nothing goes in but papers, scans that were
taken in as papers, and entries. ``SHA256SUMS`` is checked with ``sha256sum -c`` on any machine; each entry lies beside
as a signed note that needs no other file. The same parts give the same bytes. Pure: what is brought later, such as the
files of scans, stands here with its size and hash alone, so that no archive is held as a whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from appliance.papers.from_cases.sources import Desk, applicant_of
from appliance.papers.sheets.issue import sign
from appliance.papers.sheets.sheet import Cell, Grid, Row, Sheet, Words, cell, head, lines_of
from appliance.papers.sheets.words import day, moment
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.views import CaseView, OtherCase

__all__ = ["FORMAT", "Part", "cover", "index_of", "whole_file"]

FORMAT = "office-recorder/case-file/v1"
_WIDTHS_MM = (12.0, 86.0, 38.0, 14.0, 30.0)


class Part(NamedTuple):
    """A file of the case file. ``name``: its path in the archive. ``title``: as the index names it. ``at_ns``: of what
    it records, 0 for a paper that is printed from the case as it stands. ``pages`` 0: not counted. ``scan``: the number
    of the scan whose file it is, which is brought when its turn comes and is as told (``told_sha256``, ``told_bytes``).
    """

    name: str
    title: str
    body: bytes = b""
    at_ns: int = 0
    pages: int = 0
    scan: str = ""
    told_sha256: str = ""
    told_bytes: int = 0

    @property
    def digest(self) -> str:
        return self.told_sha256 or hashlib.sha256(self.body).hexdigest()

    @property
    def size(self) -> int:
        return self.told_bytes or len(self.body)


def cover(desk: Desk, parts: Sequence[Part]) -> Sheet:
    """封面及目錄: what the case was, and every part with its hash."""
    told, issue = desk.told, desk.issue
    agency = str(told.letter.get("agency", ""))
    facts = (
        ("案號", told.number),
        ("案件種類", Kind(told.kind).zh),  # type: ignore[call-arg]
        ("申請人（機關）", "　".join(filter(None, (agency, applicant_of(told).name)))),
        ("收件", moment(told.received_ns)),
        ("狀態", State(told.state).zh),  # type: ignore[call-arg]
        ("結案", day(_closed(desk)) if _closed(desk) else ""),
        ("影音應用紀錄簿列", f"第 {desk.row} 列" if desk.row else ""),
        *(("關聯案件", text) for text in _linked(told)),
    )
    top = Grid((45.0, 135.0), tuple(Row((head(name), Cell(lines_of(text))), 8) for name, text in facts))
    heads = Row(tuple(head(name) for name in ("項次", "文件", "日期", "頁數", "SHA-256（前 16 碼）")), 8)
    rows = tuple(
        Row(
            (
                cell(str(at), "centre"),
                cell(part.title),
                cell(day(part.at_ns) if part.at_ns else "", "small"),
                cell(str(part.pages or ""), "centre"),
                cell(part.digest[:16], "small"),
            ),
            8,
        )
        for at, part in enumerate(parts, 1)
    )
    notes = (
        "一、本專卷不含任何影音資料之畫面或聲音。",
        "二、各檔案之完整雜湊值載於 SHA256SUMS；稽核紀錄簿各筆以簽章摘錄附於 ledger 資料夾，可離線查驗。",
    )
    return Sheet(
        code="紀錄專卷",
        title=f"{issue.pack.office.name}錄影監視系統調閱紀錄專卷封面及目錄",
        banner=issue.banner(),
        foot=issue.foot("紀錄專卷", "八(六)", told.number),
        type_pt=11,
        blocks=(
            top,
            Grid(_WIDTHS_MM, (heads, *rows), heads=1),
            Words(tuple(line for note in notes for line in lines_of(note, "item"))),
            Grid((90.0, 90.0), (Row((Cell(sign("編製人：", None)), Cell(sign("主管：", None))), 24),)),
        ),
    ).checked()


def _linked(told: CaseView) -> list[str]:
    """What this case goes on from, and what goes on from it (I11)."""
    former = [f"接續 {_named(each)}" for each in (told.links.former,) if each]
    return [*former, *(f"後續 {_named(each)}" for each in told.links.followers)]


def _named(other: OtherCase) -> str:
    return f"{other.number or other.case}（{Kind(other.kind).zh}）"  # type: ignore[call-arg]


def _closed(desk: Desk) -> int | None:
    closed = [deed.at_ns for deed in desk.told.history if deed.state == State.CLOSED]
    return closed[0] if closed else None


def index_of(desk: Desk, parts: Iterable[Part], ledger: dict[str, Any]) -> bytes:
    """The manifest, as canonical JSON."""
    told = desk.told
    files = [
        {"name": part.name, "title": part.title, "sha256": part.digest, "bytes": part.size, "pages": part.pages}
        for part in parts
    ]
    manifest = {
        "format": FORMAT,
        "case": told.case,
        "number": told.number,
        "kind": told.kind,
        "state": told.state,
        "policy": told.policy,
        "made_ns": desk.issue.printed_ns,
        "ledger": ledger,
        "files": files,
    }
    return json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def whole_file(desk: Desk, front: Part, parts: Sequence[Part], ledger: dict[str, Any]) -> list[Part]:
    """All files of the archive in their order: cover, parts, manifest, and the sums of all of them."""
    whole = [front, *parts]
    whole.append(Part("manifest.json", "manifest", index_of(desk, whole, ledger)))
    sums = "".join(f"{part.digest}  {part.name}\n" for part in whole).encode()
    return [*whole, Part("SHA256SUMS", "sums", sums)]
