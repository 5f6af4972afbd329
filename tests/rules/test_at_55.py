"""AT-55 from udev's call to the ledger: a USB stick at a viewing station is refused, and the keeper hears of it, over
real TLS with the station's own scripts. That the kernel mounts nothing is the station's system's and not tried here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.box import OFFICER
from tests.rules.test_at_47 import BOTH, Office, office
from tests.stationpc import StationPc

__all__ = ["office"]


class Station(StationPc):
    """Registered, with its certificate; ``number`` in the register."""

    def __init__(self, office: Office, root: Path) -> None:
        super().__init__(root, f"localhost:{office.box.station_port}", office.site.authority)
        request = self.script("office-recorder-station", "request").stdout
        asked = {"request": request, "key": office.ask("stations.read", request=request)["key"], "place": "一樓"}
        told = office.ask("stations.enrol", act=os.urandom(16).hex(), passwords=BOTH, **asked)
        self.number = int(told["number"])
        rows = {row["number"]: row for row in office.ask("stations")["stations"]}
        self.write("issued.crt", rows[self.number]["certificate"])
        assert self.script("office-recorder-station", "accept", root / "issued.crt").returncode == 0
        self.be_well()

    @property
    def files(self) -> tuple[Path, Path]:
        return self.etc / "station.crt", self.etc / "station.key"

    def refuse_stick(self) -> None:
        """As udev calls it."""
        assert self.script("usb-refused", "1-2:1.0", "08", "0951", "1666").returncode == 0

    def waiting(self) -> int:
        return len(list(self.usb.iterdir()))


@pytest.fixture
def station(office: Office, tmp_path: Path) -> Station:
    return Station(office, tmp_path)


def told_of(office: Office, station: Station, kind: str = "station.usb") -> list[dict[str, object]]:
    return [dict(each) for each in office.entries(kind) if each["station"] == station.number]


def test_AT_55_a_stick_during_a_viewing_is_an_entry_that_names_the_viewing(office: Office, station: Station) -> None:
    case, visitor = office.viewing(), office.at(station.files)
    opened = visitor.post(f"/cases/{case}/view", {"seat": "1", "password": OFFICER.password}).goes_to
    station.refuse_stick()
    done = station.script("report")
    assert done.returncode == 0, done.stderr
    found = [(each["class"], each["device"], each["grants"]) for each in told_of(office, station)]
    assert found == [("08", "0951:1666", [opened.rpartition("/")[2]])]
    assert station.waiting() == 0
    visitor.post(f"{opened}/end", {})


def test_AT_55_a_refusal_waits_until_it_was_heard_and_is_entered_once(office: Office, station: Station) -> None:
    station.refuse_stick()
    conf = station.etc / "station.conf"
    there = conf.read_text(encoding="ascii")
    conf.write_text("ORIGIN=https://localhost:1\n", encoding="ascii")
    assert station.script("report").returncode != 0
    assert station.waiting() == 1
    conf.write_text(there, encoding="ascii")
    kept = {file.name: file.read_bytes() for file in station.usb.iterdir()}
    assert station.script("report").returncode == 0
    for name, text in kept.items():  # the answer was lost: it tells the same again
        (station.usb / name).write_bytes(text)
    assert station.script("report").returncode == 0
    assert len(told_of(office, station)) == 1
    assert station.waiting() == 0


def test_a_station_is_ready_while_its_self_check_finds_nothing(office: Office, station: Station) -> None:
    def page() -> str:
        text = office.at().get("/stations").text
        return text[text.index(f'id="station-{station.number}"') :].partition("</section>")[0]

    assert "尚無回報" in page()
    assert station.script("report").returncode == 0
    assert "閱覽站就緒" in page()
    assert told_of(office, station, "station.checked") == []
    station.write("proc/sys/kernel/sysrq", "1\n")
    for _ in range(2):
        assert station.script("report").returncode == 0
    assert "未就緒" in page()
    assert "SysRq" in page()
    assert [each["wrong"] for each in told_of(office, station, "station.checked")] == [["console"]]


def test_what_is_no_station_in_use_reports_nothing(office: Office, station: Station) -> None:
    office.revoke(station.number)
    station.refuse_stick()
    assert station.script("report").returncode != 0
    assert told_of(office, station) == []
    assert station.waiting() == 1
    elsewhere = office.at().post("/stations/report", {"usb": "1 08 0951:1666"})
    assert elsewhere.status == 403


@pytest.mark.parametrize(
    "form", [{"wrong": "everything"}, {"usb": "x 08 0951:1666"}, {"usb": "1 03 0951:1666"}, {"usb": "1 08 stick"},
             {"wrong": ["swap", "swap"]}, {"usb": [f"{at} 08 0951:1666" for at in range(51)]}]
)  # fmt: skip
def test_what_no_station_reports_is_refused(office: Office, station: Station, form: dict[str, object]) -> None:
    assert office.at(station.files).post("/stations/report", form).status == 400
    assert told_of(office, station) == []


def test_a_station_fills_no_ledger(office: Office, station: Station) -> None:
    visitor = office.at(station.files)
    for first in (0, 50):
        form = {"usb": [f"{at} 08 0951:1666" for at in range(first, first + 50)]}
        status = visitor.post("/stations/report", form).status
        assert status == (200 if first == 0 else 503)
    assert len(told_of(office, station)) == 60
