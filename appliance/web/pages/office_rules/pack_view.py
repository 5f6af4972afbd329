"""What the pages of policy packs show: the text by depth, the numbers in words, two packs side by side."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from appliance.rules.packs.articles import cited, depth_of, place_of
from appliance.rules.packs.difference import Change, changes_between
from appliance.rules.packs.pack import Article, Numbers, Pack
from appliance.rules.packs.problems import Problem
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import date_text

__all__ = [
    "ArticleView",
    "Difference",
    "Piece",
    "articles_of",
    "cameras_of",
    "differences",
    "gaps_of",
    "law_text",
    "numbers_of",
    "signs_of",
    "wrong_of",
]

_FILED = ("new", "change", "replacement")

_KINDS = ("citizen", "staff", "agency")
_HEAD = ("version", "effective", "approval")
_CALLS = ("來電", "致電", "電洽", "電話聯繫", "電話洽詢")
_LONG, _ALIKE = 12, 0.5
"""Two texts are marked piece by piece where they have at least so many characters and are at least so much alike."""


class ArticleView(NamedTuple):
    """``depth``: 0 for 八. ``anchor``: its name in addresses. ``heads``: articles below it follow."""

    article: Article
    depth: int
    anchor: str
    heads: bool


class Piece(NamedTuple):
    """``kind``: same, gone or new."""

    kind: str
    text: str


class Difference(NamedTuple):
    """A row of two packs side by side. ``missing``: the side on which the text is said to be missing, or "". A side
    without pieces has nothing there."""

    name: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]
    missing: str = ""


def articles_of(pack: Pack) -> list[ArticleView]:
    articles = pack.rules.articles
    deep = [*map(depth_of, articles), 0]
    return [
        ArticleView(each, deep[at], "a-" + "-".join(map(str, place_of(each.number))), deep[at + 1] > deep[at])
        for at, each in enumerate(articles)
    ]


def numbers_of(pack: Pack) -> list[tuple[str, int]]:
    """The code of each number's words, and the number."""
    return [(f"pack-number.{name}", getattr(pack.numbers, name)) for name in Numbers.__struct_fields__]


def cameras_of(pack: Pack) -> list[tuple[str, str, str]]:
    """What 五 leaves to the office: the code of each thing, and the code or the words of what the pack says of it."""
    rules = pack.cameras
    filed = [(f"pack-field.cameras-{name}", f"pack.filing-{getattr(rules, name)}", "") for name in _FILED]
    return [
        *filed,
        ("pack-field.cameras-removal", f"pack.filing-{'filing' if rules.removal else 'exempt'}", ""),
        ("pack-field.cameras-review_months", "", str(rules.review_months)),
        ("pack-field.cameras-police", "", rules.police or "—"),
    ]


def signs_of(pack: Pack, messages: Messages, lang: str) -> list[tuple[str, str]]:
    """Who signs a request of each kind: the kind's code, and the posts in their order."""
    return [(f"pack.chain-{kind}", _chain(getattr(pack.chains, kind), pack, messages, lang)) for kind in _KINDS]


def gaps_of(pack: Pack) -> list[str]:
    """The codes of what an office may leave out and its papers then lack: where to call and where to come. Without a
    telephone, words of papers that tell people to call are a promise that nobody can keep."""
    lacks = [f"pack.lacks-{name}" for name in ("phone", "address") if not getattr(pack.office, name)]
    told = str(msgspec.to_builtins(pack.papers))
    calls = not pack.office.phone and any(word in told for word in _CALLS)
    return lacks + (["pack.lacks-called"] if calls else [])


def wrong_of(problems: tuple[Problem, ...], messages: Messages, lang: str) -> list[tuple[str, str]]:
    """Where in the file, and what is wrong there, in the reader's language."""
    return [
        (each.key, messages.text(f"pack-wrong.{each.code}", lang, **_values(each, messages, lang))) for each in problems
    ]


def _values(problem: Problem, messages: Messages, lang: str) -> dict[str, Any]:
    values = dict(problem.values)
    return values | ({"law": law_text(str(values["law"]), messages, lang)} if "law" in values else {})


