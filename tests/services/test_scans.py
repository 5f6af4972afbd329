"""Scans of signed papers in the keeper's own records: sealed, entered, struck and never silently gone, and destroyed by
key when their term is over."""

from __future__ import annotations

import hashlib

import pytest

from appliance.core.errors import Damaged, NotFound, NotWritable, Refused, Unavailable, UsageError
from appliance.rules.scans import MAX_SCAN_BYTES
from appliance.services.scans.file import ScanWriter, check_sealed, read_sealed
from appliance.services.scans.record import Paper
from appliance.services.scans.uploads import MOST_OPEN, SILENT_NS, WHOLE_NS, Uploads
from tests.faults.memory_fs import MemoryFs
from tests.services.scancases import BOTH, FORM, LIN, SCANS, ScanOffice, scan_disk
from tests.vault.ringcases import MovingClock, drawn

SECOND_NS = 1_000_000_000


@pytest.fixture
def office() -> ScanOffice:
    return ScanOffice(scan_disk())


# --- one sealed file ---


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 400_000])
def test_a_file_reads_back_as_it_came_at_every_border_of_its_blocks(size: int) -> None:
    fs, data = MemoryFs("/d"), drawn(size)(size)
    writer = ScanWriter(fs, "/d/f", bytes(32), "id")
    for at in range(0, size, 7_000):
        writer.add(data[at : at + 7_000])
    sealed = writer.finish()
    lies = fs.files()["/d/f"]
    assert sealed == (size, hashlib.sha256(data).hexdigest(), len(lies), hashlib.sha256(lies).hexdigest())
    assert b"".join(read_sealed(fs, "/d/f", len(lies), bytes(32), "id")) == data
    assert check_sealed(fs, "/d/f", len(lies), sealed.sealed_sha256) == ""
    assert size < 16 or data[:16] not in lies, "it lies there in clear"


def test_a_file_that_was_cut_moved_or_altered_opens_nowhere() -> None:
    fs = MemoryFs("/d")
    writer = ScanWriter(fs, "/d/f", bytes(32), "id")
    writer.add(bytes(200_000))
    size = writer.finish().sealed_bytes
    lies = fs.files()["/d/f"]
    step = (64 << 10) + 16
    for name, changed in {
        "cut at a block": lies[: 8 + step * 2],
        "two blocks changed places": lies[:8]
        + lies[8 + step : 8 + 2 * step]
        + lies[8 : 8 + step]
        + lies[8 + 2 * step :],
        "one bit": lies[:5000] + bytes([lies[5000] ^ 1]) + lies[5001:],
    }.items():
        fs.put("/d/g", changed)
        with pytest.raises(Damaged, match="does not open"):
            list(read_sealed(fs, "/d/g", len(changed), bytes(32), "id"))
        assert name
    for key, file_id in ((bytes(31) + b"\1", "id"), (bytes(32), "other")):
        with pytest.raises(Damaged):
            list(read_sealed(fs, "/d/f", size, key, file_id))


# --- taking in ---


