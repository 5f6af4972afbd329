"""The ODT packages: laid out as the format says, opened by LibreOffice, the same for the same sheet."""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from appliance.papers.sheets.forms import FORMS
from appliance.papers.sheets.odt import MIME, odt_of
from appliance.papers.sheets.staff_request import StaffRequest, staff_request
from appliance.papers.sheets.templates import Templates
from tests.papers.reading import page_texts, squeezed
from tests.papers.samples import BLANK, RARE, filled


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.code)
def test_a_package_begins_with_its_type_and_lists_its_parts(form: object, templates: Templates) -> None:
    odt = odt_of(form.blank(BLANK), templates)  # type: ignore[attr-defined]
    assert odt == odt_of(form.blank(BLANK), templates)  # type: ignore[attr-defined]
    assert odt[30:38] == b"mimetype"
    assert odt[38 : 38 + len(MIME)] == MIME.encode(), "stored plain at a fixed place, so that any tool knows the type"
    package = zipfile.ZipFile(io.BytesIO(odt))
    assert package.testzip() is None
    names = set(package.namelist())
    parts = {name: ElementTree.fromstring(package.read(name)) for name in names - {"mimetype"}}
    listed = {
        entry.get("{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}full-path")
        for entry in parts["META-INF/manifest.xml"]
    }
    assert listed == {"/", *(names - {"mimetype", "META-INF/manifest.xml"})}


def test_every_style_that_is_used_is_defined(templates: Templates) -> None:
    for sheet in filled().values():
        package = zipfile.ZipFile(io.BytesIO(odt_of(sheet, templates)))
        roots = [ElementTree.fromstring(package.read(name)) for name in ("content.xml", "styles.xml")]
        nodes = [node for root in roots for node in root.iter()]
        defined = {
            value
            for node in nodes
            if node.tag.endswith("}style")
            for key, value in node.attrib.items()
            if key.endswith("}name")
        }
        used = {value for node in nodes for key, value in node.attrib.items() if key.endswith("}style-name")}
        assert used <= defined


def test_spaces_that_were_typed_are_kept(templates: Templates) -> None:
    odt = odt_of(staff_request(StaffRequest(reason=" a  b   c"), BLANK), templates)
    content = zipfile.ZipFile(io.BytesIO(odt)).read("content.xml").decode()
    assert '<text:s text:c="1"/>a<text:s text:c="2"/>b<text:s text:c="3"/>c' in content


@pytest.mark.papers
def test_libreoffice_opens_every_paper_with_the_same_words_and_pages(templates: Templates, tmp_path: Path) -> None:
    sheets = {f"{code}-filled": sheet for code, sheet in filled().items()}
    sheets |= {f"{form.code}-blank": form.blank(BLANK) for form in FORMS}
    for name, sheet in sheets.items():
        (tmp_path / f"{name}.odt").write_bytes(odt_of(sheet, templates))
    (tmp_path / "broken.odt").write_bytes(
        odt_of(sheets["annex-3-blank"], templates).replace(b"content.xml", b"content.xxl")
    )
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/home", "--headless", "--convert-to", "pdf"]
    files = [str(file) for file in sorted(tmp_path.glob("*.odt"))]
    subprocess.run([*command, "--outdir", str(tmp_path), *files], capture_output=True, check=False, timeout=300)
    assert not (tmp_path / "broken.pdf").exists(), "a package that needs repair is not opened"
    for name, sheet in sheets.items():
        pages = page_texts((tmp_path / f"{name}.pdf").read_bytes(), tmp_path)
        assert len(pages) == (2 if name.startswith("annex-2") else 1), name
        assert squeezed(sheet.title) in pages[0]
        for at, page in enumerate(pages, 1):
            assert f"第{at}頁／共{len(pages)}頁" in page
            assert squeezed(sheet.foot[0]) in page
    assert RARE in page_texts((tmp_path / "annex-3-filled.pdf").read_bytes(), tmp_path)[0]
