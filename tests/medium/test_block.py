"""A descriptor of a block device: what it is opened on, and what it says when the device fails it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from appliance.core.errors import Refused, Unavailable
from appliance.medium.block import BLOCK_BYTES, aligned, open_exclusively
from tests.medium.bad_sticks import bad_stick
from tests.medium.loops import loop_device, opened
from tests.medium.test_volume import MIB

pytestmark = pytest.mark.root


def test_any_bytes_are_written_and_read_where_they_belong(tmp_path: Path) -> None:
    image, data = tmp_path / "image", os.urandom(3 * MIB + 77)
    with loop_device(image, size=16 * MIB) as device, opened(device) as block:
        block.write(data, 4096)
        block.flush()
        assert block.read(4096 + 1000, 5000) == data[1000:6000]
        assert block.read(4096 + 511, 1) == data[511:512]
    assert image.read_bytes()[4096:].startswith(data + bytes(512 - 77))


def test_what_lies_beyond_the_end_does_not_answer(tmp_path: Path) -> None:
    with loop_device(tmp_path / "image", size=MIB) as device, opened(device) as block:
        with pytest.raises(Unavailable):
            block.submit_read(memoryview(aligned(BLOCK_BYTES)), 512 << 10).result()
        with pytest.raises(Unavailable):
            block.submit_write(memoryview(aligned(BLOCK_BYTES)), 512 << 10).result()


@pytest.mark.parametrize("path", ["/dev/null", "file", "link"])
def test_what_is_no_block_device_of_that_number_is_not_opened(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_bytes(bytes(MIB))
    with loop_device(tmp_path / "image", size=MIB) as device:
        os.symlink(device, tmp_path / "link")
        with pytest.raises(Unavailable):
            open_exclusively(str(tmp_path / path), os.stat(device).st_rdev, write=True)
        with pytest.raises(Unavailable, match="another one"):
            open_exclusively(device, os.stat(device).st_rdev + 1, write=True)


def test_a_device_that_is_write_protected_is_refused(tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(bytes(MIB))
    with (
        loop_device(tmp_path / "image", "--read-only") as device,
        pytest.raises(Refused, match="write-protected"),
    ):
        opened(device)


def test_each_of_read_write_and_flush_tells_that_the_stick_is_gone(tmp_path: Path) -> None:
    with bad_stick(tmp_path, 16 * MIB) as stick, opened(stick.device) as block:
        stick.switch(pulled=True)
        for act in (lambda: block.read(0, 512), lambda: block.write(b"x", 0), block.flush):
            with pytest.raises(Unavailable, match="pulled out"):
                act()
        stick.switch()
        block.write(b"x", 0)
        assert block.read(0, 1) == b"x"
