"""Hostile words for text fields, and what a page, a file or a browser must not make of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

__all__ = ["HostileWords", "PageReader"]

PAYLOADS = (
    '"><script>planted()</script>',
    "'\" autofocus onfocus=planted() x='",
    "<img src=x onerror=planted()>",
    "</textarea></title></script><svg onload=planted()>",
    "{{7*7}}${7*7}#{7*7}<%=7*7%>",
    "=cmd|'/c calc'!A1",
    "]]><text:p/><!--",
    "javascript:planted()//",
    "&lt;b&gt;&#60;script&#62;",
    "\\u003cscript\\u003e%3Cscript%3E",
)


class HostileWords:
    """A word for each field: one of the payloads by turns, and a mark that tells where it was typed."""

    def __init__(self) -> None:
        self.typed: dict[str, tuple[str, str]] = {}
        """By mark: the field, and the whole word."""

    def __call__(self, name: str) -> str:
        number = len(self.typed)
        mark = f"植入{number:03d}號"
        self.typed[mark] = (name, f"{PAYLOADS[number % len(PAYLOADS)]} {mark}")
        return self.typed[mark][1]

    def within(self, text: str) -> Iterator[tuple[str, str]]:
        """(mark, word) of each that ``text`` names."""
        for mark in dict.fromkeys(re.findall(r"植入\d{3}號", text)):
            if mark in self.typed:
                yield mark, self.typed[mark][1]


class PageReader(HTMLParser):
    """What a browser would see in a page: its text, its own links, and whatever in it would run."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: set[str] = set()
        self.runs: list[str] = []
        self._texts: list[str] = []
        self.feed(page)
        self.close()

    @property
    def text(self) -> str:
        """All words, those of attributes too."""
        return "\n".join(self._texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self._texts += found.values()
        source = urlsplit(found.get("src", ""))
        if tag in ("script", "img", "link", "iframe", "object", "embed", "base") and (source.scheme or source.netloc):
            self.runs.append(f"{tag} from {found['src']}")
        if tag in ("iframe", "object", "embed", "base", "meta") and "http-equiv" in found:
            self.runs.append(f"{tag} {found}")
        if (
            tag == "script"
            and not found.get("src", "").startswith("/static/")
            and found.get("type") != "application/json"
        ):
            self.runs.append(f"script {found}")
        for name, value in found.items():
            if name.startswith("on") or name in ("style", "srcdoc", "xmlns", "ping"):
                self.runs.append(f"{tag} {name}={value}")
            if name in ("href", "src", "action", "formaction", "data", "poster"):
                address = urlsplit(value.strip())
                if address.scheme or address.netloc:
                    self.runs.append(f"{tag} {name}={value}")
                elif tag == "a":
                    self.links.add(value)

    def handle_data(self, data: str) -> None:
        self._texts.append(data)
