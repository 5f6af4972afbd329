"""Records all cameras that are not ours side by side through the real processes, and says what became of it::

    python -m tests.peers.foreign.hour FOLDER [SECONDS]

Prints a line of JSON for each camera, one for the check of everything and one for each process; its exit status is 1
if a picture was altered, left out or out of order between gaps, or if the check found something. ``FOLDER/office`` must
not exist; the office is left there.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.box import Box, make_box, until
from tests.opened import Held, held
from tests.peers.foreign.pictures import compared, picture
from tests.peers.foreign.servers import Camera as Foreign
from tests.peers.foreign.servers import foreign_cameras

SECOND = 1_000_000_000
_OPENING_SECONDS = 120
_MEMORY_AFTER_SECONDS = 20
"""What a child has at its start is looked at once it has recorded for a while."""


def record(folder: Path, seconds: int) -> dict[str, Any]:
    """``{"cameras": {number: {...}}, "verify": {...}, "memory": {"begin": [...], "end": [...]}}``."""
    with (
        foreign_cameras(seconds + 2 * _OPENING_SECONDS) as cameras,
        make_box(folder, [each.entered(no) for no, each in cameras.items()]) as box,
    ):
        box.start("keeper", "darkroom", "recorder")
        begun_ns = time.time_ns()
        box.recording(*cameras)
        end_ns = time.time_ns() + seconds * SECOND
        short = min(_MEMORY_AFTER_SECONDS, seconds // 2)
        until(lambda: time.time_ns() > end_ns - (seconds - short) * SECOND, seconds=seconds, what="the start")
        before = _memory(box)
        _wait(box, end_ns)
        after, verified = _memory(box), box.verified()
        ended_ns = time.time_ns()
        box.stop()
        found = held(box)
        told = {no: _told(each, found[no], begun_ns, ended_ns) for no, each in cameras.items()}
    return {"cameras": told, "verify": verified, "memory": {"begin": before, "end": after}}


def _wait(box: Box, end_ns: int) -> None:
    while (left_ns := end_ns - time.time_ns()) > 0:
        time.sleep(min(5.0, left_ns / SECOND))
        for name, process in box.processes.items():
            if process.poll() is not None:
                raise AssertionError(f"{name} ended: {box.logs()[-4000:]}")


def _told(camera: Foreign, found: Held, begun_ns: int, ended_ns: int) -> dict[str, Any]:
    pictures = compared((picture(camera.codec, packet.data) for packet in found.packets(0)), list(camera.sent()))
    gaps = [gap for gap in found.gaps if gap.cause not in ("start", "stopped")]
    return {
        "camera": camera.name,
        "segments": found.segments,
        "seconds": round((max(found.walls) - min(found.walls)) / SECOND, 1),
        "of_seconds": round((ended_ns - begun_ns) / SECOND, 1),
        "until_first_seconds": round((min(found.walls) - begun_ns) / SECOND, 1),
        "gaps": [{"cause": gap.cause, "seconds": round((gap.end_ns - gap.start_ns) / SECOND, 2)} for gap in gaps],
        "pictures": pictures._asdict(),
    }


def _memory(box: Box) -> list[dict[str, Any]]:
    """The processes under the recorder, with what is resident of each and what is its own (KiB)."""
    return sorted(
        ({"process": pid, **_sizes(pid)} for pid in _below(box.processes["recorder"].pid)),
        key=lambda each: int(each["process"]),
    )


def _below(pid: int) -> Iterator[int]:
    yield pid
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            yield from _below(int(child))


def _sizes(pid: int) -> dict[str, Any]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines)}
    name = Path(f"/proc/{pid}/comm").read_text().strip()
    return {
        "name": name,
        "resident_kib": sizes["Rss"],
        "own_kib": sizes["Private_Dirty"] + sizes["Private_Clean"],
        "proportional_kib": sizes["Pss"],
    }


def is_whole(told: dict[str, Any]) -> bool:
    """Whether nothing was altered, nothing is missing but in gaps that are noted, and the check found nothing."""
    good = told["verify"]["ok"]
    for camera in told["cameras"].values():
        pictures = camera["pictures"]
        good = good and not pictures["unknown"] and pictures["breaks"] <= len(camera["gaps"])
    return bool(good)


def main() -> None:
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 3600
    told = record(Path(sys.argv[1]) / "office", seconds)
    for no, camera in told["cameras"].items():
        print(json.dumps({"no": no, **camera}))
    print(json.dumps({"verify": told["verify"]}))
    for begin in told["memory"]["begin"]:
        end = next((each for each in told["memory"]["end"] if each["process"] == begin["process"]), {})
        print(json.dumps({"memory": begin, "at_the_end": end}))
    sys.exit(not is_whole(told))


if __name__ == "__main__":
    main()
