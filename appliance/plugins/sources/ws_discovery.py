"""Network cameras that say that they are there: one WS-Discovery question of ONVIF's to each network that this machine
is on, and who answers it (OASIS WS-Discovery 2005/04, ONVIF Core 7.3).

It is asked of everybody and of nobody: no account, no password and no address goes out, and of an answer nothing is
believed but where it came from. What it says of name and model is shown to people and decides nothing; of the address
of its service port and path are kept, never another host. Not a plugin.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import struct
import time
import uuid
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from xml.etree import ElementTree

from appliance.api import Discovered
from appliance.plugins.sources.neighbours import card_of

__all__ = ["Answer", "answer_of", "discover_onvif", "question"]

GROUP, PORT = "239.255.255.250", 3702
_MOST, _MOST_BYTES, _LONGEST = 64, 16 << 10, 60
_MOST_SERVICES, _LONGEST_ADDRESS = 8, 200
_UNWANTED = (b"<!", b"\0")
"""No entities, no comments, and no UTF-16 that could hide them: no camera has a use for them."""
_SCOPES = re.compile(r"onvif://www\.onvif\.org/(name|hardware)/(\S+)")
_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"


def question(number: uuid.UUID) -> bytes:
    """Who here sends network video?"""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>'
        f'<e:Envelope xmlns:e="{_SOAP}" xmlns:a="{_ADDRESSING}" xmlns:d="{_DISCOVERY}"'
        f' xmlns:n="http://www.onvif.org/ver10/network/wsdl"><e:Header>'
        f"<a:MessageID>uuid:{number}</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
        f"<a:Action>{_DISCOVERY}/Probe</a:Action></e:Header>"
        f"<e:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"
    ).encode()


class Answer(NamedTuple):
    """``words``: what a device calls itself, "" for nothing; ``services``: where it says that it is asked."""

    words: str = ""
    services: tuple[str, ...] = ()

    def service_at(self, host: str) -> str:
        """The address of its service on ``host``, from where it answered; "" where it names none. Of several the one on
        that host: a device with two cards names both. Where none is, as behind a router or at a device that had another
        address before, port and path are of the first."""
        found = [parts for each in self.services if (parts := _http(each)) is not None]
        found.sort(key=lambda parts: parts.hostname != host)
        if not found:
            return ""
        parts = found[0]
        return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path or '/'}"


def answer_of(datagram: bytes, numbers: Sequence[uuid.UUID]) -> Answer | None:
    """What a device answers one of these questions; None for what is no answer. Some devices leave out the list of
    matches around the match (``ProbeMatches``)."""
    if len(datagram) > _MOST_BYTES or any(each in datagram for each in _UNWANTED):
        return None
    try:
        answer = ElementTree.fromstring(datagram)  # noqa: S314 - without a document type there is nothing to expand
    except (ElementTree.ParseError, ValueError):
        return None
    asked = (answer.findtext(f".//{{{_ADDRESSING}}}RelatesTo") or "").strip().removeprefix("urn:")
    matches = answer.find(f".//{{{_DISCOVERY}}}ProbeMatches")
    if matches is None:
        matches = answer.find(f".//{{{_DISCOVERY}}}ProbeMatch")
    if matches is None or asked.removeprefix("uuid:") not in map(str, numbers):
        return None
    scopes = matches.findtext(f".//{{{_DISCOVERY}}}Scopes") or ""
    told = dict(_SCOPES.findall(scopes))
    words = " ".join(dict.fromkeys(_plain(told[name]) for name in ("name", "hardware") if name in told)).strip()
    services = (matches.findtext(f".//{{{_DISCOVERY}}}XAddrs") or "").split()
    return Answer(words, tuple(services[:_MOST_SERVICES]))


def discover_onvif(
    interfaces: Sequence[int], seconds: float, *, port: int = PORT, most: int = _MOST
) -> list[Discovered]:
    """Asks once on each of these network interfaces, by their index, and listens for so long, or until ``most``
    answered. In the order of their addresses; each address once, with what it said first."""
    numbers = [uuid.uuid4() for _ in interfaces]
    found: dict[str, Answer] = {}
    with contextlib.ExitStack() as stack:
        asking: list[socket.socket] = []
        for index, number in zip(interfaces, numbers, strict=True):
            sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            with contextlib.suppress(OSError):  # an interface that is down, or has no IPv4, has no camera on it
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4s4si", b"", b"", index))
                sock.sendto(question(number), (GROUP, port))
                asking.append(sock)
        end = time.monotonic() + seconds
        while asking and len(found) < most and (left := end - time.monotonic()) > 0:
            for sock in select.select(asking, (), (), left)[0]:
                datagram, (address, _) = sock.recvfrom(_MOST_BYTES + 1)
                answer = answer_of(datagram, numbers)
                if answer is not None and len(found) < most:
                    found.setdefault(address, answer)
    ordered = sorted(found, key=socket.inet_aton)
    return [
        Discovered(
            value=f"rtsp://{host}/", words=found[host].words, service=found[host].service_at(host), card=card_of(host)
        )
        for host in ordered
    ]


def _http(address: str) -> SplitResult | None:
    """An address over HTTP in parts, None for what is none."""
    if len(address) > _LONGEST_ADDRESS or not all(33 <= ord(each) < 127 for each in address):
        return None
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if good else None


def _plain(scope: str) -> str:
    return "".join(each for each in unquote(scope).replace("_", " ") if each.isprintable())[:_LONGEST].strip()
