"""What was signed in ink, as forms ask for it (``AT-73``): who signed, day and time on the sheet, its scan. And why the
keeper does not take it, in words and beside the field that mends it.

The fields are drawn by ``_ink.html``; a form has them beside those of the step itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from appliance.protocol.scans import ScanView
from appliance.rules.deadlines import start_ns_of
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import Problem, moment_text, read_clock, read_day

__all__ = ["INK_FIELDS", "InkForm", "InkRead", "ink_form", "ink_why", "read_ink", "scans_to_choose"]

INK_FIELDS = ("ink-on", "ink.signer", "ink.day", "ink.time", "ink.scan")
_NS = 1_000_000_000
_FIELD_OF = MappingProxyType(
    {
        "signer": "ink.signer", "role": "ink.signer", "party": "", "signer-party": "ink.signer", "future": "ink.day",
        "order": "ink.day", "no-scan": "ink.scan", "bad-scan": "ink.scan", "scan-before": "ink.scan",
    }
)  # fmt: skip
_NAMES = MappingProxyType({"before_ns": "before_at", "at_ns": "at", "now_ns": "now", "taken_ns": "taken"})


class InkRead(NamedTuple):
    """``ink`` as the keeper takes it, None where something is wrong; ``problems``: message codes by field."""

    ink: dict[str, Any] | None
    problems: dict[str, str]


class InkForm(NamedTuple):
    """What ``_ink.html`` draws. ``signers`` and ``scans``: value, label, chosen; ``problems``: sentences by field."""

    signers: Sequence[tuple[str, str, bool]]
    scans: Sequence[tuple[str, str, bool]]
    day: str = ""
    time: str = ""
    problems: Mapping[str, str] = MappingProxyType({})


def read_ink(values: Mapping[str, Sequence[str]]) -> InkRead:
    """What was typed. Nothing is judged but whether it is there and can be read."""
    signer, day, time, scan = (_first(values, f"ink.{name}") for name in ("signer", "day", "time", "scan"))
    problems: dict[str, str] = {}
    if not signer:
        problems["ink.signer"] = "ink.signer-missing"
    if not scan:
        problems["ink.scan"] = "ink.scan-missing"
    on, at = read_day(day), read_clock(time)
    if isinstance(on, Problem):
        problems["ink.day"] = on.code if day else "ink.day-missing"
    if isinstance(at, Problem):
        problems["ink.time"] = at.code if time else "ink.time-missing"
    if problems or isinstance(on, Problem) or isinstance(at, Problem):
        return InkRead(None, problems)
    return InkRead({"signer": signer, "at_ns": start_ns_of(on) + at * 60 * _NS, "scan": scan}, {})


def ink_form(
    people: Iterable[tuple[str, str]],
    scans: Iterable[tuple[str, str]],
    values: Mapping[str, Sequence[str]],
    problems: Mapping[str, str] = MappingProxyType({}),
) -> InkForm:
    """The fields with what was typed. ``people`` and ``scans``: value and label; one that is alone stands chosen."""
    asked = {name: _first(values, f"ink.{name}") for name in ("signer", "day", "time", "scan")}
    return InkForm(
        signers=_chosen(people, asked["signer"]),
        scans=_chosen(scans, asked["scan"]),
        day=asked["day"],
        time=asked["time"],
        problems=problems,
    )


def scans_to_choose(scans: Iterable[ScanView], messages: Messages, lang: str) -> list[tuple[str, str]]:
    """Those that count, the newest first: number, kind and when it was taken in."""
    living = [each for each in scans if not (each.struck_ns or each.destroyed_ns or each.damaged)]
    living.sort(key=lambda each: -each.entry)
    kinds = {each.kind: messages.text(f"scan-kind.{each.kind}", lang) for each in living}
    return [(each.scan, f"{each.scan}　{kinds[each.kind]}　{moment_text(each.taken_ns, lang)}") for each in living]


def ink_why(
    details: Mapping[str, Any], messages: Messages, lang: str, *, who: str, before: str = ""
) -> tuple[str, str]:
    """The field that mends what the keeper said of the ink ("" for none) and the sentence. ``who``: the signer by name;
    ``before``: what the step that comes before is called."""
    code, values = str(details["code"]), dict(details.get("values", {}))
    said = {_NAMES.get(name, name): _told(name, value, lang) for name, value in values.items()}
    said |= {"before": before} | ({} if "who" in said and code != "signer" else {"who": who})
    return _FIELD_OF.get(code, ""), messages.text(f"ink.why-{code}", lang, **said)


def _told(name: str, value: Any, lang: str) -> str:
    return moment_text(int(value), lang) if name in _NAMES else str(value)


def _chosen(options: Iterable[tuple[str, str]], typed: str) -> list[tuple[str, str, bool]]:
    found = list(options)
    only = found[0][0] if len(found) == 1 and not typed else typed
    return [(value, label, value == only) for value, label in found]


def _first(values: Mapping[str, Sequence[str]], name: str) -> str:
    return (values.get(name) or [""])[0].strip()
