"""A key shard that was cut behind an entry opens whole, with fewer keys: the footage that lacks its key says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.core.clock import slot_start_ns
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.verifying import verification
from appliance.rules.deadlines import DAY_NS
from appliance.storage.files import RealFs
from appliance.storage.journal import entries_of, pack_entry
from tests.box import Box
from tests.footage import FilmClock, film_past


@pytest.fixture
def cut(box: Box) -> str:
    """The bucket whose key is gone, the second of its day."""
    box.start("keeper")
    start_ns = slot_start_ns(box.made_ns) - 5 * DAY_NS
    film_past(box, "01", start_ns, 2)
    (second,) = film_past(box, "02", start_ns, 2).buckets
    box.stop()
    (shard,) = Path(box.settings.layout.keeper, "keys").glob("*.shard")
    bodies, _ = entries_of(shard.read_bytes())
    assert len(bodies) == 2
    shard.write_bytes(pack_entry(bodies[0]))
    return second


def missing(keeper: Keeper) -> list[tuple[str, str]]:
    *_, last = verification(keeper.stores)
    return [
        (bad["bucket_id"], bad["camera_no"]) for bad in last["found"]["ring"]["bad"] if bad["what"] == "key missing"
    ]


def told(keeper: Keeper) -> str:
    keeper.tasks.reading.read()
    return next((str(each.text) for each in keeper.findings.all() if each.key == "keys-missing"), "")


def test_it_is_named_by_verify_and_a_finding(box: Box, clock: FilmClock, cut: str) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert keeper.stores.office.key_store.damaged == {}, "the store alone cannot tell"
        assert missing(keeper) == [(cut, "02")]
        assert "closed buckets that have no key, which nobody destroyed: 1, by camera: 02 × 1" in told(keeper)


def test_what_was_given_up_with_a_lost_anchor_is_not(box: Box, clock: FilmClock, cut: str) -> None:
    """All keys of before are gone then, and people said so."""
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        keeper.ledger.append(
            "anchor.made", {"generation": keeper.stores.office.key_store.generation, "strength": "file"}
        )
        assert (missing(keeper), told(keeper)) == ([], "")


def test_an_index_that_does_not_answer_is_no_damage_of_the_catalogue(box: Box) -> None:
    """It is closed at a stop while the stores are still read, or it is in doubt."""
    with open_keeper(box.settings, RealFs(), FilmClock(box.made_ns)) as keeper:
        keeper.ring.index.close()
        keeper.tasks.reading.read()
        assert not [each.key for each in keeper.findings.all() if each.key in ("catalogue-damaged", "keys-missing")]
