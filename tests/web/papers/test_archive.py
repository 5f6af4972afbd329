"""The export to the archive over the keeper's double: a month in one archive that verifies, made while it goes out."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from appliance.core.errors import Damaged
from appliance.rules.cases.rows import Event
from tests.scanfiles import png
from tests.web.case_lives import Life
from tests.web.keeper_double import KeeperDouble
from tests.web.visitor import Visitor

ACT = "a" * 32


def closed_with_scan(keeper: KeeperDouble) -> str:
    """The key of a closed case on whose file a scan lies."""
    life = Life(keeper, "CIT").to("decision")
    life.do(Event.REFUSE, Event.ISSUE, Event.NOTIFY, Event.SIGN_LEDGER, Event.STAMP_LEDGER, Event.CLOSE)
    data = png()
    keeper.scans["S113-0001"] = {
        "scan": "S113-0001", "of": f"case/{life.key}", "kind": "form", "type": "png", "pages": 1, "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(), "entry": 7, "taken_ns": 1, "data": data,
    }  # fmt: skip
    return life.key


@pytest.mark.papers
def test_AT_60_a_months_case_files_are_one_archive_that_verifies_and_its_hash_is_entered(
    visitor: Visitor, keeper: KeeperDouble, tmp_path: Path
) -> None:
    key = closed_with_scan(keeper)
    visitor.log_in()
    page = visitor.get("/archive").text
    assert "113/09" in page
    assert "尚未匯出" in page
    answer = visitor.post("/archive/2024-09", {"act": ACT})
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as package:
        assert package.testzip() is None
        package.extractall(tmp_path)
    assert not subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=False).returncode
    manifest = (tmp_path / "manifest.json").read_bytes()
    told = json.loads(manifest)
    assert [each["case"] for each in told["cases"]] == [key]
    with zipfile.ZipFile(tmp_path / told["cases"][0]["file"]) as inner:
        assert inner.testzip() is None
        assert inner.read("scans/S113-0001.png") == keeper.scans["S113-0001"]["data"]
        inner.extractall(tmp_path / "inner")
    inside = tmp_path / "inner"
    assert not subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=inside, check=False).returncode
    (export,) = keeper.exports
    assert export["sha256"] == hashlib.sha256(manifest).hexdigest()
    assert export["bytes"] == len(answer.body)
    assert export["sha256"] in visitor.get("/archive").text


@pytest.mark.papers
def test_a_scan_that_does_not_open_breaks_the_export_off_and_that_is_said(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    closed_with_scan(keeper)
    visitor.log_in()
    keeper.fail_next["scan.original"] = Damaged("scan S113-0001: its file is altered; restore it from the backup")
    with pytest.raises(http.client.IncompleteRead):
        visitor.post("/archive/2024-09", {"act": ACT})
    assert "匯出中斷" in visitor.get("/archive").text


def test_a_month_without_closed_cases_is_not_found(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    assert "尚無已結案之案件" in visitor.get("/archive").text
    assert visitor.post("/archive/2024-08", {"act": ACT}).status == 404
