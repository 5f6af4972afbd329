"""What the recorder says of a bucket or asks of a picture is held against what the keeper knows."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from appliance.core.errors import Broken, Refused
from appliance.core.model import (
    MOST_NS,
    Allocation,
    BucketOpening,
    CameraState,
    Gap,
    Manifest,
    SealedBucketKey,
    SegmentFile,
    to_wire,
)
from appliance.formats.segment_files import segment_name
from appliance.keeper.context import Keeper
from appliance.protocol.recorder import OTHER_DEVICE
from appliance.protocol.transport import Message
from appliance.vault.keys.vaultkey import vault_keys
from tests.verbs import VERBS

SLOT_NS = 1_790_524_800_000_000_000
BUCKET = "ab" * 16


def say(keeper: Keeper, verb: str, body: bytes = b"", **arguments: object) -> None:
    VERBS[verb](keeper, arguments, Message(arguments, body))


@pytest.fixture
def greeted(keeper: Keeper) -> Keeper:
    say(keeper, "recorder.hello", boot_id="b", boot_ns=1, wall_ns=SLOT_NS, run_id="r", open=[], left=[])
    return keeper


def opening(camera_no: str = "01", slot_ns: int = SLOT_NS) -> BucketOpening:
    return BucketOpening(
        bucket_id=BUCKET, camera_no=camera_no, slot_start_ns=slot_ns, start_ns=slot_ns, boot_id="b", boot_ns=1,
        trusted=True,
    )  # fmt: skip


def gap(start_ns: int, end_ns: int, camera_no: str = "01") -> Gap:
    return Gap(camera_no=camera_no, start_ns=start_ns, end_ns=end_ns, cause="disk")


def allocate(keeper: Keeper, camera_no: str = "01", slot_ns: int = SLOT_NS) -> None:
    key = SealedBucketKey(bucket_id=BUCKET, camera_no=camera_no, slot_start_ns=slot_ns, wrapped=os.urandom(48))
    (vault_key,) = vault_keys(keeper.ledger)
    allocation = Allocation(
        allocation_id=os.urandom(16).hex(), sealed_key=os.urandom(64), buckets=(key,), vault_key=vault_key
    )
    say(keeper, "recorder.allocate", to_wire(allocation))


def closed(keeper: Keeper, began: BucketOpening) -> Manifest:
    """A file of the bucket in ``open/``, and its manifest."""
    name = segment_name(BUCKET, 0)
    Path(keeper.ring.shelves.open_dir, name).write_bytes(b"x" * 100)
    file = SegmentFile(number=0, bytes=100, sha256="cd" * 32, frames=1, start_ns=SLOT_NS, end_ns=SLOT_NS + 9)
    return Manifest.of(began, SLOT_NS + 9, [file])


def test_a_manifest_of_a_bucket_that_nobody_allocated_is_refused(greeted: Keeper) -> None:
    size = greeted.ledger.size
    manifest = closed(greeted, opening())
    with pytest.raises(Refused, match="never allocated"):
        say(greeted, "recorder.opened", to_wire(opening()))
    with pytest.raises(Refused, match="never allocated"):
        say(greeted, "recorder.closed", to_wire(manifest))
    assert greeted.ring.index.closed(BUCKET) is None
    assert greeted.ledger.size == size
    assert Path(greeted.ring.shelves.open_dir, segment_name(BUCKET, 0)).exists(), "kept for whoever looks at it"
    allocate(greeted)
    say(greeted, "recorder.closed", to_wire(manifest))
    assert greeted.ring.index.closed(BUCKET) is not None


@pytest.mark.parametrize("other", [opening(camera_no="02"), opening(slot_ns=SLOT_NS + 600 * 10**9)])
def test_a_bucket_is_of_the_camera_and_slot_that_it_was_allocated_for(other: BucketOpening, greeted: Keeper) -> None:
    allocate(greeted)
    with pytest.raises(Refused, match="another slot or camera"):
        say(greeted, "recorder.opened", to_wire(other))
    with pytest.raises(Refused, match="another slot or camera"):
        say(greeted, "recorder.closed", to_wire(closed(greeted, other)))
    say(greeted, "recorder.opened", to_wire(opening()))
    with pytest.raises(Refused, match="another slot or camera"):
        say(greeted, "recorder.closed", to_wire(closed(greeted, other)))
    say(greeted, "recorder.closed", to_wire(closed(greeted, opening())))


def test_a_bucket_with_an_emergency_record_beside_it_may_open(greeted: Keeper) -> None:
    Path(greeted.ring.shelves.open_dir, f"{BUCKET}.emergency").write_bytes(b"sealed")
    say(greeted, "recorder.opened", to_wire(opening()))
    assert greeted.ring.index.opening(BUCKET) is not None


def test_a_key_for_a_camera_that_there_never_was_is_refused(greeted: Keeper) -> None:
    size = len(greeted.stores.office.key_store)
    for camera_no in ("77", "../01", "01\n", "0" * 64):
        with pytest.raises(Refused, match="there is no camera"):
            allocate(greeted, camera_no)
    assert len(greeted.stores.office.key_store) == size


@pytest.mark.parametrize("slot_ns", [1, SLOT_NS + 1, SLOT_NS - 1, MOST_NS])
def test_a_key_for_a_slot_that_there_never_is_is_refused(slot_ns: int, greeted: Keeper) -> None:
    with pytest.raises(Broken, match="where none begins"):
        allocate(greeted, slot_ns=slot_ns)


def test_a_gap_of_no_camera_or_no_time_is_refused(greeted: Keeper) -> None:
    end = greeted.ring.catalogue.end
    for start_ns, end_ns in ((5, 5), (MOST_NS, 0)):
        with pytest.raises(Broken, match="no time"):
            say(greeted, "recorder.gap", to_wire(gap(start_ns, end_ns)))
    with pytest.raises(Refused, match="there is no camera"):
        say(greeted, "recorder.gap", to_wire(gap(1, 2, "77")))
    assert greeted.ring.catalogue.end == end


@pytest.mark.parametrize(("kind", "other"), [(Refused, ("02", 1, 2)), (Broken, ("01", 2, 1))])
def test_a_manifest_has_gaps_of_its_own_camera_and_of_some_time(
    kind: type[Exception], other: tuple[str, int, int], greeted: Keeper
) -> None:
    allocate(greeted)
    camera_no, start_ns, end_ns = other
    whole = closed(greeted, opening())
    manifest = msgspec.structs.replace(whole, gaps=(gap(start_ns, end_ns, camera_no),))
    with pytest.raises(kind):
        say(greeted, "recorder.closed", to_wire(manifest))
    assert greeted.ring.index.closed(BUCKET) is None
    say(greeted, "recorder.closed", to_wire(whole))


def test_states_of_cameras_that_are_not_in_force_take_no_memory(greeted: Keeper) -> None:
    strangers = [
        CameraState(camera_no=f"x{number}", state="lost", detail=f"{OTHER_DEVICE}: n", identity={"serial": "n"})
        for number in range(1000)
    ]
    mine = CameraState(camera_no="01", state="lost", detail=f"{OTHER_DEVICE}: n", identity={"serial": "n"})
    say(greeted, "recorder.states", to_wire([*strangers, mine]))
    assert set(greeted.recorder.strangers) == set(greeted.recorder.states) == {"01"}


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("recorder.states", {"faults": 5}),
        ("recorder.states", {"faults": [1]}),
        ("recorder.states", {"faults": {"disk-write": 1}}),
        ("recorder.states", {"faults": {f"f{number}": "x" for number in range(200)}}),
        ("recorder.states", {"box_ns": float("inf")}),
        ("recorder.states", {"box_ns": "x"}),
        ("recorder.states", {"registry": []}),
        ("recorder.found", {"number": "x"}),
        ("recorder.found", {"number": float("nan")}),
        ("recorder.found", {"number": 1, "why": []}),
        ("recorder.device", {"order": "x", "report": 5}),
        ("recorder.device", {"order": "x", "report": {"streams": [{"width": "wide"}]}}),
        ("recorder.device", {"order": "x", "report": {"offset_seconds": float("nan"), "streams": {}}}),
    ],
)
def test_what_cannot_be_read_is_the_callers_error_and_no_defect(
    verb: str, arguments: dict[str, object], greeted: Keeper
) -> None:
    with pytest.raises(Broken):
        say(greeted, verb, to_wire([]), **arguments)
