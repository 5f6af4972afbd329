"""``docs/quirks.md``: the table of quirks as a page."""

from __future__ import annotations

import datetime
import platform
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.quirks.catalogue import GROUPS
from tests.quirks.measure import TAIL_SECONDS, Measure
from tests.quirks.readers import NAMES
from tests.quirks.script import AGAIN_SECONDS
from tests.quirks.table import ALONE, Row

__all__ = ["PAGE", "VERDICTS", "Claim", "claims", "page", "verdicts"]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "quirks.md"
VERDICTS = ("same", "ours better", "ffmpeg better", "gst better")
_TOLD = re.compile(r"^([\w.-]+/[\w.-]+)#(\d+)$")
_CLAIM = re.compile(
    r"^\| `(?P<name>[a-z0-9-]+)` \|.*\| \d+ / (?P<whole>\d+) / (?P<keys>\d+)(?:, sound (?P<sound>\d+))?"
    r"(?P<odd>, out of order)? \|[^|]+\|[^|]+\|[^|]+\|$",
    re.MULTILINE,
)

_ABOUT = """\
# Quirks of RTSP cameras

What cameras do that the standards do not ask for, and what of it three readers record: **ours** (the kind of camera
`rtsp` with its defaults), ffmpeg and GStreamer. `deploy/bench quirks --page` makes this page; do not edit it.

Measured on {date} with {ffmpeg}, {gst}, Python {python} and Linux on {machine}.
{readers}

| verdict | quirks |
|---|---|
{totals}
| all | {count} |

In {empty} rows of *same* no reader records a picture.

## What was measured, and how

Each quirk is a scripted camera on the loopback (`tests/quirks/`): an RTSP server of ours that sends clips of x264, x265
and ffmpeg's JPEG encoder in real time, 10 small pictures a second unless the row says otherwise. Each reader has a
camera of its own with the same script; the three run at once, each as a process:

- ours: the source is opened and iterated as the recorder's camera process does, in its paces; what comes before the
  first key frame is dropped, as the recorder does;
- `ffmpeg -rtsp_transport tcp -i ... -c copy -copyinkf:a`, the first picture and the first sound, into MOV (MP4 for
  Opus), which loses least: into Matroska it copies no B-frames, MP4 holds no G.711, and no container takes its G.726;
- `gst-launch-1.0 rtspsrc protocols=tcp ! ...depay ! ...parse ! matroskamux`, picture and sound in files of their own;
- cameras that send JPEG over HTTP: the kind `mjpeg`, ffmpeg with the address alone, and `souphttpsrc ! multipartdemux !
  jpegparse ! matroskamux`.

Where a person would have to know that the camera has no TCP, or no UDP, ffmpeg and GStreamer get no transport to ask
for. A reader that ends is started again after {again:g} s, whichever it is. A camera's time begins when it first plays
for that reader, at most two seconds after the first connection. The last {tail:g} s of a run are not counted: what a
reader still holds back is not lost. A row in which a reader lacks something was run twice, and the better of each
reader's two runs counts: a busy machine is no quirk.

- **share**: of the pictures that the camera had in its time, those in the recording; time without a connection counts.
- **whole**: of the pictures that it sent to that reader, those whose slices (of JPEG: the scan) are in the recording
  bit for bit.
- **keys**: of the key frames that it sent, those that libav decodes from the one packet and what the recording keeps
  beside it, to the very picture that the camera's own key frame decodes to.
- **order**: whether the recording has the pictures in the order in which they were sent, and their times in the order
  in which they are shown; *out of order* where not.
- **sound**: of the frames of sound sent, those in the recording byte for byte.

A cell reads `share / whole / keys` in percent. A peer is better where it has more in *any* of these (share by more than
5 points, whole by 2, keys by 5, sound by 10, order where ours has none), whatever else ours has more of. Ours is better
where it has more than both. Else the verdict is *same*.

## What it leaves out

- No camera of any make was tried. The scripts are ours, made after what public issues tell; {told} rows name theirs,
  the others follow from the standards and from what readers are known to assume. Who writes both the cameras and the
  reader may err in the same way in both.
- The recorder's process, its segments, seals and supervisor are not in it.
- Small pictures, a loopback that loses nothing, runs of 9 to 72 s: nothing here says how a reader bears load, days, or
  a bad radio link. Time-outs and silences are shortened where the row says so.
- The peers run with their defaults. Other options would help them in places, as `reader = "libav"` would ours.
- How many cameras have a quirk is not weighed.
- RTSPS, multicast and RTSP over HTTP are not in it.
"""
_HEAD = "| quirk | the camera | told of in | ours | ffmpeg | GStreamer | verdict |\n|---|---|---|---|---|---|---|"


