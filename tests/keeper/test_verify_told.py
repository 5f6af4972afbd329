"""``verify`` for a console where nobody is logged in: the verdict and counts; what was found becomes findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.protocol.transport import Message
from appliance.storage.files import RealFs
from tests.box import Box
from tests.footage import FilmClock, film_past
from tests.verbs import VERBS

HOUR_NS = 3600 * 10**9


@pytest.fixture
def buckets(box: Box) -> list[str]:
    """Of camera 01, closed; nothing runs."""
    box.start("keeper")
    found = [film_past(box, "01", box.made_ns - hours * HOUR_NS, 1).buckets[0] for hours in (30, 29, 28)]
    box.stop()
    return found


def console(keeper: Keeper) -> tuple[dict[str, Any], bytes]:
    """What the console is told at the end, and every byte that went there."""
    blocks = list(VERBS["verify"](keeper, {}, Message({}, b"")).body)
    return msgspec.json.decode(blocks[-1])["found"], b"".join(blocks)


def findings(keeper: Keeper) -> dict[str, str]:
    return {each.key: str(each.text) for each in keeper.findings.all()}


def test_the_console_is_told_how_many_and_the_site_which(box: Box, clock: FilmClock, buckets: list[str]) -> None:
    files = {bucket: next(Path(box.settings.layout.ring).rglob(f"{bucket}*")) for bucket in buckets}
    one, other, gone = buckets
    for bucket in (one, other):
        files[bucket].write_bytes(files[bucket].read_bytes()[:-40] + bytes(40))
    files[gone].unlink()
    stray = Path(box.settings.layout.ring, one[:2], f"{'ab' * 16}.0000.seg")
    stray.write_bytes(b"nobody's")
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        found, said = console(keeper)
        assert found["ring"] == {
            "segments": 3,
            "open": 0,
            "bad": [{"what": "changed", "count": 2}, {"what": "missing", "count": 1}, {"what": "added", "count": 1}],
        }
        assert (found["ok"], found["ledger"]) == (False, {"entries": found["ledger"]["entries"], "ok": True})
        assert not any(word.encode() in said for word in (*buckets, "ab" * 16, "camera", "/ring/"))
        told = findings(keeper)
        for bucket, what in ((one, "changed"), (other, "changed"), (gone, "missing")):
            assert told[f"damage-{bucket}-0"].startswith(f"camera 01: segment {bucket}.0 is {what}")
        assert f"file-stray-{stray.name}" in told


def test_manifests_that_do_not_fit_and_a_ledger_that_is_wrong_are_findings_until_they_are_well(
    box: Box, clock: FilmClock, buckets: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        with monkeypatch.context() as other:
            other.setattr("appliance.installation.verification.manifest_hash", lambda manifest: b"another")
            other.setattr("appliance.keeper.verifying.ledger_wrong", lambda stores: "entry 5 is not as it was")
            found, said = console(keeper)
            assert found["ring"]["bad"] == [{"what": "manifest changed", "count": 3}]
            assert found["ledger"]["ok"] is False
            assert b"entry 5" not in said
        told = findings(keeper)
        assert "catalogue and ledger disagree: 3, by camera: 01 × 3, " in told["manifests-wrong"]
        assert told["ledger-damaged"] == "entry 5 is not as it was"
        assert console(keeper)[0]["ok"]
        assert {"manifests-wrong", "ledger-damaged"} & findings(keeper).keys() == set()


def test_what_was_found_is_told_though_the_console_went_away(box: Box, clock: FilmClock, buckets: list[str]) -> None:
    next(Path(box.settings.layout.ring).rglob(f"{buckets[0]}*")).unlink()
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        VERBS["verify"](keeper, {}, Message({}, b""))  # and nobody takes what it gives
        assert keeper.verifying.acquire(timeout=120)
        assert f"damage-{buckets[0]}-0" in findings(keeper)
        keeper.verifying.release()
