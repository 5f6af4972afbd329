"""The registry: only what is named loads, whatever is wrong is said with the plugin's name, settings are strict."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.api import Setting, SourceKind
from appliance.api.registry import BUILT_IN, GROUP, checked_settings, load_plugins, redacted_settings
from appliance.core.errors import UsageError
from appliance.core.settings import Settings

Install = Callable[..., None]

GOOD = """
from appliance.api import SourceKind, hookimpl

@hookimpl
def register_sources():
    return [SourceKind(name="lamp", summary="A lamp.", settings=(), open=lambda s: s, describe=lambda s: "a lamp")]
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """``install(package, code, name=...)`` makes a package with an entry point findable, as pip would."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install_(package: str, code: str, name: str = "") -> None:
        module = f"{package}_module"
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        monkeypatch.delitem(sys.modules, module, raising=False)
        information = tmp_path / f"{package}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (information / "entry_points.txt").write_text(f"[{GROUP}]\n{name or package} = {module}\n")

    return install_


def test_the_shipped_plugins_load_and_are_the_default() -> None:
    plugins = load_plugins(BUILT_IN)
    assert set(plugins.sources) == {"rtsp", "mjpeg", "v4l2", "file", "testcard", "picamera", "rpicam"}
    assert plugins.origins["rtsp"] == "built-in plugin source_av"
    assert set(plugins.checks) == {
        *("signal", "view", "disturbed", "stream", "sound"),
        *("storage", "probe", "disk", "machine", "cameraclock", "clock"),
    }
    assert plugins.checks_from["view"] == "built-in plugin check_picture"
    assert set(Settings().plugins) == set(BUILT_IN)


def test_only_what_is_named_loads(install: Install) -> None:
    install("lamp", GOOD)
    assert set(load_plugins(["source_testcard"]).sources) == {"testcard"}
    loaded = load_plugins(["source_testcard", "lamp"])
    assert set(loaded.sources) == {"testcard", "lamp"}
    assert loaded.origins["lamp"] == "plugin lamp of package lamp 1.0"
    assert set(load_plugins([]).sources) == set()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import nothing_of_the_kind", r"plugin lamp of package lamp 1\.0: cannot be imported \(ModuleNotFoundError"),
        ("raise SystemError('dark')", r"cannot be imported \(SystemError: dark \(.+ line 1, <module>\)\)"),
        (GOOD.replace("register_sources", "register_source"), r"lamp 1\.0: a hook does not fit .*register_sources"),
        (GOOD.replace("register_sources()", "register_sources(config)"), "a hook does not fit"),
        (GOOD.replace("return [", "raise KeyError('x')\n    return ["), "register_sources failed"),
        (GOOD.replace("return [", "return 5 #"), "register_sources failed"),
        (GOOD.replace("return [SourceKind(", "return [dict("), "gave dict; it must give SourceKind"),
        (GOOD.replace('"lamp"', '"Lamp!"'), "source name 'Lamp!'"),
    ],
)
def test_what_is_wrong_with_a_plugin_is_said_with_its_name(install: Install, code: str, message: str) -> None:
    install("lamp", code)
    with pytest.raises(UsageError, match=message) as wrong:
        load_plugins(["lamp"])
    assert "lamp" in str(wrong.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("(Setting('a', 'A.'), Setting('a', 'A.'))", "setting 'a': must be unique"),
        ("(Setting('a', 'A.', list),)", "use one of str, int, float, bool"),
        ("(Setting('a', 'A.', int, 'x'),)", "must be a whole number, not str"),
        ("(Setting('a', 'A.', int, 5, required=True),)", "has a default and is required"),
        ("(Setting('a', 'A.', required=True),)", "setting a is missing"),
        ("(), schemes=('lamp',)", "has no setting 'url'"),
        ("(), paths=('/dev/lamp*',)", "has no setting 'url'"),
    ],
)
def test_an_unsound_record_stops_the_start(install: Install, settings: str, message: str) -> None:
    code = GOOD.replace("settings=()", f"settings={settings}").replace(
        "import SourceKind", "import Setting, SourceKind"
    )
    install("lamp", code)
    with pytest.raises(UsageError, match=message):
        load_plugins(["lamp"])


def test_two_plugins_with_one_source_are_both_named(install: Install) -> None:
    install("lamp", GOOD)
    install("torch", GOOD)
    with pytest.raises(UsageError, match=r"'lamp': both plugin lamp of package lamp 1\.0 and plugin torch of"):
        load_plugins(["lamp", "torch"])


def test_two_packages_with_one_plugin_are_both_named(install: Install) -> None:
    install("lamp", GOOD)
    install("torch", GOOD, name="lamp")
    with pytest.raises(UsageError, match=r"plugin lamp of package lamp 1\.0 and plugin lamp of package torch 1\.0"):
        load_plugins(["lamp"])


def test_no_package_can_stand_in_for_a_built_in_plugin(install: Install) -> None:
    install("lamp", GOOD, name="source_testcard")
    with pytest.raises(UsageError, match=r"built-in plugin source_testcard and plugin source_testcard of package lamp"):
        load_plugins(["source_testcard"])


def test_unknown_and_repeated_names() -> None:
    with pytest.raises(UsageError, match=r"did you mean source_testcard\?"):
        load_plugins(["source_testcrad"])
    with pytest.raises(UsageError, match="neither built in nor installed"):
        load_plugins(["os"])
    with pytest.raises(UsageError, match="named twice"):
        load_plugins(["source_av", "source_av"])
    with pytest.raises(UsageError, match=r"source 'lamp'.*testcard"):
        load_plugins(["source_testcard"]).source("lamp")


KIND = SourceKind(
    name="lamp",
    summary="A lamp.",
    settings=(
        Setting("url", "Where.", required=True),
        Setting("password", "Word.", secret=True),
        Setting("fps", "Rate.", int, 5),
        Setting("gain", "Gain.", float, 1.0),
        Setting("sound", "Sound.", bool, True),
    ),
    open=lambda settings: settings,  # type: ignore[arg-type,return-value]
    describe=lambda settings: "a lamp",
)


def test_defaults_are_filled_in_and_nothing_can_be_changed_after() -> None:
    checked = checked_settings(KIND, {"url": "x", "gain": 2, "password": None})
    assert dict(checked) == {"url": "x", "password": None, "fps": 5, "gain": 2.0, "sound": True}
    assert type(checked["gain"]) is float
    with pytest.raises(TypeError):
        checked["fps"] = 6  # type: ignore[index]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "setting url is missing"),
        ({"url": "x", "fsp": 3}, r"no setting 'fsp'; did you mean fps\?"),
        ({"url": "x", "fps": "5"}, "must be a whole number, not str"),
        ({"url": "x", "fps": True}, "must be a whole number, not bool"),
        ({"url": "x", "fps": 5.0}, "must be a whole number, not float"),
        ({"url": "x", "sound": 1}, "must be true or false, not int"),
        ({"url": "x", "gain": float("nan")}, "must be a number"),
        ({"url": 5}, "must be text"),
        ({"url": "x", "password": ["planted"]}, "must be text, not list"),
    ],
)
def test_settings_are_strict_and_errors_repeat_no_value(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message) as wrong:
        checked_settings(KIND, settings)
    assert "planted" not in str(wrong.value)


def test_settings_are_shown_without_secrets() -> None:
    shown = redacted_settings(KIND, {"url": "rtsp://a:planted@h/?token=planted", "password": "planted", "fps": 5})
    assert shown == {"url": "rtsp://***@h/?token=***", "password": "***", "fps": 5}
    assert redacted_settings(KIND, {"url": "x/planted", "password": "planted"})["url"] == "x/***"


def test_what_a_camera_may_touch_comes_from_its_settings() -> None:
    plugins = load_plugins(BUILT_IN)
    assert plugins.source("v4l2").devices_of({"device": "/dev/video[0]"}) == ("/dev/video[[]0]",)
    with_sound = {"device": "/dev/video0", "sound_device": "hw:0"}
    assert plugins.source("v4l2").devices_of(with_sound) == ("/dev/video0", "/dev/snd")
    assert plugins.source("v4l2").devices_of({**with_sound, "sound_device": ""}) == ("/dev/video0",)
    assert plugins.source("file").files_of({"path": "/x/*.mkv"}) == ("/x/[*].mkv",)
    assert plugins.source("rtsp").files_of({"ca_file": ""}) == ()


CHECK = """
from appliance.api import Check, CheckSetting, Fault, Injection, hookimpl

