"""A ledger into which somebody wrote while no keeper ran: entries carry no key, so it takes an editor and nothing else.
It is told from the next start on, and nothing is opened or destroyed on its word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from appliance.core.clock import slot_start_ns
from appliance.core.errors import Unavailable
from appliance.core.model import to_json
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.keeper.verifying import verification
from appliance.ledger.entry import encode_entry
from appliance.rules.deadlines import DAY_NS
from appliance.storage.boot_files import read_registry
from appliance.storage.files import RealFs
from appliance.storage.journal import entries_of, pack_entry
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.footage import FilmClock, film_past
from tests.keeper.test_generations import copy, put_back


def told(keeper: Keeper) -> dict[str, str]:
    return {each.key: each.text for each in keeper.findings.all()}


def verified(keeper: Keeper) -> str:
    *_, last = verification(keeper.stores)
    assert last["found"]["ok"] is (not last["found"]["ledger"]["what"])
    return str(last["found"]["ledger"]["what"])


def log(box: Box) -> Path:
    return Path(box.settings.layout.keeper, "ledger", "ledger.log")


def written(box: Box, change: Callable[[list[bytes]], list[bytes]]) -> None:
    bodies, _ = entries_of(log(box).read_bytes())
    log(box).write_bytes(b"".join(map(pack_entry, change(bodies))))


def forged(found: list[bytes]) -> list[bytes]:
    return [*found, encode_entry(1, "finding.cleared", {"finding": "recorder-silent"})]


@pytest.mark.parametrize("change", [forged, lambda found: found[:-1]], ids=["an entry added", "the last one cut off"])
def test_it_is_a_finding_verify_says_so_and_no_footage_opens(
    box: Box, clock: FilmClock, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert verified(keeper) == ""
    written(box, change)
    for _ in range(2):
        with open_keeper(box.settings, RealFs(), clock) as keeper:
            assert "this ledger is not what the keeper left" in told(keeper)["ledger-altered"]
            assert "ledger.head" in verified(keeper)
            with pytest.raises(Unavailable), keeper.keyholders.unlock(OFFICER.name, OFFICER.password):
                pass
            clock.at_ns += 61 * 10**9
            housekeeping(keeper).turn()
            assert keeper.stores.office.key_store.shut, "and stays shut"


def test_a_keeper_that_was_killed_leaves_nothing_to_tell(box: Box, clock: FilmClock) -> None:
    """What it entered since its last head is its own."""
    box.start("keeper")
    box.kill("keeper")
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert "ledger-altered" not in told(keeper)
        assert verified(keeper) == ""


def test_footage_is_not_destroyed_on_the_word_of_a_forged_certificate(box: Box, clock: FilmClock) -> None:
    box.start("keeper")
    (bucket,) = film_past(box, "01", slot_start_ns(box.made_ns) - 5 * DAY_NS, 2).buckets
    box.stop()
    fields = {"buckets": [bucket], "intent": 0, "generation": 1, "strength": "file: best effort"}
    written(box, lambda found: [*found, encode_entry(1, "destroy.done", fields)])
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        housekeeping(keeper).turn()
        assert "ledger-altered" in told(keeper)
        assert keeper.ring.index.closed(bucket) is not None
        assert list(Path(box.settings.layout.ring).rglob(f"{bucket}*")), "it is still there"


def test_a_head_that_was_taken_away_is_told_for_a_day_and_made_anew(box: Box, clock: FilmClock) -> None:
    head = log(box).with_name("ledger.head")
    head.unlink()
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert "cannot be read" in told(keeper)["ledger-head-lost"]
        assert "cannot be read" in verified(keeper)
        assert head.exists()
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert "ledger-head-lost" in told(keeper)
        assert verified(keeper) == ""
        clock.at_ns += 2 * DAY_NS
        housekeeping(keeper).turn()
        assert "ledger-head-lost" not in told(keeper)


def test_a_forged_entry_puts_no_other_cameras_in_force(box: Box, clock: FilmClock) -> None:
    """The recorder goes on with the registry that the keeper signed."""
    registry = read_registry(RealFs(), box.settings.layout.boot)

    def other(found: list[bytes]) -> list[bytes]:
        entries = [msgspec.json.decode(raw) for raw in found]
        at = next(n for n, entry in enumerate(entries) if entry["kind"] == "registry.changed")
        entries[at]["since_ns"] += DAY_NS
        return [*found[:at], to_json(entries[at]), *found[at + 1 :]]

    with open_keeper(box.settings, RealFs(), clock):
        pass
    written(box, other)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert keeper.registry != registry, "so this test can fail"
        housekeeping(keeper).turn()
        assert read_registry(RealFs(), box.settings.layout.boot) == registry


def test_an_older_key_store_does_not_open_beside_a_ledger_that_was_cut_to_match_it(
    box: Box, clock: FilmClock, tmp_path: Path
) -> None:
    """Else the slot that was voided since opens the vault again."""
    copy(box, tmp_path)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        size = keeper.ledger.size
        keeper.keyholders.disable(UNIT_HEAD.name)
    put_back(box, tmp_path)
    written(box, lambda found: found[:size])
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        with pytest.raises(Unavailable), keeper.keyholders.unlock(UNIT_HEAD.name, UNIT_HEAD.password):
            pass
        assert "its end was cut off" in told(keeper)["keys-shut"]
