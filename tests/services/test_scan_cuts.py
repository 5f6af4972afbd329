"""Scans are taken in, struck and destroyed: cut at every step, and an error at every step. What was answered stands and
opens; of what was not, nothing is left half; what was destroyed opens for nobody."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest

from appliance.core.errors import NotFound
from appliance.services.scans import file as scanfile_module
from appliance.services.scans import scans as scans_module
from tests.faults.lives import CHECKS, BookLife
from tests.faults.memory_fs import KILLED, MODES, MemoryFs, every_cut
from tests.faults.mutants import caught_by, changed_module
from tests.services.scancases import BOTH, FORM, LIN, ScanOffice, scan_disk
from tests.vault.ringcases import drawn

BYTES = {act: drawn(act)(size) for act, size in (("first", 70_000), ("second", 10), ("third", 65_536))}


class Papers(BookLife):
    """Three scans of one case: one stays, one is struck, one destroyed."""

    outlives_errors = True

    def __init__(self, scans: types.ModuleType = scans_module, file: types.ModuleType = scanfile_module) -> None:
        self._scans, self._file = scans, file

    def open(self, fs: Any, seed: object) -> ScanOffice:
        return ScanOffice(fs, seed=seed, scans=self._scans, file=self._file)

    def start(self) -> MemoryFs:
        return scan_disk()

    def __call__(self, fs: MemoryFs, said: list[Any]) -> None:
        office = self.open(fs, "a")
        for act, data in BYTES.items():
            said.append(("asking", act))
            said.append(("taken", act, office.take(data, act).number))
        said.append(("striking",))
        office.book.strike("strike", LIN, said[3][2], reason="掃錯")
        said.append(("struck",))
        said.append(("destroying",))
        office.book.destroy("end", BOTH, said[5][2], reason="期滿", document="簽")
        said.append(("destroyed",))

    def check(self, fs: MemoryFs, said: tuple[Any, ...] | list[Any], where: str) -> None:
        office = self.open(fs, "after")
        book = office.book
        assert not any(scan.damaged for scan in book.all()), f"{where}: an entry without its record"
        assert book.strays == [], f"{where}: a file that no entry names"
        taken = {each[1]: each[2] for each in said if each[0] == "taken"}
        asked = {each[1] for each in said if each[0] == "asking"}
        words = {each[0] for each in said}
        assert len(taken) <= len(book.all()) <= len(asked), where
        assert len({scan.number for scan in book.all()}) == len(book.all()), where
        for act, number in taken.items():
            if act == "third" and "destroying" in words:
                continue
            assert office.read(number) == BYTES[act], f"{where}: {number} does not read back"
            assert office.take(BYTES[act], act).number == number, f"{where}: asked again, another scan"
        for scan in book.all():
            assert book.wrong(scan) == "", f"{where}: {scan.number} is {book.wrong(scan)}"
        if "struck" in words:
            assert book.get(taken["second"]).struck_reason == "掃錯", f"{where}: the strike is gone"
        if "destroyed" in words:
            with pytest.raises(NotFound):
                office.read(taken["third"])
        kept = {f"{scan.file_id}.scan" for scan in book.all() if not scan.destroyed_ns}
        assert set(office.files()) == kept, f"{where}: {sorted(set(office.files()) ^ kept)}"


@pytest.mark.parametrize("check", CHECKS)
def test_inv_23_no_acknowledged_scan_is_lost_and_none_is_half_there(check: Callable[[BookLife], None]) -> None:
    check(Papers())


SCANS_MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "what was entered is not named whole": (("ScanBook._settle", "drop call _name_whole"),),
    "what never was entered stays": (("ScanBook._settle", "drop call unlink 1"),),
    "what is not named whole yet is removed": (("ScanBook._settle", "force scan True 1"),),
    "a destroyed file stays": (("ScanBook._settle", "drop call unlink 2"),),
    "the list forgets at a restart": (("ScanBook.__init__", "swap acts (lambda *_: ())"),),
    "a repeat takes it in again": (
        ("ScanBook.put", "swap repeated (lambda *_: None)"),
        (
            "ScanBook.put",
            "swap perform (lambda act_id, *given: self._acts.perform(act_id + str(len(self._clear)), *given))",
        ),
    ),
    "the first file of a repeat goes": (
        ("ScanBook.put", "swap discard (lambda _: self.discard(self.get(str(repeated.fields['scan'])).file_id))"),
    ),
}
FILE_MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "the file is not synced": (("ScanWriter.finish", "drop call sync"),),
    "its name is not synced": (("ScanWriter.finish", "drop call sync_dir"),),
    "its last block is left out": (("ScanWriter.finish", "drop call _seal"),),
}


@pytest.mark.parametrize("name", SCANS_MUTANTS)
def test_the_checks_find_scans_with(name: str) -> None:
    assert caught_by(CHECKS, Papers(scans=changed_module(scans_module, *SCANS_MUTANTS[name])))


@pytest.mark.parametrize("name", FILE_MUTANTS)
def test_the_checks_find_files_with(name: str) -> None:
    assert caught_by(CHECKS, Papers(file=changed_module(scanfile_module, *FILE_MUTANTS[name])))


def test_a_cut_while_it_is_brought_leaves_nothing() -> None:
    """No part of it was entered; the next start removes what was sealed so far."""

    def bringing(fs: MemoryFs, said: list[Any]) -> None:
        office = ScanOffice(fs)
        name = office.uploads.begin("one", FORM, LIN.person)
        office.uploads.add("one", name, bytes(100_000))
        office.uploads.finish("one", name)

    for cut in every_cut(bringing, start=scan_disk(), modes=(*MODES, KILLED)):
        office = ScanOffice(cut.fs, seed=2)
        assert (office.files(), office.book.all(), office.book.strays) == ({}, [], []), str(cut)
