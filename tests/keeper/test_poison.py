"""No message ends the keeper's starts: what has no bounds is refused before it is written, and what lies there from
before is set aside, told, and outlived."""

from __future__ import annotations

import os

import msgspec
import pytest

from appliance.core.errors import Broken
from appliance.core.model import Allocation, Gap, SealedBucketKey, to_wire
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.keeper.verifying import verification
from appliance.protocol.transport import Message
from appliance.storage.files import RealFs
from appliance.vault.index import catalogue as written
from appliance.vault.index.catalogue import GapFound
from tests.box import Box
from tests.footage import FilmClock
from tests.verbs import VERBS

BEYOND = 1 << 63
GAP = Gap(camera_no="01", start_ns=1, end_ns=2, cause="disk")


def say(keeper: Keeper, verb: str, body: bytes = b"", **arguments: object) -> None:
    VERBS[verb](keeper, arguments, Message(arguments, body))


def hello(keeper: Keeper) -> None:
    now_ns = keeper.clock.wall_ns()
    say(keeper, "recorder.hello", boot_id="b", boot_ns=1, wall_ns=now_ns, run_id="r", open=[], left=[])


def keys_of(keeper: Keeper) -> set[str]:
    return {finding.key for finding in keeper.findings.all()}


@pytest.mark.parametrize(
    "body",
    [
        to_wire(msgspec.structs.replace(GAP, start_ns=BEYOND)),
        to_wire(msgspec.structs.replace(GAP, end_ns=-BEYOND)),
        to_wire(msgspec.structs.replace(GAP, boot_ns=BEYOND)),
        to_wire(msgspec.structs.replace(GAP, cause="x" * 100_000)),
        to_wire(msgspec.structs.replace(GAP, camera_no="x" * 100_000)),
    ],
)
def test_a_gap_without_bounds_is_refused_and_the_keeper_starts_again(body: bytes, box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        hello(keeper)
        with pytest.raises(Broken):
            say(keeper, "recorder.gap", body)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert "catalogue-aside" not in keys_of(keeper)
        assert keeper.ring.index.healthy


@pytest.mark.parametrize(
    ("name", "value"),
    [("wall_ns", BEYOND), ("wall_ns", -1), ("boot_ns", BEYOND), ("run_id", "r" * 1000), ("boot_id", "b" * 1000)],
)
def test_a_hello_without_bounds_is_refused_before_anything_is_entered(name: str, value: object, keeper: Keeper) -> None:
    size = keeper.ledger.size
    told: dict[str, object] = {"boot_id": "b", "boot_ns": 1, "wall_ns": 1, "run_id": "r", "open": [], "left": []}
    with pytest.raises(Broken):
        say(keeper, "recorder.hello", **(told | {name: value}))
    assert keeper.ledger.size == size


@pytest.mark.parametrize("name", ["x", "../lock", "ab" * 16 + ".0000.seg.new"])
def test_a_length_of_no_segment_file_is_refused(name: str, keeper: Keeper) -> None:
    hello(keeper)
    with pytest.raises(Broken):
        say(keeper, "recorder.durable", lengths={name: 1})
    with pytest.raises(Broken):
        say(keeper, "recorder.durable", lengths={"ab" * 16 + ".0000.seg": BEYOND})
    assert keeper.ring.shelves.durable_bytes() == 0


def test_keys_for_more_days_than_are_made_ahead_are_refused(keeper: Keeper) -> None:
    hello(keeper)
    day_ns = 86_400 * 10**9
    buckets = tuple(
        SealedBucketKey(
            bucket_id=os.urandom(16).hex(), camera_no="01", slot_start_ns=day * day_ns, wrapped=os.urandom(48)
        )
        for day in range(20_000, 20_004)
    )
    allocation = Allocation(allocation_id=os.urandom(16).hex(), sealed_key=os.urandom(64), buckets=buckets)
    before = len(keeper.stores.office.key_store)
    with pytest.raises(Broken, match="4 days"):
        say(keeper, "recorder.allocate", to_wire(allocation))
    assert len(keeper.stores.office.key_store) == before


def test_what_lies_there_from_before_is_a_finding_and_outlived(
    box: Box, clock: FilmClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        with monkeypatch.context() as earlier:
            earlier.setattr(written, "from_wire", lambda data, kind: [])
            keeper.ring.catalogue.append(GapFound(gap=msgspec.structs.replace(GAP, start_ns=BEYOND)))
        keeper.ring.index.follow()
        housekeeping(keeper).turn()
        assert "catalogue-aside" in keys_of(keeper)
    for _ in range(2):
        with open_keeper(box.settings, RealFs(), clock) as keeper:
            assert "catalogue-aside" in keys_of(keeper)
            assert not keeper.ring.index.healthy
            assert keeper.destruction.eligible_bytes() == 0
            *_, last = verification(keeper.stores)
            assert not last["found"]["ok"]
            assert [bad["what"] for bad in last["found"]["ring"]["bad"]] == ["set aside"]
            hello(keeper)
            say(keeper, "recorder.gap", to_wire(GAP))
