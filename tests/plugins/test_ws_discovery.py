"""ONVIF devices that say that they are there: what is asked, what of an answer is believed, and a real answer over
multicast on the loopback."""

from __future__ import annotations

import re
import socket
import struct
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from appliance.plugins.sources.ws_discovery import GROUP, Answer, answer_of, discover_onvif, question
from appliance.recorder.supervisor.discovery import Order, search

LOOPBACK = socket.if_nametoindex("lo")
NUMBER = uuid.UUID("12345678-1234-5678-1234-567812345678")
SCOPES = "onvif://www.onvif.org/name/AXIS%20M3045-V onvif://www.onvif.org/hardware/M3045-V onvif://www.onvif.org/type/x"


def answer(number: uuid.UUID = NUMBER, scopes: str = SCOPES, address: str = "http://203.0.113.9/onvif") -> bytes:
    """As a camera sends it; it names an address of its own choosing."""
    return (
        '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
        ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">'
        f"<s:Header><a:RelatesTo>urn:uuid:{number}</a:RelatesTo></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch>"
        f"<d:Scopes>{scopes}</d:Scopes><d:XAddrs>{address}</d:XAddrs>"
        "</d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
    ).encode()


ENTITIES = '<!DOCTYPE a [<!ENTITY b "c">]>' + answer().decode().removeprefix('<?xml version="1.0"?>')


@contextmanager
def camera(answers: Callable[[uuid.UUID], list[bytes]], port: int = 0) -> Iterator[tuple[int, list[tuple[bytes, str]]]]:
    """A device on the loopback that hears the group; its port, and what it was asked from where: on one
    machine that is where its answers come from, too."""
    heard: list[tuple[bytes, str]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("", port))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        struct.pack("4s4si", socket.inet_aton(GROUP), b"", LOOPBACK))  # fmt: skip
        where = sock.getsockname()[1]

        def serve() -> None:
            while True:
                asked, sender = sock.recvfrom(65_536)
                if asked == b"stop":
                    return
                heard.append((asked, sender[0]))
                number = re.search(rb"MessageID>uuid:([0-9a-f-]{36})<", asked)
                for each in answers(uuid.UUID(number[1].decode())) if number else ():
                    sock.sendto(each, sender)

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        try:
            yield where, heard
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stop:
                stop.sendto(b"stop", ("127.0.0.1", where))
            serving.join(120)


def test_an_answer_to_this_very_question_says_what_the_device_calls_itself() -> None:
    assert words(answer()) == "AXIS M3045-V M3045-V"
    assert words(answer(scopes="")) == ""
    assert words(answer(scopes="onvif://www.onvif.org/name/%1b%5b31m" + "x" * 300)) == ("[31m" + "x" * 56)


def test_a_match_without_the_list_around_it_is_an_answer() -> None:
    """As the server of ipycam 1.3.0 sends it."""
    bare = answer().replace(b"<d:ProbeMatches>", b"").replace(b"</d:ProbeMatches>", b"")
    assert answer_of(bare, [NUMBER]) == answer_of(answer(), [NUMBER])


@pytest.mark.parametrize(
    ("told", "service"),
    [
        ("http://192.0.2.7/onvif/device_service", "http://192.0.2.7/onvif/device_service"),
        ("http://192.0.2.7:8080/onvif/device_service", "http://192.0.2.7:8080/onvif/device_service"),
        ("http://[fe80::1]/x  http://192.0.2.7:2020/y", "http://192.0.2.7:2020/y"),
        ("https://192.0.2.7/z", "https://192.0.2.7/z"),
        ("http://198.51.100.9:8899/onvif", "http://192.0.2.7:8899/onvif"),
        ("http://user:secret@192.0.2.7:81/", "http://192.0.2.7:81/"),
        ("", ""),
        ("ftp://192.0.2.7/ http:// http://192.0.2.7:99999/ http://192.0.2.7:0/", ""),
        ("http://192.0.2.7/" + "x" * 300, ""),
    ],
    ids=["plain", "another port", "two cards", "TLS", "another host", "an account", "none", "no addresses", "long"],
)
def test_the_service_of_a_device_is_asked_where_its_answer_came_from(told: str, service: str) -> None:
    found = answer_of(answer(address=told), [NUMBER])
    assert found is not None
    assert found.service_at("192.0.2.7") == service


def words(datagram: bytes) -> str:
    found = answer_of(datagram, [NUMBER])
    assert isinstance(found, Answer)
    return found.words


@pytest.mark.parametrize(
    "datagram",
    [
        b"", b"\xff\xd8", b"<a/>", answer(uuid.uuid4()), answer()[:-5], answer() + b" " * 17_000,
        ENTITIES.encode(), ENTITIES.encode("utf-16"), ENTITIES.encode("utf-16-le"), question(NUMBER),
    ],
    ids=["nothing", "no XML", "another XML", "another question", "cut off", "long", "entities", "hidden entities",
         "entities without a mark", "the question itself"],
)  # fmt: skip
def test_what_is_no_answer_is_nothing(datagram: bytes) -> None:
    assert answer_of(datagram, [NUMBER]) is None


def test_AT_03_a_device_that_answers_is_found_where_its_answer_came_from_and_learns_nothing() -> None:
    with camera(lambda number: [b"rubbish", answer(uuid.uuid4()), answer(number), answer(number)]) as (port, heard):
        found = discover_onvif([LOOPBACK, 99_999], 20, port=port, most=1)
    ((asked, here),) = heard
    assert b"NetworkVideoTransmitter" in asked
    assert [(each.value, each.words, each.service) for each in found] == [
        (f"rtsp://{here}/", "AXIS M3045-V M3045-V", f"http://{here}/onvif")
    ]
    for secret in (b"password", b"user", b"rtsp", socket.gethostname().encode()):
        assert secret not in asked.lower()


def test_INV_25_the_search_runs_in_a_process_that_may_only_speak_on_the_network() -> None:
    with camera(lambda number: [answer(number)], port=3702) as (_, heard):
        found, why = search(Order(plugins=("source_av",), interfaces=(LOOPBACK,), seconds=2.0))
    ((_, here),) = heard
    assert why == ""
    assert [(each.source, each.setting, each.value) for each in found] == [("rtsp", "url", f"rtsp://{here}/")]


def test_a_search_that_cannot_be_made_says_why() -> None:
    found, why = search(Order(plugins=("there.is.no.such.plugin",)))
    assert found == []
    assert "there.is.no.such.plugin" in why