def law_text(law: str, messages: Messages, lang: str) -> str:
    """The law or article that bounds a number, in Chinese as a letter cites it; where there is none, that it is the
    recorder's own rule. Its design's numbers (``D-01``) tell an office nothing."""
    named = [each for each in law.split(", ") if re.search(r"[\u4e00-\u9fff]", each)]
    said = [_cited(each) for each in named] if lang == "zh" else named
    return messages.listed(said, lang) or messages.text("pack-edit.own-rule", lang)


def _cited(law: str) -> str:
    article = cited(law)
    return f"作業規範{article}" if article != law else re.sub(r" (\d+)\Z", r"第\1條", law)


def differences(before: Pack, after: Pack, messages: Messages, lang: str) -> list[tuple[str, list[Difference]]]:
    """By part of the pack, in the order of the file: the part's code and its rows."""
    parts: dict[str, list[Difference]] = {}
    for change in changes_between(before, after):
        old = _said(change, change.before, before, messages, lang)
        new = _said(change, change.after, after, messages, lang)
        part = "head" if change.part in _HEAD else change.part
        parts.setdefault(f"pack-part.{part}", []).append(
            Difference(_name(change, messages, lang), *_pieces(old, new), _missing(change))
        )
    return list(parts.items())


def _missing(change: Change) -> str:
    if change.part != "articles":
        return ""
    return "before" if change.before == "" else "after" if change.after == "" else ""


def _pieces(before: str | None, after: str | None) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both sides, with what only one of them has marked; short ones and unlike ones are marked whole."""
    old, new = before or "", after or ""
    match = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if min(len(old), len(new)) < _LONG or match.ratio() < _ALIKE:
        return _some("gone", old), _some("new", new)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, first, last, start, end in match.get_opcodes():
        left += _some("same" if tag == "equal" else "gone", old[first:last])
        right += _some("same" if tag == "equal" else "new", new[start:end])
    return tuple(left), tuple(right)


def _some(kind: str, text: str) -> tuple[Piece, ...]:
    return (Piece(kind, text),) if text else ()


def _said(change: Change, text: str | None, pack: Pack, messages: Messages, lang: str) -> str | None:
    """A value as people read it."""
    if text is None:
        return None
    if change.part == "chains":
        return _chain(text.split("\n"), pack, messages, lang)
    if change.part == "cameras" and f"pack.filing-{text}" in messages:
        return messages.text(f"pack.filing-{text}", lang)
    if change.part == "police_units":
        area, ours, _ = text.partition("\n")
        return messages.text("pack.area-ours", lang, area=area) if ours else area
    if change.part == "effective" or (change.part, change.name) == ("approval", "on") or change.name.endswith(".dated"):
        return date_text(text, lang)
    return text


def _chain(posts: list[str] | tuple[str, ...], pack: Pack, messages: Messages, lang: str) -> str:
    if lang == "zh":
        said = pack.posts
        names = {"manager": said.manager, "secretary": said.secretary, "director": said.director}
        names["unit_head"] = messages.text("pack.unit-head", lang, head=said.head)
        names["section_head"] = messages.text("pack.section-head", lang, head=said.head)
        return " → ".join(names.get(post, post) for post in posts)
    return " → ".join(messages.text(f"role.{post}", lang) for post in posts)


def _name(change: Change, messages: Messages, lang: str) -> str:
    """What a row is about; empty where its part says it all."""
    return "　".join(_words(change, messages, lang)) if lang == "zh" else ": ".join(_words(change, messages, lang))


def _words(change: Change, messages: Messages, lang: str) -> Iterator[str]:
    part, name = change.part, change.name
    if part == "articles":
        number, _, field = name.partition(".")
        yield number
        if field:
            yield messages.text(f"pack-field.article-{field}", lang)
    elif part == "police_units":
        yield name
    elif part == "numbers":
        yield messages.text(f"pack-number.{name}", lang)
    elif part == "chains":
        yield messages.text(f"pack.chain-{name}", lang)
    elif part == "reasons":
        kind, _, code = name.partition(".")
        yield messages.text(f"pack.reasons-{kind}", lang)
        yield messages.text(f"intake.reason-{code.replace('_', '-')}", lang)
    elif part == "papers":
        paper, _, field = name.partition(".")
        yield messages.text(f"paper.{paper.replace('_', '-')}", lang)
        yield messages.text(f"pack-field.{field}", lang)
    else:
        yield messages.text(f"pack-field.{part}-{name}" if name else f"pack-part.{part}", lang)
