"""What ``appliance move-footage`` says at its end."""

from __future__ import annotations

from typing import Any

from appliance.cli.move_footage import moved

FOUND: dict[str, Any] = {
    "old": "/srv/old", "new": "/srv/new", "ring": "ab" * 16, "files": 1200, "bytes": 5 << 30, "held": 7, "missing": 0,
    "damaged": [], "settings_line": 'footage = "/srv/new"', "settings_fit": False,
    "cleared": {"removed": 1200, "left": (), "trouble": "", "kept": False},
}  # fmt: skip
DAMAGED = {"bucket": "cd" * 16, "number": 0, "camera_no": "03", "what": "unreadable",
           "start_ns": 1_790_524_800_000_000_000, "end_ns": 1_790_524_812_000_000_000}  # fmt: skip


def test_it_ends_with_the_line_to_write() -> None:
    text = moved(FOUND)
    assert "1200 files, 5.37 GB, copied and verified; in force as ring abababab" in text
    assert "/srv/old: 1200 files removed" in text
    assert text.splitlines()[-2] == '  footage = "/srv/new"'
    assert "DAMAGED" not in text
    assert "missing" not in text


def test_where_the_settings_name_the_new_place_already_nothing_is_asked_for() -> None:
    text = moved(FOUND | {"settings_fit": True})
    assert text.splitlines()[-1] == "The settings name it already: start the recorder."
    assert "write this line" not in text


def test_what_was_damaged_is_named_with_camera_and_seconds_and_what_stays_by_its_name() -> None:
    left = {"removed": 1199, "left": ("ring/cd/x.seg",), "trouble": "", "kept": False}
    text = moved(FOUND | {"damaged": [DAMAGED], "missing": 2, "cleared": left})
    assert "DAMAGED, copied as it is: camera 03, 2026-09-28 00:00:00 to 00:00:12: " in text
    assert "did not read whole; what did is in the copy, the original stays on the old disk" in text
    assert "stays there: ring/cd/x.seg" in text
    assert "2 files were missing at /srv/old and still are: appliance verify names them" in text


def test_what_has_no_opening_has_no_time_and_many_are_cut_short() -> None:
    text = moved(FOUND | {"damaged": [DAMAGED | {"start_ns": 0, "camera_no": ""}] * 30})
    assert "1970" not in text
    assert "and 10 more: --json has them all" in text


def test_a_disk_that_cannot_be_cleared_or_is_to_be_kept_says_so() -> None:
    trouble = {"removed": 0, "left": (), "trouble": "/srv/old: the old disk does not answer (x)", "kept": False}
    assert "/srv/old: the old disk does not answer (x)" in moved(FOUND | {"cleared": trouble})
    assert "without --keep-old removes them" in moved(FOUND | {"cleared": trouble | {"trouble": "", "kept": True}})
