"""A way to a camera that its kind does not take is refused before anybody signs, and no value is repeated; the account
goes to no host that it was not typed for."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import UsageError
from appliance.rules.cameras.wiring import TYPES, Declared, check_settings, laid_over

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


ACCOUNT = {"user": "recorder", "password": "at-the-camera-1"}
URL, LESSER = "rtsp://192.0.2.7/", "rtsp://192.0.2.7:554/live?c=2"
OTHER = "rtsp://192.0.2.8/live"


@pytest.mark.parametrize(
    ("standing", "typed"),
    [({"url": URL}, {"url": "rtsp://192.0.2.7:554/live?c=1"}), ({"url": URL}, {"url": URL, "lesser_url": LESSER}),
     ({"url": URL}, {"lesser_url": ""}), ({"url": URL, "lesser_url": LESSER}, {"lesser_url": ""}),
     ({"url": URL, "lesser_url": OTHER}, {"url": OTHER})],
    ids=["another path", "a lesser stream besides", "no lesser stream", "no longer one", "a host that it has"],
)  # fmt: skip
def test_the_account_stays_at_the_hosts_that_it_was_typed_for(standing: dict[str, Any], typed: dict[str, Any]) -> None:
    assert laid_over(standing | ACCOUNT, typed) == standing | ACCOUNT | typed


@pytest.mark.parametrize("typed", [{"url": OTHER}, {"lesser_url": OTHER}, {"url": URL, "lesser_url": OTHER}])
def test_where_any_address_leads_elsewhere_it_is_typed_anew(typed: dict[str, Any]) -> None:
    assert laid_over({"url": URL, **ACCOUNT}, typed) == {"url": URL} | typed
    assert laid_over({"url": URL, **ACCOUNT}, typed | ACCOUNT) == {"url": URL} | typed | ACCOUNT


def test_a_password_that_looks_like_an_address_is_none() -> None:
    odd = {"user": "recorder", "password": "a://192.0.2.8"}
    assert laid_over({"url": URL, **odd}, {"url": OTHER}) == {"url": OTHER}
    assert laid_over({"url": URL, **ACCOUNT}, {"password": odd["password"]}) == {"url": URL, **odd}
