"""Quirks of RTSP cameras: what of each camera ours, ffmpeg and GStreamer record, in the same run.

    python -m tests.bench.bench_quirks [--only NAME ...] [--sample N --seed S] [--together 6] [--json] [--page]
    python -m tests.bench.bench_quirks --from FILE ... --page

The cameras are scripted (``tests/quirks/``). Prints a line a quirk and the totals; ``--json`` one document for
programs; ``--page`` writes ``docs/quirks.md``, which needs all quirks: of this run, or of documents of earlier ones,
of which a later row takes an earlier one's place. All take a quarter of an hour.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
from collections import Counter
from pathlib import Path

from tests.quirks.catalogue import QUIRKS
from tests.quirks.media import film, sound
from tests.quirks.page import PAGE, page
from tests.quirks.readers import NAMES, versions
from tests.quirks.table import Row, rows_of, run

ROOT = Path(__file__).parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this quirk; may be given again")
    parser.add_argument("--group", action="append", default=[], help="the quirks of this group")
    parser.add_argument("--sample", type=int, default=0, help="so many quirks by chance")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--together", type=int, default=6, help="quirks at a time")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--from", action="append", default=[], type=Path, dest="files", help="rows of --json, not run")
    parser.add_argument("--page", action="store_true", help="write docs/quirks.md")
    wanted = parser.parse_args()
    if unknown := set(wanted.only) - set(QUIRKS):
        sys.exit(f"quirks: there is none called {', '.join(sorted(unknown))}")
    chosen = [quirk for quirk in QUIRKS.values() if not wanted.only or quirk.name in wanted.only]
    chosen = [quirk for quirk in chosen if not wanted.group or quirk.group in wanted.group]
    if wanted.sample:
        chosen = random.Random(wanted.seed).sample(chosen, min(wanted.sample, len(chosen)))
    if wanted.files:
        read = {row.quirk.name: row for file in wanted.files for row in rows_of(json.loads(file.read_text()))}
        PAGE.write_text(page([read[name] for name in QUIRKS], versions()), encoding="utf-8")
        return
    if wanted.page and len(chosen) != len(QUIRKS):
        sys.exit("quirks: --page needs all quirks")
    for quirk in chosen:  # the clips are made before the clock runs
        film(quirk.script.film)
        if quirk.script.sound:
            sound(quirk.script.sound)
    rows = run(chosen, wanted.together, lambda row: print(line(row), file=sys.stderr, flush=True))
    totals = Counter(row.verdict for row in rows)
    if wanted.json:
        print(json.dumps({"versions": versions(), "totals": totals, "rows": [row.plain() for row in rows]}))
    else:
        print(f"{len(rows)} quirks: " + ", ".join(f"{count} {name}" for name, count in totals.most_common()))
    if wanted.page:
        PAGE.write_text(page(rows, versions()), encoding="utf-8")


def line(row: Row) -> str:
    parts = []
    for name in NAMES:
        one = row.measures[name]
        heard = "" if one.sound is None else f" sound {one.sound:.2f}"
        order = "" if one.order else " disorder"
        parts.append(f"{name} {one.share:.2f}/{one.complete:.2f}/{one.keys:.2f}{heard}{order}")
    said = f"  [{row.measures['ours'].said}]" if row.verdict.startswith(("ffmpeg", "gst")) else ""
    return f"{row.verdict:14} {row.quirk.name:32} {' | '.join(parts)}{said}"


if __name__ == "__main__":
    if not shutil.which("ffmpeg") or not shutil.which("gst-launch-1.0"):
        sys.exit("bench: ffmpeg or GStreamer is not installed; deploy/bench installs them")
    main()