@hookimpl
def register_checks():
    return [Check(
        name="web", summary="A web?", looks_at="picture", box="picture", run=lambda v, s, m: [],
        faults=(Fault("lens-web", "A web."),),
        injections=(Injection("lens-web", "a web", lambda v, n: v),),
        settings=(CheckSetting("limit", "How much.", 0.5, 0, 1),),
    )]
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('name="web"', 'name="We b"'), "check name 'We b'"),
        (('looks_at="picture"', 'looks_at="smell"'), "looks_at 'smell'"),
        (('box="picture"', 'box="box"'), "box 'box'"),
        (('faults=(Fault("lens-web", "A web."),)', "faults=()"), "must claim a fault"),
        (('"A web."),)', '"A web.", name="web"),)'), "its name is Words"),
        (('"A web."),)', '"A web.", name=("網", "")),)'), "its name is Words"),
        (('"A web."),)', '"A web.", summary_zh="網\\n網"),)'), "its summary_zh is one line"),
        (("settings=", 'units={"lux": ("勒克斯",)}, settings='), "unit 'lux'"),
        (('Fault("lens-web"', 'Fault("lens_web"'), "fault 'lens_web'"),
        (('"A web."),)', '"A web.", -1),)'), "cannot be negative"),
        (('injections=(Injection("lens-web", "a web", lambda v, n: v),)', "injections=()"), "no injection that proves"),
        (('Injection("lens-web", ', 'Injection("lens-rain", '), "no injection that proves"),
        (("0.5, 0, 1", "5, 0, 1"), "its default lies outside"),
        (("return [Check(", "return [dict("), "gave dict; it must give Check"),
    ],
)
def test_a_check_that_is_not_sound_stops_the_start(install: Install, change: tuple[str, str], message: str) -> None:
    install("webs", CHECK)
    assert set(load_plugins(["webs"]).checks) == {"web"}
    assert change[0] in CHECK
    install("broken", CHECK.replace(*change))
    with pytest.raises(UsageError, match=message) as wrong:
        load_plugins(["broken"])
    assert "plugin broken of package broken 1.0" in str(wrong.value)


def test_a_check_and_a_fault_have_one_owner(install: Install) -> None:
    install("webs", CHECK)
    install("more", CHECK)
    with pytest.raises(UsageError, match=r"check 'web': both plugin webs .* and plugin more"):
        load_plugins(["webs", "more"])
    install("others", CHECK.replace('name="web"', 'name="other"'))
    with pytest.raises(UsageError, match=r"fault 'lens-web': both plugin webs .*, check web and .*, check other"):
        load_plugins(["webs", "others"])
