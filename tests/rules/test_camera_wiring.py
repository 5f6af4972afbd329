"""A way to a camera that its kind does not take is refused before anybody signs, and no value is repeated."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import UsageError
from appliance.rules.cameras.wiring import TYPES, Declared, check_settings

RTSP = (
    Declared(name="url", required=True),
    Declared(name="password"),
    Declared(name="silence_seconds", type="float"),
    Declared(name="width", type="int"),
    Declared(name="sound", type="bool"),
)
GOOD = {"url": "rtsp://192.0.2.7/1", "password": "0042", "silence_seconds": 3, "width": 640, "sound": False}


def test_what_the_kind_takes_passes_with_and_without_what_may_be_left_out() -> None:
    check_settings("rtsp", RTSP, GOOD)
    check_settings("rtsp", RTSP, {"url": "rtsp://192.0.2.7/1"})
    check_settings("testcard", (), {})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"passwort": "hush"}, "rtsp has no setting passwort; did you mean password?"),
        ({"zzz": "hush"}, "rtsp has no setting zzz; it has: url, password"),
        ({"url": ""}, "rtsp needs the setting url"),
        ({"url": None}, "rtsp needs the setting url"),
        ({"password": 42}, "setting password of rtsp must be text"),
        ({"width": "hush"}, "setting width of rtsp must be a whole number"),
        ({"width": True}, "setting width of rtsp must be a whole number"),
        ({"silence_seconds": "hush"}, "setting silence_seconds of rtsp must be a number"),
        ({"sound": 1}, "setting sound of rtsp must be true or false"),
    ],
)
def test_what_does_not_fit_is_named_and_its_value_is_not(change: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_settings("rtsp", RTSP, GOOD | change)
    assert says in str(caught.value)
    assert "hush" not in str(caught.value)


def test_every_type_that_a_plugin_may_declare_is_known() -> None:
    from appliance.api.registry import BUILT_IN, load_plugins

    kinds = load_plugins(BUILT_IN).sources.values()
    assert {setting.type.__name__ for kind in kinds for setting in kind.settings} <= set(TYPES)
