"""The self-tests of storing and retrieving: is it written, is it whole, is it kept, does the disk last (存取異常).

They see figures that the keeper gathers, no path and no key. What the keeper knows for certain of its own stores (a
disk that is missing, a ledger that is damaged) it says itself, whatever plugins are loaded.
"""

from __future__ import annotations

from collections.abc import Iterable

from appliance.api import Check, CheckSetting, Fault, hookimpl
from appliance.plugins.checks.box_limits import Limit, injected, within

__all__ = ["register_checks"]

_DAY = 86_400


@hookimpl
def register_checks() -> Iterable[Check]:
    return [_storage(), _probe(), _disk()]


def _storage() -> Check:
    return Check(
        name="storage",
        summary="Is everything written, without a gap that nothing explains, kept to its floor and read again?",
        looks_at="box",
        box="storage",
        run=within(
            (
                Limit("storage-unwritable", "writable", "1 or 0", at=1, below=True),
                Limit("storage-late", "written_age_seconds", "s", "written_seconds"),
                Limit("storage-gap", "gap_seconds", "s", "gap_seconds"),
                Limit("storage-floor", "floor_short_days", "days", "short_days"),
                Limit("storage-unread", "scrub_pass_days", "days", "pass_days"),
            )
        ),
        settings=(
            CheckSetting(
                "written_seconds", "A live camera's newest durable footage is no older than this.", 60, 5, 3600
            ),
            CheckSetting("gap_seconds", "A gap that nothing explains may be so long.", 60, 1, _DAY),
            CheckSetting(
                "short_days", "So much of the floor may lack, for a start in the middle of a day.", 0.5, 0, 31
            ),
            CheckSetting("pass_days", "All closed footage is read again within so many days.", 90, 1, 366),
        ),
        faults=(
            Fault("storage-unwritable", "The records or the footage disk take no writes."),
            Fault("storage-late", "A camera is live and nothing of it is written."),
            Fault("storage-gap", "There is a gap in the last 24 hours that nothing explains."),
            Fault("storage-floor", "The earliest footage that can be played is younger than the floor."),
            Fault("storage-unread", "Closed footage was not all read again for too long."),
        ),
        injections=(
            injected("storage-unwritable", "a store that refuses writes", "writable", 0),
            injected("storage-late", "nothing durable for two hours", "written_age_seconds", 7200),
            injected("storage-gap", "a gap of an hour and more than a day", "gap_seconds", _DAY + 3600),
            injected("storage-floor", "a month lost", "floor_short_days", 32),
            injected("storage-unread", "not read for two years", "scrub_pass_days", 730),
        ),
        cost_ms=1,
    )


def _probe() -> Check:
    return Check(
        name="probe",
        summary="Does what is written come back: today's probe opened, those of earlier days by their hash?",
        looks_at="box",
        box="storage",
        run=within(
            (
                Limit("probe-unreadable", "probe_bad", "1 or 0"),
                Limit("probe-late", "probe_age_days", "days", "late_days"),
            )
        ),
        settings=(CheckSetting("late_days", "A probe comes back at least every so many days.", 2, 1, 31),),
        faults=(
            Fault("probe-unreadable", "A probe was written and does not come back as it was."),
            Fault("probe-late", "No probe came back for too long."),
        ),
        injections=(
            injected("probe-unreadable", "a probe that came back as another", "probe_bad", 1),
            injected("probe-late", "no probe for two months", "probe_age_days", 60),
        ),
        cost_ms=1,
    )


def _disk() -> Check:
    return Check(
        name="disk",
        summary="Do the disks and their file systems say of themselves that they are well, and for how long yet?",
        looks_at="box",
        box="storage",
        run=within(
            (
                Limit("disk-failing", "disk_failed", "1 or 0"),
                Limit("disk-sectors", "disk_bad_sectors", "sectors", "bad_sectors"),
                Limit("disk-worn", "disk_worn_share", "share", "worn_share"),
                Limit("disk-hot", "disk_temperature_c", "°C", "hottest_c"),
                Limit("disk-filesystem", "filesystem_errors", "errors"),
            )
        ),
        settings=(
            CheckSetting("bad_sectors", "A disk may have replaced so many sectors.", 0, 0, 100_000),
            CheckSetting("worn_share", "A disk whose life is used up to this share is to be replaced.", 0.85, 0.1, 1),
            CheckSetting("hottest_c", "A disk may be so warm.", 60, 30, 100),
        ),
        faults=(
            Fault("disk-failing", "A disk says that it is failing; replace it now."),
            Fault("disk-sectors", "A disk has sectors that do not read or were replaced."),
            Fault("disk-worn", "A disk is nearly worn out."),
            Fault("disk-hot", "A disk is too warm.", raise_seconds=300, clear_seconds=600),
            Fault("disk-filesystem", "A file system counted errors; it must be checked."),
        ),
        injections=(
            injected("disk-failing", "a failed disk", "disk_failed", 1),
            injected("disk-sectors", "a disk full of bad sectors", "disk_bad_sectors", 200_000),
            injected("disk-worn", "a life that is used up twice", "disk_worn_share", 2),
            injected("disk-hot", "120 °C", "disk_temperature_c", 120),
            injected("disk-filesystem", "an error", "filesystem_errors", 1),
        ),
        cost_ms=1,
    )
