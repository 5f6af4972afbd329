"""What ``appliance verify`` tells people. A running keeper gives the verdict and how many of each kind: nobody is
logged in at the console, and the site shows the rest. While no keeper runs there is no site, so each damage is
printed with its camera, time and file, and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.core.clock import local_time

__all__ = ["verification"]

_COPY = "copy the disk before anything else is tried; tell the people whose cases ask for these minutes"
_SOMEBODY = (
    "somebody wrote with this box's keys, or a store came from a backup; keep the disk, compare with a head outside"
)
_KINDS: Mapping[str, tuple[str, str]] = {
    "missing": ("the file is not there", _COPY),
    "unreadable": ("the disk does not read it", _COPY),
    "size": ("the file is longer or shorter than what was closed", _COPY),
    "changed": ("the file's bytes are not those that were closed", _COPY),
    "exchanged": ("the file of another segment lies in its place", _COPY),
    "added": ("nobody closed this file", "leave it where it is and find out who put it there"),
    "manifest changed": ("its manifest is not the one in the ledger", _SOMEBODY),
    "manifest missing": ("the ledger has it and the catalogue does not", _SOMEBODY),
    "not in ledger": ("the catalogue has it and the ledger does not", _SOMEBODY),
    "key missing": (
        "the key store does not have its key, so it opens for nobody",
        "put the newest keeper/keys back; if there is none, tell the people whose cases ask for these minutes",
    ),
    "destroyed unrecorded": ("it is gone and the ledger has no destruction of it", _SOMEBODY),
    "index changed": (
        "the index was not what the catalogue says and was made anew; every file was checked by the catalogue",
        "find out who wrote into the index; what was done to files stands here as well",
    ),
    "set aside": (
        "an entry of the catalogue opens and cannot be applied; what it says is in no answer",
        "keep the disk as it is and call for help: nothing is destroyed until a version that reads it is installed",
    ),
    "unopened": ("a store does not open", "put that store back from a backup; nothing else could be checked"),
    "disk missing": (
        "no footage disk is there, so no footage was checked",
        "mount it and run this again; if it died, see `appliance adopt-disk --help`",
    ),
    "disk unreadable": ("what the footage disk says of itself does not read, so no footage was checked", _COPY),
    "disk moved": (
        "the footage was moved from here and is in force elsewhere, so none was checked",
        "write that line in the settings or mount that disk, then run this again",
    ),
    "disk foreign": (
        "another disk lies where this office's footage belongs, so no footage was checked",
        "take it out as it is, mount the right one, then run this again",
    ),
    "disk older": (
        "an older copy of the footage disk lies there; what was recorded since counts as missing",
        "put the newest one back, then run this again; if it is lost, see `appliance adopt-disk --help`",
    ),
}
"""``what`` of :class:`appliance.installation.verification.Bad`, in words, and what to do."""

_MISPLACED = {"disk missing", "disk moved", "disk foreign", "disk older"}
"""What a disk in its right place mends: nothing is known to be wrong with the footage."""


def verification(found: dict[str, Any]) -> str:
    """``found`` is what :func:`appliance.cli.wiring.verify` gives."""
    ring, ledger = found["ring"], found["ledger"]
    whats = {bad["what"] for bad in ring["bad"]}
    older = "disk older" in whats
    if not older and any(what.startswith("disk ") for what in whats):
        lines = ["ring: NOT checked"]
    else:
        bad = sum(each.get("count", 1) for each in ring["bad"]) - older
        lines = [f"ring: {ring['segments']} segments checked, {bad} bad"]
    for bad in ring["bad"]:
        lines += _bad(bad)
    if ring["open"]:
        buckets = "bucket is" if ring["open"] == 1 else "buckets are"
        lines.append(
            f"ring: {ring['open']} {buckets} still open and NOT checked: footage has its hash when its bucket closes,"
            " every ten minutes"
        )
    wrong = ": ".join(filter(None, ("WRONG", ledger.get("what", ""))))
    lines.append(f"ledger: {ledger['entries']} entries, {'all verify' if ledger['ok'] else wrong}")
    if not found["ok"] and "what" not in ledger:
        lines.append(
            "which camera, when, and which file or entry: log in to the site; the status page has the findings"
        )
    if found["ok"]:
        lines.append("all that is closed is good" if ring["open"] else "all good")
    elif ledger["ok"] and whats - ({"missing"} if older else set()) <= _MISPLACED:
        lines.append("the right disk is not in its place: do what stands above, then run this again")
    else:
        lines.append("SOMETHING IS WRONG: leave everything as it is and call for help")
    return "\n".join(lines)


def _bad(bad: Mapping[str, Any]) -> list[str]:
    wrong, do = _KINDS.get(bad["what"], (bad["what"], _COPY))
    if "count" in bad:
        rows = [("says", bad.get("detail", "")), ("do", do)]
        times = "" if bad["what"].startswith("disk ") or bad["what"] == "index changed" else f"{bad['count']} × "
        return [f"  {times}{wrong}", *(f"    {name:<6}  {text}" for name, text in rows if text)]
    where = [f"camera {bad['camera_no']}"] if bad["camera_no"] else []
    if bad.get("end_ns"):
        where.append(_span(bad["start_ns"], bad["end_ns"]))
    of_all = bad["what"].startswith("disk ") or bad["what"] == "index changed"
    lines = [f"  {wrong}" if of_all else f"  {', '.join(where) or 'no camera is known'}: {wrong}"]
    file = bad.get("file", "")
    rows = [("file", file)] if file else [("bucket", bad["bucket_id"]), ("says", bad["detail"])]
    return lines + [f"    {name:<6}  {text}" for name, text in [*rows, ("do", do)] if text]


def _span(start_ns: int, end_ns: int) -> str:
    """Local time to the second; the day once where both ends have it."""
    start, end = local_time(start_ns), local_time(end_ns)
    until = f"{end:%H:%M:%S}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M:%S}"
    return f"{start:%Y-%m-%d %H:%M:%S} to {until}"
