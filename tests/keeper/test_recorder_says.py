"""What the recorder says of a bucket or asks of a picture is held against what the keeper knows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from appliance.custody.keys.vaultkey import vault_keys
from appliance.errors import Refused
from appliance.keeper.parts import Keeper
from appliance.keeper.verbs import VERBS
from appliance.model import Allocation, BucketOpening, Manifest, SealedBucketKey, SegmentFile, to_wire
from appliance.recorder.writer import segment_name
from appliance.wire import Message

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


def allocate(keeper: Keeper) -> None:
    key = SealedBucketKey(bucket_id=BUCKET, camera_no="01", slot_start_ns=SLOT_NS, wrapped=os.urandom(48))
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
