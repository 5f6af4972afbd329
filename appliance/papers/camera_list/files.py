"""The published list as HTML, CSV and ODS. The same list and day give the same bytes; no file names anything but what
the list has (``D-15``). The page stands alone, without script, picture or map, and is in Chinese: it is the office's.
A training office's files say so in their first line (``T-90``).
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date
from html import escape

from appliance.papers.spreadsheets import as_text
from appliance.rules.cameras.publication import ListRow, PublicList
from appliance.rules.deadlines import format_roc

__all__ = ["HEADINGS", "csv_of", "html_of", "ods_of"]

HEADINGS = ("設置區位", "監視器編號", "數量", "錄音", "管理單位", "聯絡電話", "資料日期")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_TRIAL = "訓練　本清單由訓練環境產生，不得公告"
_SOUND = {True: "有", False: "無"}


def rows_of(public: PublicList, as_of: date) -> list[tuple[str, ...]]:
    """The cells under :data:`HEADINGS`."""
    return [_cells(row, public, as_of) for row in public.rows]


def _cells(row: ListRow, public: PublicList, as_of: date) -> tuple[str, ...]:
    numbers, sound = "、".join(row.numbers), _SOUND[row.sound]
    return (row.area, numbers, str(row.count), sound, public.unit, public.phone, format_roc(as_of))


def _marks(trial: bool) -> list[tuple[str]]:
    """The lines above the list."""
    return [(_TRIAL,)] if trial else []


def csv_of(public: PublicList, as_of: date, *, trial: bool = False) -> bytes:
    """RFC 4180 in UTF-8 with a byte order mark, so that office programs take it for what it is."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([*_marks(trial), HEADINGS, *(map(as_text, cells) for cells in rows_of(public, as_of))])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def html_of(public: PublicList, as_of: date, office: str, *, trial: bool = False) -> bytes:
    """A whole page; its ``<table class="camera-list">`` may as well be put into a page of the office's own."""
    title = f"{office}錄影監視系統設置區位公告"
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in HEADINGS)
    body = "".join(_html_row(cells) for cells in rows_of(public, as_of))
    return _PAGE.format(
        title=escape(title),
        mark="".join(f'<p class="mark"><strong>{text}</strong></p>\n' for (text,) in _marks(trial)),
        summary=f"截至{format_roc(as_of)}，本所啟用錄影監視器共 {public.count} 支。",
        unit=escape(public.unit),
        phone=f"聯絡電話：{escape(public.phone)}。" if public.phone else "",
        digest=public.digest,
        head=head,
        body=body,
    ).encode()


def _html_row(cells: Sequence[str]) -> str:
    area, *others = (escape(cell) for cell in cells)
    return f'\n<tr><th scope="row">{area}</th>' + "".join(f"<td>{cell}</td>" for cell in others) + "</tr>"


def ods_of(public: PublicList, as_of: date, *, trial: bool = False) -> bytes:
    """OpenDocument 1.3: one sheet; numbers of cameras are text, counts are numbers."""
    rows = "".join(_ods_row(cells) for cells in [*_marks(trial), HEADINGS, *rows_of(public, as_of)])
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(zipfile.ZipInfo("mimetype", _EPOCH), _ODS, zipfile.ZIP_STORED)  # first and plain: ODF 1.3, 3.3
        for name, text in (("content.xml", _CONTENT.format(rows=rows)), ("META-INF/manifest.xml", _MANIFEST)):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, text)
    return file.getvalue()


def _ods_row(cells: Sequence[str]) -> str:
    count = HEADINGS.index("數量")
    made = [_ods_cell(cell, number=at == count and cell.isdigit()) for at, cell in enumerate(cells)]
    return f"<table:table-row>{''.join(made)}</table:table-row>"


def _ods_cell(text: str, *, number: bool) -> str:
    kind = f'office:value-type="float" office:value="{text}"' if number else 'office:value-type="string"'
    return f"<table:table-cell {kind}><text:p>{escape(text)}</text:p></table:table-cell>"


_PAGE = """<!DOCTYPE html>
<html lang="zh-Hant-TW">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font-family: system-ui, "Noto Sans TC", "Microsoft JhengHei", sans-serif; line-height: 1.7; color: #1b1b1b;
background: #fff; max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem; }}
h1 {{ font-size: 1.5rem; line-height: 1.4; margin: 0 0 1rem; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; }}
caption {{ text-align: start; padding: .5rem 0; }}
th, td {{ border: 1px solid #6b6b6b; padding: .5rem .75rem; text-align: start; vertical-align: top; }}
thead th {{ background: #eef1f4; white-space: nowrap; }}
th[scope=row] {{ font-weight: 600; }}
.mark {{ border: 2px solid #b3261e; padding: .5rem .75rem; color: #8c1d18; }}
code {{ overflow-wrap: anywhere; }}
footer {{ margin-top: 1.5rem; font-size: .875rem; color: #444; }}
</style>
</head>
<body>
<main>
{mark}<h1>{title}</h1>
<p>{summary}</p>
<div class="scroll" role="region" aria-label="{title}" tabindex="0">
<table class="camera-list">
<caption>錄影監視器設置區位</caption>
<thead><tr>{head}</tr></thead>
<tbody>{body}
</tbody>
</table>
</div>
<footer>
<p>依據：臺北市錄影監視系統設置管理自治條例。管理單位：{unit}。{phone}</p>
<p>清單識別碼（SHA-256）：<code>{digest}</code></p>
</footer>
</main>
</body>
</html>
"""

_CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"\
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"\
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3">\
<office:body><office:spreadsheet>\
<table:table table:name="設置區位">{rows}</table:table>\
</office:spreadsheet></office:body>\
</office:document-content>
"""

_MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">\
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{_ODS}"/>\
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>\
</manifest:manifest>
"""