def test_AT_38_a_scan_belongs_to_its_case_and_its_entry_says_what_was_stored(office: ScanOffice) -> None:
    data = b"scan" * 30_000
    scan = office.take(data)
    entry = office.ledger.entry(scan.index)
    (sealed_file,) = office.files().values()
    assert scan.number == "S115-0001"
    assert {name: entry.fields[name] for name in ("of", "paper", "type", "pages", "bytes", "sha256")} == {
        "of": "case/115-0001",
        "paper": "form",
        "type": "pdf",
        "pages": 2,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    assert entry.fields["sealed_sha256"] == hashlib.sha256(sealed_file).hexdigest()
    assert not {"name", "key", "by"} & set(entry.fields), "what was typed and who did it are sealed"
    assert (scan.taken_by, scan.taken_ns, scan.name) == ("lin", entry.at_ns, "附件2.pdf")
    assert office.read(scan.number) == data
    assert list(office.files()) == [f"{scan.file_id}.scan"]


def test_a_person_s_paper_names_nobody_in_the_ledger(office: ScanOffice) -> None:
    scan = office.take(paper=Paper(of="person/chen", kind="appointment", name=""))
    assert office.ledger.entry(scan.index).fields["of"] == "person"
    assert [each.number for each in office.book.of("person/chen")] == [scan.number]
    assert ScanOffice(office.fs).book.of("person/chen") == [scan]


def test_a_form_that_is_sent_twice_takes_in_one_scan(office: ScanOffice) -> None:
    first = office.take(act="same")
    assert office.take(act="same") == first
    assert len(office.files()) == 1
    with pytest.raises(UsageError, match="sent before for something else"):
        office.take(b"another", act="same")
    assert len(office.files()) == 1


def test_the_same_file_twice_is_refused_unless_the_first_was_struck_or_belongs_elsewhere(office: ScanOffice) -> None:
    first = office.take()
    with pytest.raises(UsageError, match=f"here already as {first.number}"):
        office.take(act="b")
    office.take(act="c", paper=Paper(of="hold/H115-0001", kind="letter", name=""))
    office.book.strike("d", LIN, first.number, reason="別案")
    office.take(act="e")
    assert len(office.files()) == 3


@pytest.mark.parametrize(
    ("paper", "error", "words"),
    [
        (Paper(of="case/1", kind="pledge", name=""), UsageError, "no paper of kind"),
        (Paper(of="case/1", kind="form", name="../../etc/passwd"), UsageError, "path or control"),
        (Paper(of="case/1", kind="form", name="a\\b.pdf"), UsageError, "path or control"),
        (Paper(of="case/1", kind="form", name="a\0.pdf"), UsageError, "path or control"),
        (Paper(of="case/1", kind="form", name="a\u202efdp.exe"), UsageError, "path or control"),
        (Paper(of="case/1", kind="form", name=".."), UsageError, "path or control"),
        (Paper(of="case/1", kind="form", name="scan.pdf.exe"), UsageError, r"ends in \.exe"),
        (Paper(of="case/1", kind="form", name="x" * 201), UsageError, "201 characters"),
        (Paper(of="case/1", kind="form", name="", note="\x07"), UsageError, "control characters"),
        (Paper(of="camera/1-01", kind="form", name=""), UsageError, "no paper of kind"),
        (Paper(of="station/1-01", kind="form", name=""), NotFound, "papers cannot belong to"),
        (Paper(of="case/", kind="form", name=""), NotFound, "papers cannot belong to"),
    ],
    ids=lambda value: getattr(value, "name", "")[:12] or None,
)
def test_what_no_paper_may_be_called_is_refused_and_nothing_is_left(
    office: ScanOffice, paper: Paper, error: type[Exception], words: str
) -> None:
    size = office.ledger.size
    with pytest.raises(error, match=words):
        office.take(paper=paper)
    assert office.files() == {}
    assert office.ledger.size == size


# --- striking, using, destroying ---


def test_D_18_a_wrong_scan_is_struck_by_a_further_entry_and_stays(office: ScanOffice) -> None:
    scan = office.take()
    with pytest.raises(UsageError, match="reason is missing"):
        office.book.strike("x", LIN, scan.number, reason=" ")
    struck = office.book.strike("x", LIN, scan.number, reason="掃錯案件")
    assert office.book.strike("x", LIN, scan.number, reason="掃錯案件") == struck
    with pytest.raises(Refused, match="struck already"):
        office.book.strike("y", LIN, scan.number, reason="again")
    assert (struck.struck_reason, struck.struck_display) == ("掃錯案件", "林小明")
    assert office.read(scan.number)
    assert [entry.kind for entry in office.ledger.acts()] == ["scan.taken", "scan.struck"]
    assert ScanOffice(office.fs).book.get(scan.number) == struck


def test_looking_is_entered_once_a_log_in_and_a_file_each_time_it_goes_out(office: ScanOffice) -> None:
    number = office.take().number
    for _ in range(3):
        office.book.used(LIN, number, what="pages", once="lin here")
        office.book.used(LIN, number, what="original")
    entered = [entry.fields["what"] for entry in office.ledger.acts() if entry.kind == "scan.used"]
    assert sorted(entered) == ["original"] * 3 + ["pages"]


def test_destroyed_its_key_and_file_are_gone_and_the_entry_stays(office: ScanOffice) -> None:
    scan, other = office.take(), office.take(b"other", act="b")
    sealed_file = office.files()[f"{scan.file_id}.scan"]
    key = str((office.acts.sealed(scan.index) or {})["key"])
    words = {"reason": "逾保存年限，經核准", "document": "萬戶行字第1200001號"}
    gone = office.book.destroy("end", BOTH, scan.number, **words)
    assert office.book.destroy("end", BOTH, scan.number, **words) == gone, "sent twice it is done once"
    with pytest.raises(Refused, match="destroyed already"):
        office.book.destroy("again", BOTH, scan.number, **words)
    assert (gone.destroyed_display, gone.destroyed_approver, gone.destroyed_document) == (
        LIN.display,
        BOTH.approver.display,
        words["document"],
    )
    with pytest.raises(NotFound, match="was destroyed"):
        office.read(scan.number)
    assert list(office.files()) == [f"{other.file_id}.scan"]
    assert office.book.wrong(gone) == ""
    assert not any(key.encode() in data for data in office.fs.files().values())
    again = ScanOffice(office.fs, seed=2)
    assert again.book.get(scan.number) == gone
    assert again.ledger.entry(scan.index).fields["sealed_sha256"] == hashlib.sha256(sealed_file).hexdigest()
    again.fs.put(f"{SCANS}/{scan.file_id}.scan", sealed_file)  # a backup of the files brings the bytes back
    with pytest.raises(NotFound, match="was destroyed"):
        list(ScanOffice(again.fs, seed=3).book.open(scan.number))
    assert ScanOffice(again.fs, seed=4).read(other.number) == b"other"


# --- what is found ---


def test_the_list_is_made_anew_from_the_ledger_alone(office: ScanOffice) -> None:
    for number in range(3):
        office.take(b"%d" % number, act=str(number))
    office.book.strike("x", LIN, "S115-0002", reason="誤")
    again = ScanOffice(office.fs).book
    assert again.all() == office.book.all()
    assert [scan.number for scan in again.of("case/115-0001")] == ["S115-0001", "S115-0002", "S115-0003"]
    assert again.strays == []


def test_a_file_that_is_missing_or_altered_is_found_and_goes_to_nobody(office: ScanOffice) -> None:
    scan = office.take()
    path = f"{SCANS}/{scan.file_id}.scan"
    whole = office.fs.files()[path]
    assert office.book.wrong(scan) == ""
    for change, found in (
        (lambda: office.fs.put(path, whole[:-1]), "altered"),
        (lambda: office.fs.put(path, whole[:99] + bytes([whole[99] ^ 1]) + whole[100:]), "altered"),
        (lambda: office.fs.unlink(path), "missing"),
    ):
        change()
        assert office.book.wrong(scan) == found
        with pytest.raises(Damaged, match=found):
            office.book.open(scan.number)
    office.fs.put(path, whole)
    assert office.read(scan.number)


def test_a_file_that_no_entry_names_is_kept_and_told_but_for_what_never_was_finished(office: ScanOffice) -> None:
    office.take()
    office.fs.put(f"{SCANS}/{'ab' * 16}.scan", b"from elsewhere")
    office.fs.put(f"{SCANS}/{'cd' * 16}.part", b"half")
    again = ScanOffice(office.fs)
    assert again.book.strays == [f"{'ab' * 16}.scan"]
    assert sorted(again.files()) == sorted([f"{'ab' * 16}.scan", f"{office.book.all()[0].file_id}.scan"])


# --- bringing it ---


def test_an_upload_is_sealed_as_it_comes_and_belongs_to_its_session(office: ScanOffice) -> None:
    name = office.uploads.begin("one", FORM, LIN.person)
    office.uploads.add("one", name, b"x" * 100_000)
    (lies,) = office.files().values()
    assert len(lies) >= 64 << 10, "it waits in memory"
    assert b"xxxxxxxx" not in lies
    for ask in (lambda: office.uploads.add("two", name, b"y"), lambda: office.uploads.finish("two", name)):
        with pytest.raises(Unavailable, match="upload is over"):
            ask()
    office.uploads.drop("two", name)
    brought = office.uploads.finish("one", name)
    assert (brought.sealed.bytes, brought.paper) == (100_000, FORM)
    with pytest.raises(Unavailable):
        office.uploads.add("one", name, b"z")


def test_an_upload_that_is_empty_or_too_large_leaves_nothing(office: ScanOffice) -> None:
    with pytest.raises(UsageError, match="0 bytes"):
        office.uploads.finish("one", office.uploads.begin("one", FORM, LIN.person))
    name = office.uploads.begin("one", FORM, LIN.person)
    for _ in range(MAX_SCAN_BYTES >> 20):
        office.uploads.add("one", name, bytes(1 << 20))
    with pytest.raises(UsageError, match="over 20 MiB"):
        office.uploads.add("one", name, b"x")
    with pytest.raises(Unavailable):
        office.uploads.finish("one", name)
    assert office.files() == {}


def test_a_slow_or_silent_client_holds_no_place_for_long(office: ScanOffice) -> None:
    names = [office.uploads.begin("one", FORM, LIN.person) for _ in range(MOST_OPEN)]
    with pytest.raises(Unavailable, match="try again in a minute"):
        office.uploads.begin("two", FORM, LIN.person)
    office.clock.go_to(office.clock.wall_ns() + SILENT_NS - SECOND_NS)
    office.uploads.add("one", names[0], b"still here")
    office.clock.go_to(office.clock.wall_ns() + 2 * SECOND_NS)
    assert office.uploads.sweep() == MOST_OPEN - 1
    assert len(office.files()) == 1
    for _ in range(WHOLE_NS // SILENT_NS):
        office.clock.go_to(office.clock.wall_ns() + SILENT_NS - SECOND_NS)
        if office.uploads.sweep():
            break
        office.uploads.add("one", names[0], b".")
    assert office.files() == {}, "a drop a minute kept it open"


def test_T_13_a_scan_takes_nothing_of_what_is_kept_for_the_ledger() -> None:
    fs, clock = MemoryFs(SCANS), MovingClock()
    uploads = Uploads(fs, SCANS, clock, drawn(1), spare_bytes=lambda: 1000)
    fs.room = MAX_SCAN_BYTES + 999
    with pytest.raises(NotWritable, match="kept for the ledger"):
        uploads.begin("one", FORM, LIN.person)
    fs.room = MAX_SCAN_BYTES + 1000
    name = uploads.begin("one", FORM, LIN.person)
    fs.room = 1099
    with pytest.raises(NotWritable, match="kept for the ledger"):
        uploads.add("one", name, bytes(100))
    assert [path for path in fs.files() if not path.endswith("/")] == []
