"""What a start of the keeper finds and finishes: torn tails, interrupted closings and destructions, a doubted index."""

from __future__ import annotations

import contextlib

from appliance import __version__
from appliance.core.errors import Unavailable
from appliance.keeper.context import Keeper
from appliance.keeper.diskwatch import OLDER
from appliance.keeper.tasks.damage import tell_aside, tell_missing
from appliance.keeper.tasks.policy import put_policy_in_force
from appliance.keeper.tasks.tombstone import replay
from appliance.vault.ring.recovery import Recovered

__all__ = ["settle"]


def settle(keeper: Keeper) -> None:
    """Finishes what was left half done, and enters what the start found. Before anybody is served."""
    stores, findings, tasks = keeper.stores, keeper.findings, keeper.tasks
    keys = tasks.keys
    keeper.people.settle()
    tasks.copies.sweep()
    tasks.cases.settle()
    if not stores.office.key_store.shut:
        keys.check()
    put_policy_in_force(keeper.fs, keeper.settings.layout.boot, keeper.policy)
    tasks.registry_file.write_changed()
    keys.check_vault_key()
    findings.set("ledger-altered", "storage", stores.last_head.wrong)
    if stores.last_head.lost:
        findings.open("ledger-head-lost", "storage", stores.last_head.lost)
    keeper.disk_watch.tell(findings)
    back = replay(
        stores, keeper.disk_watch, findings, whole=keeper.disk_watch.kind == OLDER or bool(stores.ring.index.rebuilt)
    )
    recovered = Recovered()
    with contextlib.suppress(Unavailable, OSError):  # the disk is away or does not read; the hello does it
        recovered = keeper.recovery.at_start()
    keys.report_troubles(recovered)
    finished = keys.finish_destructions()
    keeper.ledger.append(
        "recorder.started",
        {
            "process": "keeper",
            "version": __version__,
            "boot_id": keeper.clock.boot_id(),
            "trusted": keeper.clock.trusted(),
            "cut_ledger_bytes": stores.ledger.cut_bytes,
            "cut_records": stores.acts.cut_records,
            "closings_finished": len(recovered.finished),
            "destructions_finished": len(finished),
            "index_rebuilt": stores.ring.index.rebuilt,
        },
    )
    for index in keeper.people.book.damaged:
        findings.open(
            f"person-unknown-{index}", "storage", f"ledger entry {index} is about a person it no longer names"
        )
    for index in keeper.cameras.damaged:
        findings.open(
            f"camera-unreadable-{index}", "storage", f"ledger entry {index} is about a camera and its record is lost"
        )
    for camera_no in keeper.cameras.strangers:
        text = f"camera {camera_no} stood in the registry and no set-up named it; it is not recorded"
        findings.open(f"camera-stranger-{camera_no}", "storage", text)
    for index, why in keeper.packs.damaged.items():
        findings.open(f"pack-unreadable-{index}", "storage", why)
    for orphan in stores.acts.orphans:
        findings.open(f"record-missing-{orphan.index}", "storage", f"ledger entry {orphan.index} has lost its record")
    tasks.scans.tell_strays()
    with contextlib.suppress(Unavailable):  # an index in doubt answers nothing, and destroys nothing either
        tell_aside(findings, stores.ring.index)
    if stores.ring.index.rebuilt:
        tell_missing(findings, stores.ring.index)
        if stores.ring.index.totals().segments:
            text = f"the index was made anew from the catalogue: {stores.ring.index.rebuilt}; nothing was lost by it"
            findings.open("index-rebuilt", "storage", text)
    for name in stores.ring.index.strays - back:
        findings.open(f"file-stray-{name}", "storage", f"{name} is in the store and nothing names it; it is kept")
    keys.report()
