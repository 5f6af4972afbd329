"""紀錄專卷: it opens, lists its parts, verifies with what any machine has, and holds no picture (``AT-60``)."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path

import msgspec

from appliance.papers.from_cases.casefile import FORMAT, Part, cover, whole_file
from appliance.papers.sheets.packing import Packer
from appliance.rules.cases.views import LinksView, OtherCase
from tests.papers.case_scenes import scene
from tests.papers.reading import squeezed

PARTS = (
    Part("01-附件2-民眾調閱申請書.pdf", "附件2-民眾調閱申請書", b"%PDF one", pages=2),
    Part("scans/S1.pdf", "掃描：申請書（S1）", b"%PDF two", at_ns=1_764_000_000 * 10**9, pages=1),
    Part("ledger/entries.json", "稽核紀錄簿相關各筆", b"[]\n"),
)
FRONT = Part("00-封面及目錄.pdf", "封面及目錄", b"%PDF front", pages=1)
HEAD = {"size": 9, "root": "ab", "checkpoint": "note"}


def made() -> bytes:
    packer = Packer()
    made = b""
    for part in whole_file(scene("viewed"), FRONT, PARTS, HEAD):
        packer.begin(part.name)
        packer.add(part.body)
        packer.end()
        made += packer.taken()
    return made + packer.close()


def test_AT_60_the_case_file_opens_lists_its_parts_and_verifies(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(made())) as package:
        assert package.testzip() is None
        package.extractall(tmp_path)
        names = package.namelist()
    assert names == [FRONT.name, *(part.name for part in PARTS), "manifest.json", "SHA256SUMS"]
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()
    assert done.stdout.decode().count(": OK") == len(names) - 1
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["format"], manifest["number"], manifest["state"]) == (FORMAT, "115調-民-0001", "closed")
    assert manifest["ledger"] == HEAD
    for file in manifest["files"]:
        assert hashlib.sha256((tmp_path / file["name"]).read_bytes()).hexdigest() == file["sha256"]


def test_AT_60_a_changed_part_does_not_verify(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(made())) as package:
        package.extractall(tmp_path)
    (tmp_path / PARTS[1].name).write_bytes(b"%PDF other")
    assert subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, check=False).returncode


def test_the_cover_names_the_case_and_every_part_with_its_hash() -> None:
    text = squeezed("".join(cover(scene("viewed"), PARTS).texts()))
    for said in ("115調-民-0001", "民眾調閱", "陳𤆬治", "結案歸卷", "不含任何影音資料之畫面或聲音"):
        assert said in text, said
    for part in PARTS:
        assert squeezed(part.title) in text
        assert part.digest[:16] in text


def test_I11_the_cover_says_what_the_case_goes_on_from_and_what_goes_on_from_it() -> None:
    staff = OtherCase(case="115-0001", kind="INT", number="115調-內-0001")
    letter = OtherCase(case="115-0002", kind="AGY", number="115調-機-0001")
    desk = scene("locked")
    assert "關聯案件" not in squeezed("".join(cover(desk, PARTS).texts()))
    for links, said in (
        (LinksView(followers=(letter,)), "關聯案件後續115調-機-0001（機關調閱）"),
        (LinksView(former=staff), "關聯案件接續115調-內-0001（內部調閱）"),
    ):
        told = msgspec.structs.replace(desk.told, links=links)
        assert said in squeezed("".join(cover(desk._replace(told=told), PARTS).texts()))


def test_the_same_parts_make_the_same_bytes() -> None:
    assert made() == made()
