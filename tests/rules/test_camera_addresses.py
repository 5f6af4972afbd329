"""Addresses by make, and what people type as an address."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from appliance.plugins.sources.network_address import split_address
from appliance.rules.cameras.addresses import MAKES, address_of, template_of


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("192.0.2.7", "rtsp://192.0.2.7/"),
        (" 192.0.2.7/ ", "rtsp://192.0.2.7/"),
        ("192.0.2.7:8554", "rtsp://192.0.2.7:8554/"),
        ("door-camera.lan", "rtsp://door-camera.lan/"),
        ("2001:db8::7", "rtsp://[2001:db8::7]/"),
        ("[2001:db8::7]:554", "rtsp://[2001:db8::7]:554/"),
        ("rtsp://192.0.2.7/1", "rtsp://192.0.2.7/1"),
        ("http://192.0.2.7", "http://192.0.2.7"),
        ("192.0.2.7/stream", "192.0.2.7/stream"),
        ("admin:x@192.0.2.7", "admin:x@192.0.2.7"),
        ("192.0.2.7:0", "192.0.2.7:0"),
        ("192.0.2.7:99999", "192.0.2.7:99999"),
        ("", ""),
    ],
)
def test_a_bare_host_is_an_address_and_all_else_stays(typed: str, address: str) -> None:
    assert address_of(typed) == address


def test_each_make_has_two_addresses_that_the_reader_takes_and_a_source() -> None:
    assert len(MAKES) >= 12
    assert len({make.name for make in MAKES}) == len(MAKES)
    for make in MAKES:
        found = template_of(make.name, "192.0.2.7")
        assert found is not None
        for address in filter(None, found):
            assert split_address(address).hostname == "192.0.2.7"
        assert found[0] != found[1]
        assert make.source, make.name


def test_a_port_that_was_typed_is_kept_and_that_of_a_web_page_is_not() -> None:
    ports = {
        typed: urlsplit(str((template_of("geovision", typed) or ("",))[0])).port
        for typed in ("192.0.2.7", "192.0.2.7:554", "rtsp://192.0.2.7:7070/x", "http://192.0.2.7:8080/")
    }
    assert list(ports.values()) == [8554, 554, 7070, 8554]
    assert template_of("axis", "[2001:db8::7]") == (
        "rtsp://[2001:db8::7]/axis-media/media.amp?videocodec=h264",
        "rtsp://[2001:db8::7]/axis-media/media.amp?videocodec=h264&resolution=640x360",
    )


@pytest.mark.parametrize(
    ("make", "typed"), [("none", "192.0.2.7"), ("axis", ""), ("axis", "rtsp://["), ("axis", "a b")]
)
def test_an_unknown_make_or_no_host_is_none(make: str, typed: str) -> None:
    assert template_of(make, typed) is None
