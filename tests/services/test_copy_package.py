"""The package of an agency's copy, held against tools that are not ours (D-08, AT-57, T-50, T-51)."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.core.errors import Broken, NotFound
from appliance.core.model import Span
from appliance.formats.copy_package.signing import fingerprint
from appliance.services.copies.package.archive import PASSPHRASE_BITS, new_passphrase
from appliance.services.copies.package.inputs import Packing
from appliance.services.copies.package.maker import Package, make_package
from tests.sandbox.films import FPS, film, numbers, read
from tests.services.packages import PackageOffice, heavy, unpack
from tests.services.test_copy_movies import probed
from tests.services.viewing import NOON_NS
from tests.vault.ringcases import SIGNING, drawn

SECOND_NS = 1_000_000_000
START_NS = NOON_NS - 10 * SECOND_NS


def at(seconds: float) -> int:
    return START_NS + round(seconds * SECOND_NS)


@pytest.fixture(scope="module")
def office() -> PackageOffice:
    """C1 recorded 30 s with sound over noon, so in two buckets, and 8 s more after a pause; C2 another codec."""
    office = PackageOffice()
    office.record_film(heavy(film(30, sound="aac")), START_NS)
    office.record_film(film(8, first=500), at(50))
    office.record_film(film(12, codec="mjpeg", sound="pcm_alaw"), at(2), camera_no="C2")
    return office


def test_AT_57_sha256sum_and_openssl_alone_verify_it(office: PackageOffice, tmp_path: Path) -> None:
    office.folder(office.view(at(4.25), at(58), "C1", "C2"), tmp_path)
    sums = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True)
    assert sums.returncode == 0, sums.stderr
    for name in ("manifest.json", "SHA256SUMS"):
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "recorder-key.pem", "-rawin", "-in", name]
        done = subprocess.run([*command, "-sigfile", f"{name}.sig"], cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "Signature Verified Successfully\n")
    listed = {line.split("  ")[1] for line in (tmp_path / "SHA256SUMS").read_text().splitlines()}
    unlisted = {"SHA256SUMS", "SHA256SUMS.sig", "manifest.json.sig", "recorder-key.pem", "ledger-proof.json"}
    there = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert there == listed | unlisted


def test_the_fingerprint_is_what_openssl_and_sha256sum_say(office: PackageOffice, tmp_path: Path) -> None:
    manifest = office.folder(office.view(at(4), at(6)), tmp_path)
    command = "openssl pkey -pubin -in recorder-key.pem -outform DER | sha256sum"
    said = subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert said.split()[0] == manifest.recorder.fingerprint.replace(" ", "")
    assert manifest.recorder.fingerprint == fingerprint(SIGNING.public_key())


def test_each_mib_is_hashed_as_split_cuts_it(office: PackageOffice, tmp_path: Path) -> None:
    manifest = office.folder(office.view(at(4), at(30), "C1", "C2"), tmp_path)
    assert max(len(file.pieces) for file in manifest.files) > 1, "one is longer than a MiB"
    for file in manifest.files:
        command = ["split", "-b", "1M", "--filter=sha256sum", tmp_path / file.name]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert tuple(line.split()[0] for line in said.splitlines()) == file.pieces
        assert file.bytes == (tmp_path / file.name).stat().st_size


def test_every_file_decodes_to_the_manifest_s_pictures_and_nothing_lies_outside(
    office: PackageOffice, tmp_path: Path
) -> None:
    manifest = office.folder(office.view(at(4.25), at(57.77), "C1", "C2"), tmp_path)
    originals = [file for file in manifest.files if file.kind == "original"]
    assert [(file.camera_no, file.container) for file in originals] == [("C1", "mp4"), ("C1", "mp4"), ("C2", "mov")]
    seen: dict[str, list[int]] = {}
    for file in originals:
        (video,) = (each for each in file.tracks if each.kind == "video")
        streams = probed(tmp_path / file.name)["streams"]
        assert int(next(each for each in streams if each["codec_type"] == "video")["nb_read_frames"]) == video.samples
        shown = read((tmp_path / file.name).read_bytes())
        seen.setdefault(file.camera_no, []).extend(numbers(shown.pictures))
        assert at(4.25) <= file.shows.start.ns < file.shows.end.ns <= at(57.77)
        begins_ns = file.shows.start.ns
        if file.camera_no == "C1" and begins_ns < at(40):
            for seconds, number in shown.pictures:
                assert begins_ns + seconds * SECOND_NS == pytest.approx(at(number / FPS), abs=1_000_000)
    assert seen["C1"] == [*range(50, 300), *range(500, 578)], (
        "from the first key frame inside to the last picture inside"
    )
    assert seen["C2"] == [*range(23, 120)], "every picture of MJPEG is a key frame"


def test_T_51_the_manifest_says_recorder_camera_times_offset_sources_and_what_is_missing(
    office: PackageOffice, tmp_path: Path
) -> None:
    office.folder(office.view(at(4.25), at(57.77), "C1"), tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert manifest["recorder"]["appliance_id"] == "a1" * 16
    assert manifest["recorder"]["version"] == "0.1.0"
    assert manifest["made"]["role"] == "承辦人"
    assert manifest["made"]["verified_on"] == "複本交付簽收單"
    (camera,) = manifest["cameras"]
    assert (camera["camera_no"], camera["name"], camera["clock_ahead_ns"]) == ("C1", "大門", -1_500_000_000)
    (asked,) = manifest["asked"]
    assert asked["approved"]["start"] == {
        "ns": at(4.25), "utc": "2026-09-28T03:59:54.250Z", "local": "2026-09-28 11:59:54.250 +08:00"
    }  # fmt: skip
    first = manifest["files"][0]
    sources = [(source["bucket"], source["number"]) for source in first["sources"]]
    assert len(sources) == len(set(sources)) == 2, "over noon, so from two buckets"
    for source in first["sources"]:
        assert source["sha256"] == hashlib.sha256(sealed(office, source["bucket"], source["number"])).hexdigest()
        assert source["manifest_sha256"] == office.bucket_manifest(source["bucket"])
    missing = [
        (each["minutes"]["start"]["ns"], each["minutes"]["end"]["ns"], each["cause"]) for each in manifest["missing"]
    ]
    assert [cause for _, _, cause in missing] == ["before-key", "unknown"]
    assert missing[0][:2] == (at(4.25), at(5))
    assert "可獨立解碼之畫面" in manifest["missing"][0]["words"]
    assert missing[1] == (pytest.approx(at(30), abs=SECOND_NS), at(50), "unknown")


def sealed(office: PackageOffice, bucket: str, number: int) -> bytes:
    return office.ring.shelves.read_at(bucket, number, 0, office.ring.shelves.size(bucket, number))


def test_the_canonical_manifest_is_one_line_with_its_names_in_order(office: PackageOffice, tmp_path: Path) -> None:
    office.folder(office.view(at(4), at(6)), tmp_path)
    data = (tmp_path / "manifest.json").read_bytes()
    again = json.dumps(json.loads(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert data == again.encode()
    assert b"\n" not in data


def test_nothing_is_opened_before_its_minutes_are_released(office: PackageOffice) -> None:
    cameras = office.footage_of(office.view(at(4), at(6), "C1", "C2"))
    opened: list[bytes] = []

    def refuse(span: Span) -> None:
        raise NotFound(f"the ledger takes no entry for {span}")

    refused = [each._replace(release=refuse) for each in cameras]
    with pytest.raises(NotFound):
        make_package(office.facts(), refused, SIGNING, office.enter, opened.append, Packing(), drawn("x"))
    assert not opened, "not a byte went out"


@pytest.mark.archives
def test_seven_zip_opens_it_with_the_passphrase_alone(office: PackageOffice, tmp_path: Path) -> None:
    packed, data = office.package(office.view(at(4.25), at(57.77), "C1", "C2"))
    path = tmp_path / "複本.zip"
    path.write_bytes(data)
    assert (packed.archive_bytes, packed.archive_sha256) == (len(data), hashlib.sha256(data).hexdigest())
    listed = subprocess.run(["7z", "l", "-slt", path], check=True, capture_output=True, text=True).stdout
    methods = {line for line in listed.splitlines() if line.startswith("Method = ")}
    assert methods == {"Method = AES-256 Deflate"}
    subprocess.run(["7z", "t", f"-p{packed.passphrase}", path], check=True, capture_output=True)
    wrong = subprocess.run(["7z", "t", "-pAAAA-AAAA-AAAA-AAAA-AAAA-AAAA", path], capture_output=True, text=True)
    assert wrong.returncode != 0
    unpack(path, packed.passphrase, tmp_path / "out")
    for file in packed.manifest.files:
        assert hashlib.sha256((tmp_path / "out" / file.name).read_bytes()).hexdigest() == file.sha256
    assert not [name for name in data.split(b"PK") if b"ftyp" in name], "no media in the clear"


def test_the_passphrase_has_its_entropy_and_is_read_without_doubt() -> None:
    assert PASSPHRASE_BITS == 120
    drawn_ones = {new_passphrase(drawn(number)) for number in range(200)}
    assert len(drawn_ones) == 200
    signs = {sign for each in drawn_ones for sign in each}
    assert len(signs) == 33, "32 signs, each of which comes, and the hyphen"
    assert not signs & set("IO01")


def test_a_copy_that_is_stopped_ends_at_once_and_enters_nothing(office: PackageOffice) -> None:
    grant = office.view(at(4), at(30))
    packing, pieces = Packing(), list[bytes]()
    cameras = office.footage_of(grant)
    inner = cameras[0].footage.fragment
    turns: list[int] = []

    def fragment(place: object) -> object:
        turns.append(1)
        if len(turns) == 5:
            packing.cancelled = True
        return inner(place)  # type: ignore[arg-type]

    cameras[0].footage.fragment = fragment  # type: ignore[method-assign, assignment]
    size = office.ledger.size
    with pytest.raises(NotFound):
        make_package(office.facts(), cameras, SIGNING, office.enter, pieces.append, packing, drawn("x"))
    assert len(turns) == 5
    assert office.ledger.size == size
    assert 0 < packing.done_ns < packing.whole_ns


def test_an_hour_s_border_begins_another_file_and_loses_nothing(office: PackageOffice, tmp_path: Path) -> None:
    manifest = office.folder(office.view(at(4), at(30)), tmp_path, longest_ns=7 * SECOND_NS)
    originals = [file for file in manifest.files if file.kind == "original"]
    assert len(originals) == 4
    assert [number for file in originals for number in numbers(read((tmp_path / file.name).read_bytes()).pictures)] == [
        *range(40, 300)
    ]
    whole = office.folder(office.view(at(4), at(30)), tmp_path / "whole")
    sound = [sum(track.samples for file in made.files for track in file.tracks if track.kind == "audio")
             for made in (manifest, whole)]  # fmt: skip
    assert sound[0] == sound[1]


def test_adjoining_minutes_are_read_as_one(office: PackageOffice, tmp_path: Path) -> None:
    grant = office.view(at(4), at(8))
    cameras = [each._replace(spans=(Span(at(4), at(6.5)), Span(at(6.5), at(8)))) for each in office.footage_of(grant)]
    pieces: list[bytes] = []
    packed = make_package(office.facts(), cameras, SIGNING, office.enter, pieces.append, Packing(), drawn("x"))
    assert [file.kind for file in packed.manifest.files] == ["original", "captions"]
    assert len(packed.manifest.asked) == 2
    assert not packed.manifest.missing


def test_what_does_not_open_ends_its_file_and_is_said(tmp_path: Path) -> None:
    office = PackageOffice()
    office.record_film(film(20), NOON_NS)
    (stretch,) = office.ring.find("C1", Span(NOON_NS, NOON_NS + 20 * SECOND_NS))
    path = office.shelves.ring_path(stretch.bucket_id, 0)
    office.fs.flip(path, office.fs.size(path) * 4)
    manifest = office.folder(office.view(NOON_NS, NOON_NS + 20 * SECOND_NS), tmp_path)
    first, second = (file for file in manifest.files if file.kind == "original")
    (missing,) = manifest.missing
    assert (missing.cause, missing.words) == ("damaged", "檔案毀損")
    assert missing.minutes.start.ns == pytest.approx(first.shows.end.ns, abs=SECOND_NS // 2)
    assert missing.minutes.end.ns == second.shows.start.ns
    shown = [numbers(read((tmp_path / file.name).read_bytes()).pictures) for file in (first, second)]
    assert shown[0] == list(range(len(shown[0])))
    assert shown[1] == list(range(200 - len(shown[1]), 200))
    assert shown[1][0] % 10 == 0, "from the next key frame on"
    assert office.damage


def test_the_keeper_s_side_imports_nothing_that_decodes() -> None:
    look = "import sys; print(sorted({'av', 'cv2', 'numpy', 'PIL', 'weasyprint'} & set(sys.modules)))"
    imports = "import appliance.services.copies.package.maker, appliance.formats.copy_package.verifiers; "
    done = subprocess.run([sys.executable, "-c", imports + look], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_another_entry_than_this_manifest_s_ends_the_making(office: PackageOffice) -> None:
    cameras = office.footage_of(office.view(at(4), at(6)))
    with pytest.raises(Broken, match="not the hash of its manifest"):
        make_package(
            office.facts(), cameras, SIGNING, lambda made, _: office.enter(made, "0" * 64), len, Packing(), drawn("x")
        )


@pytest.mark.archives
def test_one_flipped_bit_of_the_archive_is_found_by_seven_zip_or_its_hash(
    office: PackageOffice, tmp_path: Path
) -> None:
    """Within a member 7-Zip says which; elsewhere the receipt's hash tells."""
    packed, data = office.package(office.view(at(4), at(30), "C1"))
    path, drawn_at = tmp_path / "a.zip", random.Random(7)
    (movie, *_) = packed.manifest.files
    begins = data.index(movie.name.encode()) + len(movie.name) + 100
    for place in [begins + drawn_at.randrange(movie.bytes - 200) for _ in range(4)]:
        bad = bytearray(data)
        bad[place] ^= 1 << drawn_at.randrange(8)
        path.write_bytes(bad)
        done = subprocess.run(["7z", "t", f"-p{packed.passphrase}", path], capture_output=True, text=True)
        assert done.returncode != 0
        assert movie.name in done.stdout + done.stderr
        assert hashlib.sha256(bad).hexdigest() != packed.archive_sha256


def test_whoever_takes_the_blocks_sets_the_pace_and_has_the_rest_only_at_their_end(office: PackageOffice) -> None:
    """A medium takes what it can: nothing is opened ahead of it, and nothing is entered before all media are in."""
    package = Package(
        office.facts(), office.footage_of(office.view(at(4), at(30))), SIGNING, office.enter, Packing(), drawn("blocks")
    )
    size, blocks = office.ledger.size, package.blocks()
    first = next(blocks)
    assert office.ledger.size == size
    with pytest.raises(Broken, match="not whole"):
        _ = package.packed
    rest = b"".join(blocks)
    assert office.ledger.size > size
    assert package.packed.archive_sha256 == hashlib.sha256(first + rest).hexdigest()
    assert package.packed.archive_bytes == len(first) + len(rest)
