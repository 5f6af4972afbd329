"""The stand-alone verifier of an agency's copy: whole or not, whose, and which MiB of which file is wrong (AT-57)."""

from __future__ import annotations

import ast
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.cli import main
from appliance.cli.copy import check_by_cryptography
from appliance.formats.copy_package import verify_copy
from appliance.formats.copy_package.signing import fingerprint, public_pem
from appliance.formats.copy_package.verifiers import verifiers
from tests.sandbox.films import film
from tests.services.packages import PackageOffice, heavy, unpack
from tests.services.viewing import NOON_NS
from tests.vault.ringcases import SIGNING

SECOND_NS = 1_000_000_000
SCRIPT = Path(verify_copy.__file__)
PAPERS = {"manifest.json", "manifest.json.sig", "SHA256SUMS", "SHA256SUMS.sig", "recorder-key.pem", "ledger-proof.json"}
MINE = fingerprint(SIGNING.public_key())


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files of pictures of several MiB in all, with captions."""
    office = PackageOffice()
    office.record_film(heavy(film(30, sound="aac")), NOON_NS - 10 * SECOND_NS)
    office.record_film(film(8, first=500), NOON_NS + 40 * SECOND_NS)
    folder = tmp_path_factory.mktemp("package")
    office.folder(office.view(NOON_NS - 6 * SECOND_NS, NOON_NS + 50 * SECOND_NS), folder)
    return folder


@pytest.fixture
def copied(package: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(package, tmp_path / "copy"))


def run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The script by itself: with the standard library alone, in no environment of ours."""
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(folder), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_imports_nothing_but_the_standard_library() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names]
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_a_whole_copy_is_good_and_says_whose_what_and_when(package: Path) -> None:
    done = run(package, "--fingerprint", MINE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("ALL GOOD\n")
    assert f"key          {MINE}" in done.stdout
    assert "C1, 2026-09-28 11:59:54.000 +08:00 to 2026-09-28 12:00:20.000 +08:00" in done.stdout
    assert re.search(
        r"missing      C1, 2026-09-28 12:00:20.\d* \+08:00 to 2026-09-28 12:00:40.000 \+08:00", done.stdout
    )
    assert re.search(r"ledger       its making is entry \d+ of", done.stdout)
    assert "note" not in done.stdout


def test_a_key_that_was_not_compared_is_said(package: Path) -> None:
    assert "note         compare the key with the one that the receipt prints" in run(package).stdout


def wrong(folder: Path, *more: str) -> list[tuple[str, int]]:
    """(file, MiB) of each problem."""
    done = run(folder, "--json", *more)
    assert done.returncode in (0, 1), done.stderr
    report = json.loads(done.stdout)
    assert report["good"] == (done.returncode == 0) == (not report["problems"])
    return [(each["file"], each["piece"]) for each in report["problems"]]


def test_AT_57_one_flipped_bit_in_any_file_is_found_and_said_where(copied: Path) -> None:
    drawn = random.Random(57)
    names = sorted(str(path.relative_to(copied)) for path in copied.rglob("*") if path.is_file())
    assert set(names) > PAPERS
    for name in names:
        path = copied / name
        good = path.read_bytes()
        for at in {0, len(good) - 1, *(drawn.randrange(len(good)) for _ in range(2 if len(good) < 1 << 20 else 4))}:
            bad = bytearray(good)
            bad[at] ^= 1 << drawn.randrange(8)
            path.write_bytes(bad)
            piece = 0 if name in PAPERS else (at >> 20) + 1
            assert wrong(copied) == [(name, piece)], f"{name} at byte {at}"
        path.write_bytes(good)
    assert wrong(copied) == []


def test_AT_57_each_bit_of_each_paper_counts(tmp_path: Path, long_run: bool) -> None:
    """No form of a paper but the one that was written is taken: not base64 with other spare bits, nor JSON that reads
    the same. Of the long papers one bit in each byte, unless the run is a long one."""
    office = PackageOffice()
    office.record_film(film(1), NOON_NS)
    office.folder(office.view(NOON_NS, NOON_NS + SECOND_NS), tmp_path)
    drawn = random.Random(571)
    for name in sorted(PAPERS):
        path = tmp_path / name
        good = path.read_bytes()
        for at in range(len(good)):
            for bit in range(8) if long_run or len(good) < 200 else (drawn.randrange(8),):
                path.write_bytes(good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1 :])
                found = [each.file for each in verify_copy.verify(str(tmp_path), check_by_cryptography).problems]
                assert found == [name], f"{name}, bit {bit} of byte {at}"
        path.write_bytes(good)


def test_every_file_that_is_missing_is_named(copied: Path) -> None:
    for name in sorted(str(path.relative_to(copied)) for path in copied.rglob("*") if path.is_file()):
        kept = copied.parent / "kept"
        (copied / name).rename(kept)
        assert (name, 0) in wrong(copied)
        kept.rename(copied / name)