class Claim(NamedTuple):
    """What the page says of our reader: percent, and whether the order is right."""

    whole: int
    keys: int
    sound: int | None
    order: bool


def claims(text: str) -> dict[str, Claim]:
    """By the name of the quirk, in the page's order."""
    return {
        found["name"]: Claim(
            int(found["whole"]), int(found["keys"]), int(found["sound"]) if found["sound"] else None, not found["odd"]
        )
        for found in _CLAIM.finditer(text)
    }


def verdicts(text: str) -> dict[str, str]:
    """By the name of the quirk."""
    return dict(re.findall(r"^\| `([a-z0-9-]+)` \|.*\| \**([a-z ]+?)\** \|$", text, re.MULTILINE))


def page(rows: Sequence[Row], versions: dict[str, str]) -> str:
    totals = Counter(row.verdict for row in rows)
    about = _ABOUT.format(
        date=f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}",
        ffmpeg=versions["ffmpeg"].partition(" Copyright")[0],
        gst=versions["gst"],
        python=platform.python_version(),
        machine=platform.machine(),
        readers=_readers(rows),
        totals="\n".join(f"| {name} | {totals[name]} |" for name in VERDICTS),
        count=len(rows),
        empty=sum(all(not one.share for one in row.measures.values()) for row in rows),
        again=AGAIN_SECONDS,
        tail=TAIL_SECONDS,
        told=sum(bool(row.quirk.source) for row in rows),
    )
    parts = [about]
    for group, title in GROUPS.items():
        parts += [f"\n## {title}\n", _HEAD, *(_line(row) for row in rows if row.quirk.group == group)]
    return "\n".join([*parts, ""])


def _readers(rows: Sequence[Row]) -> str:
    """Which of our reader's sources were measured: mostly one."""
    found = Counter(row.reader for row in rows).most_common()
    files = ", ".join(f"`{name}`" for name in ("appliance/plugins/sources/rtsp/*.py", *ALONE))
    text = f"The sources of our reader ({files}) hash to `{found[0][0]}`"
    for reader, _ in found[1:]:
        names = ", ".join(f"`{row.quirk.name}`" for row in rows if row.reader == reader)
        text += f";\nto `{reader}` in these rows: {names}"
    return f"{text}."


def _line(row: Row) -> str:
    found = _TOLD.match(row.quirk.source)
    told = f"[{row.quirk.source}](https://github.com/{found[1]}/issues/{found[2]})" if found else row.quirk.source
    cells = " | ".join(_cell(row.measures[name]) for name in NAMES)
    verdict = row.verdict if row.verdict in ("same", "ours better") else f"**{row.verdict}**"
    return f"| `{row.quirk.name}` | {row.quirk.what} | {told} | {cells} | {verdict} |"


def _cell(one: Measure) -> str:
    words = [f"{one.share * 100:.0f} / {one.complete * 100:.0f} / {one.keys * 100:.0f}"]
    if one.sound is not None:
        words.append(f"sound {one.sound * 100:.0f}")
    if not one.order and one.share:
        words.append("out of order")
    return ", ".join(words)
