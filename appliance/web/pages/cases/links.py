"""What goes on from what, in words: the lines at the head of a case's page. Pure."""

from __future__ import annotations

from typing import NamedTuple

from appliance.rules.cases.views import CaseView, OtherCase
from appliance.web.i18n.roc_time import moment_text
from appliance.web.pages.cases.words import CaseWords

__all__ = ["LinkLine", "links_shown", "other_text"]


class LinkLine(NamedTuple):
    """``what`` the other case is to this one; ``cases``: address, number and state of each; ``offered``: it is found by
    its minutes and nobody said it yet."""

    what: str
    cases: tuple[tuple[str, str, str], ...] = ()
    offered: bool = False


def links_shown(told: CaseView, words: CaseWords, *, reads_all: bool) -> list[LinkLine]:
    """``reads_all``: whether the reader sees every case; nobody else is told of other cases. Of a staff case that was
    locked it is said, too, that no letter came yet."""
    links = told.links
    lines = []
    if links.former:
        lines.append(LinkLine(_what("former", links.former, words), (_shown(links.former, words),)))
    for kind in dict.fromkeys(each.kind for each in links.followers):
        same = [each for each in links.followers if each.kind == kind]
        lines.append(LinkLine(_what("follower", same[0], words), tuple(_shown(each, words) for each in same)))
    if reads_all and "locked_on" in told.days and not links.followers:
        lines.append(LinkLine(words.text("case-page.follower-none")))
    if links.offered and not links.former:
        found = tuple(_shown(each, words) for each in links.offered)
        lines.append(LinkLine(words.text("case-page.offered"), found, offered=True))
    return lines


def other_text(other: OtherCase, words: CaseWords) -> str:
    """Another case in one line, to be chosen."""
    at = moment_text(other.received_ns, words.lang)
    return "　".join(filter(None, (other.number or other.case, other.who, at, words.of("case-at", other.state))))


def _what(part: str, other: OtherCase, words: CaseWords) -> str:
    return words.text(f"case-page.{part}-{other.kind.lower()}")


def _shown(other: OtherCase, words: CaseWords) -> tuple[str, str, str]:
    return f"/cases/{other.number or other.case}", other.number or other.case, words.of("case-at", other.state)
