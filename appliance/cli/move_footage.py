"""What ``appliance move-footage`` tells people: what lies where now, what was damaged, which line to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.core.clock import local_time
from appliance.rules.amounts import bytes_text

__all__ = ["moved"]

_MOST_NAMES = 20
_WHAT = {
    "unreadable": "did not read whole; what did is in the copy, the original stays on the old disk",
    "size": "is longer or shorter than what was closed",
    "changed": "is not what was closed",
    "exchanged": "is another segment, in this one's place",
}


def moved(found: Mapping[str, Any]) -> str:
    """``found`` is what :func:`appliance.cli.wiring.move_footage` gives."""
    cleared = found["cleared"]
    lines = [
        f"{found['new']}: {found['files']} files, {bytes_text(found['bytes'])}, copied and verified; in force as ring "
        f"{found['ring'][:8]} from now on.",
        f"{found['held']} pinned or held buckets are among them; their hashes and both places are in the ledger.",
    ]
    if found["missing"]:
        lines.append(
            f"{found['missing']} files were missing at {found['old']} and still are: appliance verify names them"
        )
    lines += _few([_damaged(each) for each in found["damaged"]])
    if cleared["kept"]:
        lines.append(f"{found['old']}: all files stay there; the same command without --keep-old removes them")
    elif cleared["trouble"]:
        lines.append(cleared["trouble"])
    else:
        lines.append(f"{found['old']}: {cleared['removed']} files removed")
    lines += _few([f"  stays there: {name}" for name in cleared["left"]])
    if found["settings_fit"]:
        return "\n".join([*lines, "The settings name it already: start the recorder."])
    lines += [
        "Now write this line in the settings, above the first [part] and in place of any other footage line:",
        f"  {found['settings_line']}",
        "or mount the new disk where the old one was. Until one of both is done the recorder writes no footage.",
    ]
    return "\n".join(lines)


def _damaged(each: Mapping[str, Any]) -> str:
    start, end = local_time(each["start_ns"]), local_time(each["end_ns"])
    if not each["start_ns"]:
        return f"  DAMAGED, copied as it is: {each['bucket']}.{each['number']} {_WHAT[each['what']]}"
    until = f"{end:%H:%M:%S}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M:%S}"
    return (
        f"  DAMAGED, copied as it is: camera {each['camera_no'] or 'unknown'}, {start:%Y-%m-%d %H:%M:%S} to {until}: "
        f"{each['bucket']}.{each['number']} {_WHAT.get(each['what'], each['what'])}"
    )


def _few(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST_NAMES
    return [*lines[:_MOST_NAMES], *([f"  and {more} more: --json has them all"] if more > 0 else [])]
