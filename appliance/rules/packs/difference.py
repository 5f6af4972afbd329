"""What one pack has otherwise than another: a row for each thing that was added, dropped or written anew. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import msgspec

from appliance.rules.packs.pack import Article, Pack, RuleText

__all__ = ["Change", "changes_between"]


class Change(NamedTuple):
    """``part``: a top field of the pack (``numbers``, ``rules``, …). ``name``: what in it, an article by its number,
    what it has besides its text as ``九.source``, a police unit by its name. ``before`` and ``after`` in words; None
    where it is not there, empty for an article that is said to be missing. A unit's are its area, and a second line
    ``covers_office`` where it has the office."""

    part: str
    name: str
    before: str | None
    after: str | None


def changes_between(before: Pack, after: Pack) -> tuple[Change, ...]:
    """In the order of the file."""
    old, new = _parts(before), _parts(after)
    return tuple(
        Change(part, name, old.get((part, name)), new.get((part, name)))
        for part, name in dict.fromkeys((*old, *new))
        if old.get((part, name)) != new.get((part, name))
    )


def _parts(pack: Pack) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for part in pack.__struct_fields__:
        value = getattr(pack, part)
        if isinstance(value, RuleText):
            texts = msgspec.structs.asdict(value)
            del texts["articles"]
            found |= {(part, name): text for name, text in texts.items()}
            found |= {("articles", name): text for each in value.articles for name, text in _article(each)}
        elif part == "police_units":
            found |= {(part, each.name): each.area + "\ncovers_office" * each.covers_office for each in value}
        else:
            found |= {(part, name): text for name, text in _flat(value, "")}
    return found


def _article(article: Article) -> Iterator[tuple[str, str]]:
    yield article.number, article.text
    for name in ("remark", "source", "dated"):
        if value := getattr(article, name):
            yield f"{article.number}.{name}", str(value)


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, Mapping):
        for inner, each in value.items():
            yield from _flat(each, f"{name}.{inner}" if name else inner)
    elif isinstance(value, tuple):
        yield name, "\n".join(map(str, value))
    else:
        yield name, value.isoformat() if isinstance(value, date) else str(value)
