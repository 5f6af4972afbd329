"""How the rules count their articles: 八, 八(五), 八(五)1, 八(五)1(2). No gap that is not said to be one (九). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from appliance.core.errors import UsageError
from appliance.rules.packs.pack import Article
from appliance.rules.packs.problems import Problem, problem

__all__ = ["article_problems", "cited", "depth_of", "filling_problems", "number_of", "place_of"]

_NUMERALS = "一二三四五六七八九十"
_ZH = r"[一二三四五六七八九]?十?[一二三四五六七八九]?"
_NUMBER = re.compile(rf"(?P<a>{_ZH})(?:\((?P<b>{_ZH})\)(?:(?P<c>[1-9]\d?)(?:\((?P<d>[1-9]\d?)\))?)?)?")


def place_of(number: str) -> tuple[int, ...]:
    """``八(五)1(2)`` as (8, 5, 1, 2). Raises UsageError for what no article is called."""
    found = _NUMBER.fullmatch(number)
    parts = [part for part in found.groups() if part is not None] if found else []
    place = tuple(_value(part) for part in parts)
    if not place or 0 in place or number_of(place) != number:
        raise UsageError.of("pack-article", number=repr(number[:20]))
    return place


def number_of(place: Sequence[int]) -> str:
    """(8, 5, 1, 2) as ``八(五)1(2)``."""
    written = [_zh(place[0]), *(f"({_zh(each)})" for each in place[1:2])]
    written += [str(each) for each in place[2:3]] + [f"({each})" for each in place[3:4]]
    return "".join(written)


def cited(number: str) -> str:
    """``八(五)1(2)`` as a letter cites it: 第八點第(五)款第1目之(2), for an administrative rule counts 點. What is no
    number of an article stays as it is."""
    found = _NUMBER.fullmatch(number)
    if found is None or not number:
        return number
    shapes = ("第{}點", "第({})款", "第{}目", "之({})")
    return "".join(shape.format(part) for shape, part in zip(shapes, found.groups(), strict=True) if part is not None)


def depth_of(article: Article) -> int:
    """0 for 八, 3 for 八(五)1(2)."""
    return len(place_of(article.number)) - 1


def article_problems(articles: Sequence[Article], key: str) -> Iterator[Problem]:
    """What is wrong with their numbers, order and texts."""
    before: tuple[int, ...] = ()
    seen: set[tuple[int, ...]] = set()
    for at, article in enumerate(articles, 1):
        here, number = f"{key}[{at}]", article.number
        yield from _text(article, here)
        try:
            place = place_of(number)
        except UsageError:
            yield problem(f"{here}.number", "article-number", number=number)
            continue
        if place in seen:
            yield problem(f"{here}.number", "article-twice", number=number)
        elif place < before:
            yield problem(f"{here}.number", "article-order", number=number, before=number_of(before))
        elif place[:-1] and place[:-1] not in seen:
            yield problem(f"{here}.number", "article-parent", number=number, parent=number_of(place[:-1]))
        else:
            gap = next(((*place[:-1], each) for each in range(1, place[-1]) if (*place[:-1], each) not in seen), None)
            if gap:
                yield problem(f"{here}.number", "article-gap", number=number, gap=number_of(gap))
        seen.add(place)
        before = max(before, place)


def filling_problems(earlier: Iterable[Sequence[Article]], new: Sequence[Article], key: str) -> Iterator[Problem]:
    """A text that an earlier version said to be missing is never made up: it comes with its source and date
    (``AT-62``)."""
    lost = {article.number for articles in earlier for article in articles if article.missing}
    for at, article in enumerate(new, 1):
        if article.number in lost and not article.missing:
            for name in ("source", "dated"):
                if not getattr(article, name):
                    yield problem(f"{key}[{at}].{name}", "article-unproven", number=article.number)


def _text(article: Article, key: str) -> Iterator[Problem]:
    if article.missing and (article.text.strip() or article.source or article.dated):
        yield problem(key, "article-both", number=article.number)
    elif bool(article.source.strip()) != bool(article.dated):
        name = "dated" if article.source.strip() else "source"
        yield problem(f"{key}.{name}", "article-unproven", number=article.number)
    if not article.missing and not article.text.strip():
        yield problem(key, "article-empty", number=article.number)


def _value(part: str) -> int:
    if part.isdigit():
        return int(part)
    tens, is_ten, ones = part.partition("十")
    if not is_ten:
        return _NUMERALS.index(part) + 1 if len(part) == 1 else 0
    return (_NUMERALS.index(tens) + 1 if tens else 1) * 10 + (_NUMERALS.index(ones) + 1 if ones else 0)


def _zh(value: int) -> str:
    tens, ones = divmod(value, 10)
    head = ("" if tens < 2 else _NUMERALS[tens - 1]) + ("十" if tens else "")
    return head + (_NUMERALS[ones - 1] if ones else "")
