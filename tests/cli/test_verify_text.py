"""What ``appliance verify`` tells people: camera, local time, file, what is wrong, what to do; and what it left out."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.cli.verify import verification
from appliance.installation.verification import Bad

LEDGER = {"entries": 7, "ok": True, "what": ""}
AT_NS = 1_790_000_000_000_000_000
"""2026-09-21 22:13:20 in Taipei."""


def _told(*bad: Bad, waiting: int = 0) -> str:
    ring: dict[str, Any] = {"segments": 2, "open": waiting, "bad": [each._asdict() for each in bad]}
    return verification({"ok": not bad, "ring": ring, "ledger": LEDGER})


def test_a_damaged_file_is_told_with_camera_local_time_and_path() -> None:
    end_ns = AT_NS + 90_000_000_000
    text = _told(Bad("ab" * 16, 0, "01", "changed", start_ns=AT_NS, end_ns=end_ns, file="/office/ring/ab/x.seg"))
    assert text.splitlines()[1:4] == [
        "  camera 01, 2026-09-21 22:13:20 to 22:14:50: the file's bytes are not those that were closed",
        "    file    /office/ring/ab/x.seg",
        "    do      copy the disk before anything else is tried; tell the people whose cases ask for these minutes",
    ]
    assert text.endswith("SOMETHING IS WRONG: leave everything as it is and call for help")
    assert "bucket_id=" not in text


def test_a_span_over_midnight_has_both_days() -> None:
    assert "2026-09-21 22:13:20 to 2026-09-22 00:13:20" in _told(
        Bad("ab" * 16, -1, "01", "not in ledger", start_ns=AT_NS, end_ns=AT_NS + 7_200_000_000_000)
    )


def test_what_has_no_file_is_told_by_its_bucket_or_its_own_words() -> None:
    assert "  no camera is known: the ledger has it and the catalogue does not\n    bucket  abab" in _told(
        Bad("ab" * 16, -1, "", "manifest missing")
    )
    assert "    says    /x/ledger.log: entry 3 was altered\n" in _told(
        Bad("", -1, "", "unopened", "/x/ledger.log: entry 3 was altered")
    )


_KINDS = (
    *("missing", "unreadable", "size", "changed", "exchanged", "added"),
    *("manifest changed", "manifest missing", "not in ledger", "key missing", "index changed", "set aside"),
    *("disk missing", "disk unreadable", "disk moved", "disk foreign", "disk older"),
)


@pytest.mark.parametrize("what", [*_KINDS, "destroyed unrecorded", "unopened"])
def test_every_kind_of_damage_has_words_of_its_own(what: str) -> None:
    first, *rest = _told(Bad("ab" * 16, 0, "01", what)).splitlines()[1:-2]
    assert not first.endswith(f": {what}")
    assert rest[-1].startswith("    do ")


def _counted(*bad: dict[str, Any], ledger: bool = True) -> str:
    """As a running keeper gives it."""
    return verification(
        {
            "ok": not bad and ledger,
            "ring": {"segments": 9, "open": 0, "bad": list(bad)},
            "ledger": {"entries": 7, "ok": ledger},
        }
    )


def test_of_a_running_recorder_the_console_has_counts_and_is_told_where_the_rest_is() -> None:
    text = _counted({"what": "changed", "count": 2}, {"what": "missing", "count": 1}, ledger=False)
    assert text.splitlines() == [
        "ring: 9 segments checked, 3 bad",
        "  2 × the file's bytes are not those that were closed",
        "    do      copy the disk before anything else is tried; tell the people whose cases ask for these minutes",
        "  1 × the file is not there",
        "    do      copy the disk before anything else is tried; tell the people whose cases ask for these minutes",
        "ledger: 7 entries, WRONG",
        "which camera, when, and which file or entry: log in to the site; the status page has the findings",
        "SOMETHING IS WRONG: leave everything as it is and call for help",
    ]
    assert _counted().splitlines() == ["ring: 9 segments checked, 0 bad", "ledger: 7 entries, all verify", "all good"]


def test_a_disk_that_lies_elsewhere_is_named_to_the_console_too() -> None:
    text = _counted({"what": "disk moved", "count": 1, "detail": 'write footage = "/b" in the settings'})
    assert text.startswith("ring: NOT checked\n  the footage was moved")
    assert 'write footage = "/b" in the settings' in text


def test_footage_in_open_buckets_is_not_called_good() -> None:
    assert _told().endswith("all good")
    text = _told(waiting=2)
    assert "2 buckets are still open and NOT checked" in text
    assert text.endswith("all that is closed is good")


@pytest.mark.parametrize("kind", ["disk missing", "disk moved", "disk foreign"])
def test_T_08_a_disk_that_only_lies_elsewhere_is_named_and_needs_no_help(kind: str) -> None:
    text = _told(Bad("", -1, "", kind, 'footage disk: /a was moved; write footage = "/b" in the settings'))
    assert text.startswith("ring: NOT checked\n")
    assert 'write footage = "/b" in the settings' in text
    assert text.endswith("the right disk is not in its place: do what stands above, then run this again")
    assert "no camera is known" not in text


def test_T_08_what_an_older_copy_lacks_is_put_down_to_it_and_nothing_else_is() -> None:
    older, missing = Bad("", -1, "", "disk older", "stamp 1"), Bad("ab" * 16, 0, "01", "missing")
    text = _told(older, missing)
    assert text.startswith("ring: 2 segments checked, 1 bad\n  an older copy of the footage disk")
    assert "call for help" not in text
    assert "call for help" in _told(older, missing._replace(what="changed"))


def test_T_08_a_disk_that_does_not_read_needs_help() -> None:
    assert "call for help" in _told(Bad("", -1, "", "disk unreadable", "it is damaged"))