def test_a_file_that_was_cut_off_has_its_wrong_mib_named(copied: Path) -> None:
    path = max(copied.rglob("*.mp4"), key=lambda each: each.stat().st_size)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(size - 100)
    assert wrong(copied) == [(f"media/{path.name}", 0), (f"media/{path.name}", -(-size // (1 << 20)))]


def test_a_file_that_is_not_of_the_copy_is_told_and_harms_nothing(copied: Path) -> None:
    (copied / "media" / "notes.txt").write_text("x")
    done = run(copied)
    assert done.returncode == 0
    assert "note         media/notes.txt is not of this copy" in done.stdout


def resigned(folder: Path, key: Ed25519PrivateKey) -> None:
    """As somebody would who has no key of the recorder: everything that can be signed, signed by another."""
    for name in ("manifest.json", "SHA256SUMS"):
        (folder / f"{name}.sig").write_bytes(key.sign((folder / name).read_bytes()))
    (folder / "recorder-key.pem").write_bytes(public_pem(key.public_key()))


STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def test_a_foreign_key_is_found(copied: Path) -> None:
    resigned(copied, STRANGER)
    assert ("recorder-key.pem", 0) in wrong(copied, "--fingerprint", MINE)
    assert ("ledger-proof.json", 0) in wrong(copied), "the ledger's head is of the recorder"


def test_a_forgery_that_agrees_with_itself_has_another_fingerprint(tmp_path: Path) -> None:
    """Whoever makes all of it anew, ledger included, cannot make the key that the receipt names."""
    from tests.services import packages

    office = PackageOffice()
    office.record_film(film(4), NOON_NS)
    forged = tmp_path / "forged"
    mine, packages.SIGNING = packages.SIGNING, STRANGER  # type: ignore[attr-defined, misc]
    try:
        office.folder(office.view(NOON_NS, NOON_NS + 4 * SECOND_NS), forged)
    finally:
        packages.SIGNING = mine  # type: ignore[attr-defined, misc]
    assert ("recorder-key.pem", 0) in wrong(forged, "--fingerprint", MINE)


def rewritten(folder: Path, change: Callable[[dict[str, object]], None]) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    change(manifest)
    (folder / "manifest.json").write_text(
        json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    )


@pytest.mark.parametrize("name", ["../etc/passwd", "/etc/passwd", "media//a", "media\\..\\a", ""])
def test_a_manifest_that_names_a_place_outside_is_not_followed(copied: Path, name: str) -> None:
    rewritten(copied, lambda manifest: manifest["files"][0].update(name=name))  # type: ignore[index]
    done = run(copied)
    assert done.returncode == 1
    assert "WRONG        manifest.json: it was altered" in done.stdout
    assert "passwd" not in done.stdout


def test_with_an_altered_manifest_the_files_are_held_against_the_signed_list(copied: Path) -> None:
    rewritten(copied, lambda manifest: manifest.update(copy="x"))
    assert wrong(copied) == [("manifest.json", 0)]
    path = max(copied.rglob("*.mp4"), key=lambda each: each.stat().st_size)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert wrong(copied) == [("manifest.json", 0), (f"media/{path.name}", 0)]


def test_a_proof_of_another_entry_is_refused(copied: Path) -> None:
    proof = json.loads((copied / "ledger-proof.json").read_bytes())
    proof["entry"] = proof["entry"].replace("copy.made", "copy.gone")
    (copied / "ledger-proof.json").write_text(json.dumps(proof))
    assert wrong(copied) == [("ledger-proof.json", 0)]


def test_what_is_no_folder_is_wrong_use(tmp_path: Path) -> None:
    done = run(tmp_path / "none")
    assert (done.returncode, "unpack the archive first" in done.stderr) == (2, True)


@pytest.mark.archives
def test_what_lies_beside_the_archive_is_verified_too(tmp_path: Path) -> None:
    """The verifiers themselves and the page for the reader: one flipped bit in any of them is found, and which."""
    office, drawn = PackageOffice(), random.Random(58)
    office.record_film(film(4), NOON_NS)
    beside = (*verifiers(), ("說明.pdf", b"%PDF-1.7 for the reader"))
    packed, data = office.package(office.view(NOON_NS, NOON_NS + 4 * SECOND_NS), beside)
    stick, folder = tmp_path / "stick", tmp_path / "out"
    stick.mkdir()
    for name, content in beside:
        (stick / name).write_bytes(content)
    (stick / "複本.zip").write_bytes(data)
    unpack(stick / "複本.zip", packed.passphrase, folder)
    assert wrong(folder, "--beside", str(stick)) == []
    for name, content in beside:
        for at in {0, len(content) - 1, drawn.randrange(len(content))}:
            bad = bytearray(content)
            bad[at] ^= 1 << drawn.randrange(8)
            (stick / name).write_bytes(bad)
            assert wrong(folder, "--beside", str(stick)) == [(name, 0)], f"{name} at byte {at}"
        (stick / name).unlink()
        assert wrong(folder, "--beside", str(stick)) == [(name, 0)]
        (stick / name).write_bytes(content)


def test_the_command_says_the_same_as_the_script(copied: Path) -> None:
    for more in ([], ["--fingerprint", MINE]):
        done = CliRunner().invoke(main, ["copy", "verify", str(copied), *more])
        assert (done.exit_code, done.stdout) == (0, run(copied, *more).stdout)
    (copied / "SHA256SUMS").unlink()
    done = CliRunner().invoke(main, ["copy", "verify", str(copied), "--json"])
    assert (done.exit_code, done.stdout) == (1, run(copied, "--json").stdout)
