"""What in a pack of the right shape does not go together: terms, articles, chains, reasons, blanks in texts. Pure."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from appliance.rules.cases.formal_check import CITIZEN_REASONS, FORBIDDEN_REASONS, STAFF_REASONS
from appliance.rules.packs.articles import article_problems
from appliance.rules.packs.pack import CHAIN, FILINGS, Approval, CameraRules, Chains, Numbers, Papers, Reasons, RuleText
from appliance.rules.packs.police_units import unit_problems
from appliance.rules.packs.problems import Problem, problem

__all__ = ["sense_problems"]

_ORDERED = (
    ("floor_days", "target_days"),
    ("agency_working_days", "agency_red_working_days"),
    ("booking_days", "lapse_days"),
)
"""The second of each pair is never under the first."""

_NEEDED = MappingProxyType(
    {
        "citizen": ("manager", "unit_head", "director"),
        "staff": CHAIN,
        "agency": ("manager", "unit_head", "director"),
    }
)
"""Whose signatures a chain cannot do without. The secretary of a staff request decides the director's own (I12)."""

_REASONS = MappingProxyType({"citizen": CITIZEN_REASONS, "staff": STAFF_REASONS, "forbidden": FORBIDDEN_REASONS})

_EVERYWHERE = frozenset({"office", "unit", "unit_short", "appeal_to", "rules", "remedy_days"})
_BLANKS: Mapping[str, frozenset[str]] = MappingProxyType({"papers.refusal.subject": frozenset({"case"})})
"""The blanks that a text may have besides those that every text may have."""

_MUST_SAY = MappingProxyType(
    {
        "papers.refusal.remedy": ("remedy_days", "appeal_to"),
        "papers.refusal.subject": ("case",),
        "papers.annex_2.remedy": ("remedy_days",),
        "papers.annex_2.notice": ("office",),
    }
)
"""The blanks that a text must have (行政程序法 96; PDPA 8)."""


def sense_problems(sound: Mapping[str, object]) -> Iterator[Problem]:
    """``sound``: the top fields of a pack whose shape is right, by name; the others are not judged."""
    numbers, rules, chains = sound.get("numbers"), sound.get("rules"), sound.get("chains")
    reasons, papers = sound.get("reasons"), sound.get("papers")
    if isinstance(numbers, Numbers):
        yield from _numbers(numbers)
    if isinstance(rules, RuleText):
        yield from article_problems(rules.articles, "rules.articles")
    if isinstance(chains, Chains):
        yield from _chains(chains)
    if isinstance(reasons, Reasons):
        yield from _reasons(reasons)
    if isinstance(papers, Papers):
        yield from _papers(papers, rules if isinstance(rules, RuleText) else None)
    if isinstance(cameras := sound.get("cameras"), CameraRules):
        yield from _cameras(cameras)
    if units := sound.get("police_units"):
        yield from unit_problems(units, "police_units")  # type: ignore[arg-type]
    yield from _dates(sound.get("approval"), sound.get("effective"))


def _dates(approval: object, effective: object) -> Iterator[Problem]:
    if isinstance(approval, Approval) and isinstance(effective, date) and approval.on > effective:
        yield problem("approval.on", "approved-late", on=approval.on, effective=effective)


def _numbers(numbers: Numbers) -> Iterator[Problem]:
    for first, second in _ORDERED:
        least, value = getattr(numbers, first), getattr(numbers, second)
        if value < least:
            yield problem(f"numbers.{second}", "below", value=value, other=f"numbers.{first}", least=least)


def _cameras(cameras: CameraRules) -> Iterator[Problem]:
    """A new camera and a change of what was approved are always reported (五(一))."""
    for name in ("new", "change", "replacement"):
        known = FILINGS if name == "replacement" else FILINGS[:2]
        if (value := getattr(cameras, name)) not in known:
            yield problem(f"cameras.{name}", "filing", value=value, known=", ".join(known))


def _chains(chains: Chains) -> Iterator[Problem]:
    for kind, needed in _NEEDED.items():
        key, chain = f"chains.{kind}", getattr(chains, kind)
        known = CHAIN if kind == "staff" else CHAIN[1:]
        for post in chain:
            if post not in known:
                yield problem(key, "chain-sign", post=post, known=", ".join(known))
        for post in needed:
            if post not in chain:
                yield problem(key, "chain-lacks", post=post)
        wanted = tuple(post for post in known if post in chain)
        if set(chain) <= set(known) and tuple(chain) != wanted:
            yield problem(key, "chain-order", found=", ".join(chain), wanted=", ".join(wanted))


def _reasons(reasons: Reasons) -> Iterator[Problem]:
    for kind, known in _REASONS.items():
        given: Mapping[str, str] = getattr(reasons, kind)
        for code in given:
            if code not in known:
                yield problem(f"reasons.{kind}.{code}", "reason", reason=code, known=", ".join(sorted(known)))
        for code in sorted(known - set(given)):
            yield problem(f"reasons.{kind}.{code}", "missing")


def _papers(papers: Papers, rules: RuleText | None) -> Iterator[Problem]:
    there = {article.number for article in rules.articles if not article.missing} if rules else None
    for name in papers.__struct_fields__:
        paper = getattr(papers, name)
        for field in paper.__struct_fields__:
            key, value = f"papers.{name}.{field}", getattr(paper, field)
            if field == "rule":
                if there is not None and value not in there:
                    yield problem(key, "article-none", rule=value)
            else:
                yield from _blanks(key, value if isinstance(value, tuple) else (value,))


def _blanks(key: str, texts: tuple[str, ...]) -> Iterator[Problem]:
    """Only plain ``{name}`` is filled in: no attribute, no format, nothing that a text could reach through."""
    known = _EVERYWHERE | _BLANKS.get(key, frozenset())
    used: set[str] = set()
    for at, text in enumerate(texts, 1):
        here = f"{key}[{at}]" if len(texts) > 1 else key
        for name in _named(text):
            used.add(name)
            if name not in known:
                shown = ", ".join(f"{{{each}}}" for each in sorted(known))
                yield problem(here, "blank-name", name=f"{{{name}}}", known=shown)
    for name in _MUST_SAY.get(key, ()):
        if name not in used:
            yield problem(key, "blank-lacks", name=f"{{{name}}}")


def _named(text: str) -> list[str]:
    """The names in braces as they stand; a stray brace is one that nothing fills."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return ["…"]
    return [
        name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
        for _, name, spec, conversion in parts
        if name is not None
    ]
