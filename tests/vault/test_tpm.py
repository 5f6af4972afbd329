"""The calls of tpm2-tools against a TPM that is a program: what it refuses, lacks or leaves unanswered is said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from appliance.core.errors import Damaged, NotWritable, Refused, Unavailable
from appliance.vault.keys.tpm import Tpm
from tests.vault.swtpm import SoftwareTpm

INDEX, AUTH = 0x01A0_5210, bytes(range(1, 33))
FOREIGN = 0x0150_0001
pytestmark = pytest.mark.tpm


@pytest.fixture
def tpm(chip: SoftwareTpm) -> Tpm:
    tpm = chip.tpm
    tpm.define(INDEX, 52, AUTH)
    return tpm


def tool(chip: SoftwareTpm, *arguments: str) -> None:
    """A tool as an administrator runs it."""
    subprocess.run([arguments[0], "-T", chip.tcti, *arguments[1:]], check=True, capture_output=True)


def test_an_index_is_defined_written_read_and_undefined(tpm: Tpm) -> None:
    assert tpm.why_not() == ""
    assert tpm.virtual()
    assert tpm.read(INDEX, 52, AUTH) == b"", "never written"
    for data in (bytes(52), b"\n\0" * 26, b"x" * 52):
        tpm.write(INDEX, data, AUTH)
        assert tpm.read(INDEX, 52, AUTH) == data
    tpm.undefine(INDEX)
    assert tpm.area(INDEX) is None
    with pytest.raises(Damaged, match="is not there"):
        tpm.read(INDEX, 52, AUTH)


def test_nobody_reads_it_without_the_secret_not_even_the_owner(chip: SoftwareTpm, tpm: Tpm) -> None:
    tpm.write(INDEX, b"x" * 52, AUTH)
    area = tpm.area(INDEX)
    assert area is not None
    assert area.attributes == {"authread", "authwrite", "no_da", "written"}
    with pytest.raises(Damaged, match="does not open with this office's secret"):
        tpm.read(INDEX, 52, b"another")
    for hierarchy in ("o", "p"):
        with pytest.raises(subprocess.CalledProcessError):
            tool(chip, "tpm2_nvread", "-C", hierarchy, "-s", "52", f"{INDEX:#x}")


def test_no_secret_is_in_the_arguments_that_every_user_can_read(tpm: Tpm, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    run = subprocess.run

    def watched(command: list[str], **options: object) -> object:
        seen.append(" ".join(command) + str(options.get("env")))
        return run(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", watched)
    tpm.write(INDEX, b"secret content" + bytes(38), AUTH)
    tpm.read(INDEX, 52, AUTH)
    assert len(seen) == 2
    for line in seen:
        assert AUTH.hex() not in line
        assert "secret content" not in line
        assert "file:/proc/self/fd/" in line


def test_an_index_that_somebody_else_has_is_left_alone(chip: SoftwareTpm, tpm: Tpm) -> None:
    tpm.write(INDEX, b"theirs" + bytes(46), AUTH)
    with pytest.raises(Refused, match="another program uses it"):
        tpm.define(INDEX, 52, b"ours")
    assert tpm.read(INDEX, 52, AUTH).startswith(b"theirs")


def test_a_tpm_without_room_says_how_to_make_some(tpm: Tpm) -> None:
    def fill() -> None:
        for number in range(1, 256):
            tpm.define(INDEX + number, 2000, AUTH)

    with pytest.raises(NotWritable, match="no room for it; `tpm2_getcap handles-nv-index`"):
        fill()


def test_the_owners_password_is_asked_for_and_taken(chip: SoftwareTpm, tpm: Tpm) -> None:
    assert not tpm.owner_has_password()
    tool(chip, "tpm2_changeauth", "-c", "owner", "hoo")
    assert tpm.owner_has_password()
    for wrong in (b"", b"who"):
        with pytest.raises(Refused, match="its owner has a password, and this is not it"):
            tpm.define(INDEX + 1, 52, AUTH, wrong)
    tpm.define(INDEX + 1, 52, AUTH, b"hoo")
    tpm.write(INDEX + 1, b"y" * 52, AUTH)
    tpm.undefine(INDEX + 1, b"hoo")


def test_wrong_secrets_lock_others_out_and_never_us(chip: SoftwareTpm, tpm: Tpm) -> None:
    tool(chip, "tpm2_nvdefine", "-C", "o", "-s", "8", "-a", "authread|authwrite", "-p", "theirs", f"{FOREIGN:#x}")
    tool(chip, "tpm2_dictionarylockout", "-s", "-n", "1", "-t", "1000", "-l", "1000")
    for _ in range(3):
        with pytest.raises((Damaged, Unavailable)):
            tpm.read(FOREIGN, 8, b"guess")
    with pytest.raises(Unavailable, match="locked out after wrong passwords"):
        tpm.read(FOREIGN, 8, b"theirs")
    tpm.write(INDEX, b"z" * 52, AUTH)
    assert tpm.read(INDEX, 52, AUTH) == b"z" * 52


def test_another_chip_in_its_place_is_said(chip: SoftwareTpm, tpm: Tpm) -> None:
    chip.replace()
    with pytest.raises(Damaged, match="this is another TPM"):
        tpm.read(INDEX, 52, AUTH)


def test_without_a_tpm_or_its_tools_the_remedy_is_said(
    chip: SoftwareTpm, tpm: Tpm, monkeypatch: pytest.MonkeyPatch
) -> None:
    chip.unplug()
    with pytest.raises(Unavailable, match="none is there"):
        tpm.write(INDEX, b"x" * 52, AUTH)
    assert "none is there" in tpm.why_not()
    monkeypatch.setenv("PATH", "/nowhere")
    assert "apt install tpm2-tools" in tpm.why_not()


def test_one_that_never_answers_is_given_up(chip: SoftwareTpm) -> None:
    chip.hang()
    with pytest.raises(Unavailable, match=r"does not answer within 0\.2 s"):
        Tpm(chip.tcti, seconds=0.2).indices()


@pytest.mark.parametrize(("refusals", "given_up"), [(3, False), (9, True)])
def test_a_tpm_that_asks_to_wait_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusals: int, given_up: bool
) -> None:
    """swtpm never asks to wait, so what a chip's tool prints then comes from a script."""
    script, count = tmp_path / "tpm2_getcap", tmp_path / "count"
    script.write_text(
        f"#!/bin/sh\necho x >> {count}\n"
        f"[ $(wc -l < {count}) -gt {refusals} ] && exit 0\n"
        'echo "ERROR: Esys_GetCapability(0x920) - tpm:warn(2.0): the TPM is rate-limiting accesses" >&2\nexit 1\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    waits: list[float] = []
    tpm = Tpm(pause=waits.append)
    if given_up:
        with pytest.raises(Unavailable, match="keeps asking to wait"):
            tpm.indices()
    else:
        assert tpm.indices() == []
        assert len(waits) == refusals
    assert waits == sorted(waits)
