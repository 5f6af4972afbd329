"""A wrong settings file is an error that names the file, the key and the next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.core.errors import UsageError
from appliance.core.settings import Settings, read_settings

ROOT = Path(__file__).parents[2]


def test_the_reference_is_the_defaults() -> None:
    assert read_settings(str(ROOT / "deploy/appliance.toml")) == Settings()
    assert read_settings(None) == Settings()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("floor_days = 3", "floor_days"),
        ("[web]\nport = 'x'", "web.port"),
        ("[web]\nprot = 1", "prot"),
        ("state = 3", "state"),
        ("state = ", "TOML"),
        ("[disk]\ncamera_mbps = nan", "camera_mbps = nan; above 0 and up to 1000"),
        ("[disk]\ncamera_mbps = inf", "camera_mbps = inf"),
        ("[disk]\nrecords_mib = 99999999999", "records_mib = 99999999999; 1 to"),
        ("scrub_bytes_per_second = 0", "scrub_bytes_per_second = 0; 65536 to"),
        ("scrub_bytes_per_second = -5", "scrub_bytes_per_second = -5"),
        ('footage = "rel"', "footage = 'rel' is no absolute path"),
        ('state = ""', "state = '' is no absolute path"),
        ('state = "rel"', "state = 'rel' is no absolute path"),
        ('run = "rel"', "run = 'rel' is no absolute path"),
        ("[web]\nport = 99999", "web.port = 99999 is no port; give 1 to 65535"),
        ("[web]\nport = 0", "web.port = 0 is no port"),
        ("[web]\nport = -1", "web.port = -1 is no port"),
        ("[web]\nhost = 'bad host'", "web.host = 'bad host' is no host name"),
        ("[web]\nhost = ''", "web.host = '' is no host name"),
        ("[web]\nname = ''", "web.name = '' is no host name"),
        ("[web]\nname = 'a/b'", "web.name = 'a/b' is no host name"),
        ("plugins = ['']", "plugins has '' empty or twice"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, names: str) -> None:
    path = tmp_path / "appliance.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=names) as caught:
        read_settings(str(path))
    assert str(path) in str(caught.value)


def test_bytes_that_are_no_text_are_an_error_and_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "appliance.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"appliance\.toml: cannot be read as TOML in UTF-8"):
        read_settings(str(path))


@pytest.mark.parametrize("host", ["0.0.0.0", "::1", "recorder", "recorder.office.example", "recorder.local."])
def test_hosts_and_names_as_offices_have_them_are_taken(tmp_path: Path, host: str) -> None:
    path = tmp_path / "appliance.toml"
    path.write_text(f'[web]\nhost = "{host}"\nname = "{host}"\n', encoding="utf-8")
    assert read_settings(str(path)).web.host == host


def test_an_absent_file_names_the_reference(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"copy deploy/appliance\.toml"):
        read_settings(str(tmp_path / "none.toml"))


def test_every_place_follows_from_the_state_directory(tmp_path: Path) -> None:
    layout = Settings(state=str(tmp_path)).layout
    office = tmp_path / "office"
    assert [layout.boot, layout.keeper, layout.open, layout.ring, layout.web, layout.heads] == [
        str(office / part) for part in ("boot", "keeper", "open", "ring", "web", "heads")
    ]
    assert layout.socket("keeper") == str(tmp_path / "run/keeper.sock")
    assert Settings(state=str(tmp_path), run="/run/or").layout.socket("web") == "/run/or/web.sock"
