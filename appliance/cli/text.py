"""What the command line prints: sentences and small tables for people, JSON for programs, progress on a terminal."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from appliance.core.settings import Settings
from appliance.rules.amounts import bytes_text

__all__ = [
    "adopted",
    "as_json",
    "pack",
    "plan",
    "plugin_report",
    "plugins",
    "progress",
    "say",
    "say_address",
    "settings",
    "status",
    "trial_card",
    "written",
]


def say(line: str) -> None:
    """One line for whoever watches, on standard error."""
    print(line, file=sys.stderr, flush=True)


def as_json(found: object) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *rows]]
    return "\n".join(line.rstrip() for line in lines)


def pack(file: str, found: dict[str, Any]) -> str:
    """``found`` is what :func:`appliance.cli.wiring.check_pack` gives."""
    if not found["ok"]:
        return "\n".join(f"{file}: {each['says']}" for each in found["wrong"])
    lacks = f"; said to be missing: {', '.join(found['missing'])}" if found["missing"] else ""
    return (
        f"{file}: in order. Version {found['version']} of {found['office']}, in force from {found['effective']}; "
        f"{found['articles']} articles{lacks}"
    )


def say_address(settings: Settings) -> None:
    say(f"office recorder: https://{settings.web.name}:{settings.web.port}/  (stop with Ctrl-C)")


def status(found: dict[str, Any]) -> str:
    cameras = [
        (
            camera["camera_no"],
            camera["state"],
            "never" if camera["last_written_age_s"] is None else f"{camera['last_written_age_s']:.0f} s ago",
            f"{camera['days_held']:.1f}",
            f"{camera['bitrate_bps'] / 1e6:.2f} Mbit/s",
            str(camera["gaps_24h"]),
            camera["earliest_playable"] or "-",
        )
        for camera in found["cameras"]
    ]
    head = ("camera", "state", "last written", "days held", "bit rate", "gaps 24 h", "earliest playable")
    ring, ledger = found["ring"], found["ledger"]
    return "\n".join(
        [
            _table(head, cameras),
            f"ring: {ring['segments']} segments, {bytes_text(ring['bytes'])}; {bytes_text(ring['free_bytes'])} free",
            f"ledger: {ledger['size']} entries, root {ledger['root']}",
        ]
    )


def adopted(directory: str, ring: str, missing: int) -> str:
    return (
        f"{directory}: ring {ring[:8]} is in use for footage from now on; {missing} files of before are missing.\n"
        "Start the recorder; keep the old disk, in case it reads again."
    )


_RUNGS = (
    "normal",
    "footage goes at its floor, no longer at its target",
    "key frames only, because the disk is short",
    "cameras stopped, because the disk is nearly full",
)
_VERDICTS = {
    "well": "enough",
    "warn": "little: 45 days should be held",
    "short": "too little: no camera is put in force under 40 days",
}


_KNOWN_BY = {
    "measured": "what was recorded",
    "live": "what comes now",
    "expected": "assumed: too little was recorded yet",
}


def plan(found: dict[str, Any]) -> str:
    rows = [
        (
            one["camera_no"],
            f"{one['bits_per_second'] / 1e6:.2f} Mbit/s",
            bytes_text(one["day_bytes"]),
            _KNOWN_BY.get(one["basis"], one["basis"]),
        )
        for one in found["cameras"]
    ]
    lines = [
        _table(("camera", "bit rate", "a day", "known by"), rows),
        f"footage can use {bytes_text(found['freeable_bytes'])}; pins and holds keep "
        f"{bytes_text(found['held_bytes'])} more ({found['held_share']:.0%})",
        f"will be held: {_outlook(found)}",
        f"disk pressure: {found['rung']} of 3, {_RUNGS[found['rung']]}",
    ]
    if found["with_added"]:
        lines.append(f"with what you ask about: {_outlook(found['with_added'])}")
    if found["trial"]:
        lines.append("this is a trial office: it only warns")
    return "\n".join(lines)


def _outlook(found: dict[str, Any]) -> str:
    if found["days"] is None:
        return "no camera writes"
    danger = f"; the floor is in danger from {found['danger']}" if found["danger"] else ""
    return f"{found['days']:.1f} days at {bytes_text(found['day_bytes'])} a day; {_VERDICTS[found['verdict']]}{danger}"


def settings(found: dict[str, Any]) -> str:
    """A settings file that says the same, with what it comes to as comments."""
    places = found["places"]
    lines = [
        f"# {found['file'] or 'no settings file: the defaults'}",
        f"# office: {places['office']} ({'set up' if found['office'] else 'not set up yet'})",
        f"# sockets: {places['run']}",
        f"# kinds of camera: {', '.join(sorted(found['sources'])) or 'none'}",
        f"# self-tests: {', '.join(sorted(found['checks'])) or 'none'}",
    ]
    values = found["settings"]
    lines += [f"{key} = {_toml(value)}" for key, value in values.items() if not isinstance(value, dict)]
    for key, table in values.items():
        if isinstance(table, dict):
            lines += ["", f"[{key}]"]
            lines += [f"{inner} = {_toml(value)}" for inner, value in table.items() if not isinstance(value, dict)]
            for inner, values_of in table.items():
                if isinstance(values_of, dict):
                    lines += [
                        "",
                        f"[{key}.{inner}]",
                        *(f"{name} = {_toml(value)}" for name, value in values_of.items()),
                    ]
    return "\n".join(lines)


def _toml(value: object) -> str:
    """Text, whole numbers, true and false, and lists of text are written alike in JSON and TOML."""
    return json.dumps(value, ensure_ascii=False)


def plugins(found: list[dict[str, Any]]) -> str:
    lines = []
    for one in found:
        lines.append(f"{one['hook']} {one['name']}  ({one['origin']})")
        lines.append(f"    {one['summary']}")
        for setting in one["settings"]:
            must = "required" if setting["required"] else f"default {setting['default']!r}"
            lines.append(f"    {setting['name']}: {setting['summary']} ({setting['type']}, {must})")
    return "\n".join(lines)


def written(paths: Sequence[str]) -> str:
    return "\n".join(["wrote", *(f"  {path}" for path in paths)])


def plugin_report(found: dict[str, Any]) -> str:
    """One line a check. A check that could not be made is no pass: it is counted by itself."""
    lines, counts = [], {"ok": 0, "FAILED": 0, "skipped": 0}
    for check in found["checks"]:
        how = "skipped" if check["skipped"] else "ok" if check["ok"] else "FAILED"
        counts[how] += 1
        lines.append(f"{how:<7}  {check['name']}" + (f": {check['what']}" if check["what"] else ""))
    told = f"{found['name']}: {counts['ok']} passed, {counts['FAILED']} failed, {counts['skipped']} not made"
    return "\n".join([*lines, told])


def progress() -> Callable[[int, int, str], None]:
    """A reporter ``(done, whole, what)``: one line rewritten on a terminal, silent elsewhere."""
    if not sys.stderr.isatty():
        return lambda done, whole, what: None

    def report(done: int, whole: int, what: str) -> None:
        share = done * 100 // whole if whole else 100
        print(f"\r{what}: {share:3d} %", end="\n" if done >= whole else "", file=sys.stderr, flush=True)

    return report


def _columns(text: str) -> int:
    """How many columns of a terminal the text takes: two for each Chinese character."""
    return sum(1 + (unicodedata.east_asian_width(each) in "WF") for each in text)


def trial_card(
    address: str,
    ca_path: str,
    fingerprint: str,
    people: Sequence[tuple[str, str, str]],
    state: str,
    shares: Sequence[str],
) -> str:
    """What is printed once, when a trial office is made. ``people``: (title, account, password)."""
    wide, width = max(_columns(title) for title, _, _ in people), max(len(account) for _, account, _ in people)
    return "\n".join(
        [
            "",
            "  訓練 TRIAL OFFICE: for learning and testing; never use it for an office's footage",
            "",
            f"  address      {address}",
            f"  certificate  {ca_path}",
            f"               SHA-256 {fingerprint}",
            "               import it as a certificate authority, then the browser trusts this recorder",
            *(
                f"  {title}{' ' * (wide - _columns(title))}  {account:<{width}}  {password}"
                for title, account, password in people
            ),
            "               these passwords are shown now and never again",
            f"  everything is in {state}",
            "  the envelope, any two of three shares (an office writes them on paper):",
            *(f"    {share}" for share in shares),
            "",
        ]
    )
