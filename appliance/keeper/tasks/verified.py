"""What a check of everything found. In full it becomes findings, for people who are logged in. The console, where
nobody is logged in, gets the verdict and how many of each kind.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from appliance.core.errors import Unavailable
from appliance.core.messages import Said, coded
from appliance.core.model import Span
from appliance.keeper.findings import Findings
from appliance.keeper.tasks.damage import by_camera, tell_damage
from appliance.keeper.tasks.key import KeyTasks
from appliance.vault.ring.scrub import Damage

__all__ = ["counted", "tell_verified"]

_OF_A_FILE = frozenset({"missing", "unreadable", "size", "exchanged", "changed"})
_OF_A_MANIFEST = frozenset({"manifest changed", "manifest missing", "not in ledger", "destroyed unrecorded"})
_MOST_STRAYS = 20


def tell_verified(findings: Findings, keys: KeyTasks, found: Mapping[str, Any]) -> None:
    """``found`` as :func:`appliance.keeper.verifying.verification` ends. Each damaged file is a finding of its own,
    with camera, seconds and name; manifests that do not fit are one. What is well again is over, where that shows."""
    bad: Sequence[Mapping[str, Any]] = found["ring"]["bad"]
    strays = 0
    for each in bad:
        if each["what"] in _OF_A_FILE and each["bucket_id"]:
            lost = (Span(each["start_ns"], each["end_ns"]),) if each["end_ns"] else ()
            tell_damage(findings, Damage(each["bucket_id"], each["number"], each["camera_no"], each["what"], lost))
        elif each["what"] == "added" and strays < _MOST_STRAYS:
            strays += 1
            name = each["detail"].rpartition("/")[2]
            findings.open(f"file-stray-{name}", "storage", f"{name} is in the store and nothing names it; it is kept")
    if not any(each["what"].startswith("disk ") for each in bad):
        findings.set("manifests-wrong", "storage", _manifests([each for each in bad if each["what"] in _OF_A_MANIFEST]))
    findings.set("ledger-damaged", "storage", found["ledger"]["what"])
    with contextlib.suppress(Unavailable):
        keys.tell_keyless()


def _manifests(bad: Sequence[Mapping[str, Any]]) -> Said:
    if not bad:
        return ""
    which = by_camera(
        (each["camera_no"] or "?", Span(each["start_ns"], max(each["end_ns"], each["start_ns"] + 1))) for each in bad
    )
    return coded("found-manifests-wrong", count=len(bad), cameras=which)


def counted(found: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict and, of each kind, how many: no camera, no time, no file. Of the disk's place as a whole, which is
    mended at the console, its sentence too."""
    ring, ledger = found["ring"], found["ledger"]
    kinds = Counter(str(each["what"]) for each in ring["bad"])
    says = {each["what"]: each["detail"] for each in ring["bad"] if each["what"].startswith("disk ")}
    bad = [
        {"what": what, "count": count} | ({"detail": says[what]} if what in says else {})
        for what, count in kinds.items()
    ]
    return {
        "ok": found["ok"],
        "ring": {"segments": ring["segments"], "open": ring["open"], "bad": bad},
        "ledger": {"entries": ledger["entries"], "ok": ledger["ok"]},
    }
