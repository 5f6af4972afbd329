"""``appliance setup`` as a person meets it at the console: the first cameras, and whether the disk holds them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pyotp

from appliance.cli.first_disk import first_forecast
from appliance.core.model import Camera
from appliance.core.settings import Settings, read_settings
from appliance.storage.boot_files import read_registry
from appliance.storage.files import RealFs
from tests.cli.console import Console, at_console
from tests.cli.test_anchor import type_back

ENV = {**os.environ, "TERM": "dumb", "COLUMNS": "200"}
NOW_NS = 1_790_524_800_000_000_000


def _settings(directory: Path, camera_mbps: float = 0.001) -> Settings:
    path = directory / "appliance.toml"
    path.write_text(
        f'state = "{directory}/state"\nassume_trusted_clock = true\n[storage]\nanchor = "file"\n'
        f"[disk]\nrecords_mib = 1\ncamera_mbps = {camera_mbps}\n",
        encoding="utf-8",
    )
    return read_settings(str(path))


def _console(directory: Path) -> list[str]:
    return ["--settings", str(directory / "appliance.toml"), "setup"]


def _two_cameras(console: Console) -> None:
    console.until("Name of the office")
    console.type("萬華戶政")
    for number, sound in (("01", "y"), ("02", "")):
        console.until(f"Camera {number}.*address")
        console.type(f"rtsp://viewer:secret@192.0.2.{number}/1")
        console.until("where it hangs")
        console.type(f"大廳 {number}")
        console.until("record sound")
        console.type(sound)
    console.until("Camera 03.*address")
    console.type("")


def _of_this_disk(settings: Settings, days: float) -> float:
    """Mbit/s of each of two cameras with which this machine's disk holds so many days."""
    cameras = [Camera(camera_no=number, location="", source="av", settings={}) for number in ("01", "02")]
    found = first_forecast(RealFs(), settings, cameras, NOW_NS)
    return found.freeable_bytes * 8 / 86_400 / days / 1e6 / 2


def test_t_09_more_than_the_disk_holds_40_days_of_is_refused_before_anything_else_is_asked(tmp_path: Path) -> None:
    _settings(tmp_path, camera_mbps=_of_this_disk(_settings(tmp_path), 20))
    with at_console(_console(tmp_path), ENV) as console:
        _two_cameras(console)
        assert console.ended() == 3
        shown = " ".join(console.shown.split())
        assert re.search(r"holds (19|20)\.\d days, and 40 are needed; use a disk with [\d.]+ [TG]B more", shown), shown
    assert not (tmp_path / "state/office").exists()


def test_t_09_under_45_days_is_warned_of(tmp_path: Path) -> None:
    _settings(tmp_path, camera_mbps=_of_this_disk(_settings(tmp_path), 42.5))
    with at_console(_console(tmp_path), ENV) as console:
        _two_cameras(console)
        console.until(r"holds 4[0-4]\.\d days at")  # other tests take room meanwhile, or give it back
        console.until("That is under 45")
        console.until("account")


def test_what_is_wrong_with_an_address_is_said_and_asked_again(tmp_path: Path) -> None:
    _settings(tmp_path)
    with at_console(_console(tmp_path), ENV) as console:
        console.until("Name of the office")
        console.type("x")
        console.until("address")
        console.type("nonsense://nowhere")
        console.until("no loaded plugin takes it")
        console.until("address")


def test_what_is_wrong_with_a_person_is_said_at_once_and_asked_again(tmp_path: Path) -> None:
    _settings(tmp_path)
    with at_console(_console(tmp_path), ENV) as console:
        _two_cameras(console)
        for account, password, says in (
            ("Officer Wang", "a-very-long-password-of-somebody", "2 to 32 of a-z"),
            ("officer", "short", "shorter than 15 characters"),
        ):
            _type_person(console, account, password)
            console.until(says)
        _type_person(console, "officer", "a-very-long-password-of-somebody")
        _prove(console)
        _type_person(console, "officer", "a-very-long-password-of-another")
        console.until("account officer: is somebody else's already")
        console.until("account")
    assert not (tmp_path / "state/office").exists()


def test_an_office_without_any_camera_takes_a_second_word(tmp_path: Path) -> None:
    _settings(tmp_path)
    with at_console(_console(tmp_path), ENV) as console:
        console.until("Name of the office")
        console.type("x")
        for word, comes in (("", "Camera 01.*address"), ("y", "designated officer")):
            console.until("Camera 01.*address") if word == "" else None
            console.type("")
            console.until("Without any camera")
            console.type(word)
            console.until(comes)


def _type_person(console: Console, account: str, password: str) -> None:
    console.until("account")
    console.type(account)
    console.until("name as it stands")
    console.type("王小明")
    for _ in range(2):
        console.until("password|again")
        console.type(password)


def _prove(console: Console) -> None:
    secret = console.until("or type ([A-Z2-7]+)")[1]
    console.until("six digits")
    console.type(pyotp.TOTP(secret).now())


def test_an_office_is_set_up_with_its_cameras_in_force(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    with at_console(_console(tmp_path), ENV) as console:
        _two_cameras(console)
        console.until(r"holds \d+\.\d days at 0\.0 Mbit/s in all")
        for person in ("officer", "head"):
            _type_person(console, person, f"a-very-long-password-of-{person}")
            _prove(console)
        type_back(console)
        console.until("The office is set up in")
        assert console.ended() == 0
    cameras = read_registry(RealFs(), settings.layout.boot).cameras
    assert [(each.camera_no, each.location, each.sound) for each in cameras] == [
        ("01", "大廳 01", True),
        ("02", "大廳 02", False),
    ]
