"""``appliance/web/templates/guide/``: the guide as the recorder shows it, made of ``docs/guide``.

python -m tests.house.guidepages        writes the pages anew

A box reads no Markdown, and its help needs no internet. Headings have the same anchors in both languages, to which the
pages of the site lead, and a list of them goes ahead. What a link of the guide names outside of it is not on a box, and
is left as words. Where a line of Chinese goes on in the next one there is no space between the two.
"""

from __future__ import annotations

import re
from pathlib import Path

from markdown_it import MarkdownIt

__all__ = ["PAGES", "anchors_in", "made"]

ROOT = Path(__file__).parents[2]
_FOLDER = ROOT / "appliance/web/templates/guide"
PAGES = {
    _FOLDER / "_zh.html": ("zh-Hant.md", "limits.zh-Hant.md"),
    _FOLDER / "_en.html": ("en.md", "limits.en.md"),
}
"""Each page and what it is made of."""

_ANCHORS = {
    "start": ("First start", "第一次啟動"),
    "anchor": ("The anchor", "根金鑰保護資料"),
    "trust": ("Let browsers trust the box", "讓瀏覽器信任這台主機"),
    "every-day": ("Every day", "每天"),
    "inspection": ("The daily inspection (annex 1)", "每日巡檢（檢查日誌，附件1）"),
    "space": ("When the disk fills", "空間不足時"),
    "people": ("People", "人員"),
    "request": ("A request", "調閱"),
    "office-rules": ("What the office decides itself", "機關自行決定的事項"),
    "holds": ("Holding footage", "保全"),
    "scans": ("Scans of signed papers", "紙本的掃描檔"),
    "registers": ("Registers", "登記簿"),
    "cameras": ("Cameras and their publication", "監視器與公告"),
    "live": ("Live pictures", "即時影像"),
    "checks": ("Checks", "查核"),
    "disk": ("When a disk fails", "異常排除"),
    "disk-exchange": ("Exchanging a disk that still reads", "更換還能讀取的磁碟"),
    "limits": ("What software cannot stop", "軟體擋不住的事"),
}
_WIDE = r"[\u2e80-\u9fff\uff00-\uffef]"
"""A character of Chinese, or its punctuation."""
_HEADING = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>')
_OF = {heading: anchor for anchor, headings in _ANCHORS.items() for heading in headings}


def made(names: tuple[str, ...]) -> str:
    """The page: the guide, then its limits as a section of it."""
    guide, limits = ((ROOT / "docs/guide" / name).read_text(encoding="utf-8") for name in names)
    below = re.sub(r"^#", "##", limits, flags=re.MULTILINE)
    text = guide.partition("\n")[2] + "\n" + below
    text = re.sub(r"\[([^\]]+)\]\(limits\.[^)]+\)", r"[\1](#limits)", text)
    text = re.sub(r"\[([^\]]+)\]\((?!#|https?:)[^)]+\)", r"\1", text)
    html = str(MarkdownIt("commonmark").enable("table").render(text))
    html = re.sub(r"<h2>(.*?)</h2>", _headed, html)
    html = re.sub(rf"(?<={_WIDE})\n(?={_WIDE}|<strong>)|(?<=</strong>)\n(?={_WIDE})", "", html)
    html = html.replace("<table>", '<div class="handbook-table" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )
    if re.search(r"{[{%#]", html):
        raise ValueError(f"{names[0]}: holds what a template would read")
    places = "".join(f'<li><a href="#{each[1]}">{each[2]}</a></li>\n' for each in _HEADING.finditer(html))
    return (
        f'<nav class="handbook-places" aria-labelledby="guide-title">\n<ul>\n{places}</ul>\n</nav>\n'
        f'<article class="handbook card">\n{html}</article>\n'
    )


def _headed(found: re.Match[str]) -> str:
    anchor = _OF.get(found[1])
    return f'<h2 id="{anchor}">{found[1]}</h2>' if anchor else found[0]


def anchors_in(html: str) -> set[str]:
    return {each[1] for each in _HEADING.finditer(html)}


if __name__ == "__main__":
    for page, names in PAGES.items():
        page.write_text(made(names), encoding="utf-8")
        print(page.relative_to(ROOT))
