"""Services of an ONVIF device, asked with its account by ``onvif-zeep-async``: where they are, and what they answer.

Whatever answers is hostile: an answer is bounded in size and time, may declare no document type, is followed to no
other place, and the account goes to the one numeric address that was given and to no other. It goes as a digest
(WS-Security, HTTP Digest), never in clear. Call :func:`load` before the process is confined: it reads the library's
files.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
from lxml import etree
from lxml.builder import ElementMaker
from onvif.client import _WSDL_PATH, ONVIFService, UsernameDigestTokenDtDiff, _cached_document
from onvif.definition import SERVICES
from onvif.exceptions import ONVIFError
from onvif.util import is_auth_error
from onvif.zeep_aiohttp import AIOHTTPTransport
from requests import Response
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import Fault, TransportError

from appliance.core.errors import CameraLost
from appliance.rules.cameras.inquiry import on_host

__all__ = [
    "EPOCH",
    "PORTS",
    "Account",
    "Question",
    "ahead_of",
    "answered",
    "found_at",
    "load",
    "number_in",
    "of_account",
    "places_of",
    "questions_to",
    "refused",
    "service_at",
    "text_in",
    "timed",
    "unless_unknown",
]

PORTS = (80, 8080, 8000, 2020, 8899, 8081, 5000)
"""Ports that are tried where a device's ONVIF address is not known: the web port of most; 2020 is Tapo's, 8899 that of
Yoosee and V380, 8000 of some Hikvision."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_PATH = "/onvif/device_service"
_MOST_BYTES = 1 << 20
_WANTS_ACCOUNT = 401
_FIND_SECONDS, _CALL_SECONDS = 3.0, 6.0
_OTHER_ENCODING = re.compile(rb"""\s*<\?xml[^>]*encoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)
_BARE = re.compile(r"&(?!(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);)")
_SOAP = ElementMaker(
    namespace="http://www.w3.org/2003/05/soap-envelope", nsmap={"s": "http://www.w3.org/2003/05/soap-envelope"}
)
_fault: Callable[..., Fault] = Fault
_no_answer: Callable[..., TransportError] = TransportError
_DECLARES = re.compile(rb"<!(?!--|\[CDATA\[)")


class Account(NamedTuple):
    user: str = ""
    password: str = ""


async def load() -> None:
    """Reads the library's descriptions of the services that are asked, which are files."""
    for name in ("devicemgmt", "media"):
        await _cached_document(_described(name))


def places_of(address: str, service: str, ports: Iterable[int]) -> list[str]:
    """Where ONVIF may answer, each once, the likeliest first."""
    host = f"[{address}]" if ":" in address else address
    places = [on_host(service, address, ("http", "https"))] if service else []
    places += [f"http://{host}:{port}{_PATH}" for port in ports]
    return list(dict.fromkeys(each for each in places if each))


async def found_at(address: str, places: list[str], now_ns: Callable[[], int]) -> tuple[str, timedelta | None]:
    """The first of these places where ONVIF answers, and how far its clock is ahead. No account goes out."""
    tried = await asyncio.gather(*(_clock_at(each, address, now_ns) for each in places))
    for place, (there, ahead) in zip(places, tried, strict=True):
        if there:
            return place, ahead
    raise CameraLost.of("device-no-onvif")


async def _clock_at(place: str, address: str, now_ns: Callable[[], int]) -> tuple[bool, timedelta | None]:
    """Whether ONVIF answers there, and its clock: everybody may ask for that, at most devices without an account."""
    try:
        async with service_at("devicemgmt", place, address, Account(), None) as device:
            answer = await asyncio.wait_for(device.GetSystemDateAndTime(), _FIND_SECONDS)
    except Fault:  # it speaks ONVIF, and has no clock or tells it to nobody
        return True, None
    except ZeepError as error:
        return _wants_account(error), None
    except (aiohttp.ClientError, OSError, CameraLost, *_STRANGE):
        return False, None
    return True, ahead_of(answer, now_ns())


async def timed(device: Any, now_ns: Callable[[], int]) -> tuple[Any, timedelta | None]:
    """What a device says of its clock, and how far that is ahead of ours in the middle of the question."""
    asked_ns = now_ns()
    answer = await answered(device.GetSystemDateAndTime())
    return answer, ahead_of(answer, (asked_ns + now_ns()) // 2)


def ahead_of(answer: Any, now_ns: int) -> timedelta | None:
    """How far a device's clock is ahead of ours, None for what is no time. It tells whole seconds, and stands in the
    middle of the one that it tells as likely as not: half a second is what this may be wrong by."""
    try:
        day, time = answer.UTCDateTime.Date, answer.UTCDateTime.Time
        there = datetime(day.Year, day.Month, day.Day, time.Hour, time.Minute, min(time.Second, 59), tzinfo=UTC)
    except (AttributeError, TypeError, ValueError, OverflowError):
        return None
    return there + timedelta(seconds=0.5) - (EPOCH + timedelta(microseconds=now_ns // 1000))


async def unless_unknown(call: Any) -> Any:
    """As :func:`answered`; None where the device says that it does not know the question."""
    try:
        return await answered(call)
    except CameraLost as error:
        if refused(error) and not of_account(error):
            return None
        raise


async def answered(call: Any) -> Any:
    """Raises CameraLost with a code for whatever the device or the library has against it."""
    try:
        return await asyncio.wait_for(call, _CALL_SECONDS)
    except ZeepError as error:
        raise CameraLost.of("device-account" if _wants_account(error) else "device-strange") from error
    except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
        raise CameraLost.of("device-silent") from error
    except _STRANGE as error:
        raise CameraLost.of("device-strange") from error


_STRANGE = (
    ONVIFError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    ArithmeticError,
    RecursionError,
    etree.LxmlError,
)
"""What the library raises where an answer is not what the service's description has."""


def _wants_account(error: ZeepError) -> bool:
    if isinstance(error, Fault) and error.message is None:  # of one without a reason the library asks for its text
        error.message = ""
    return is_auth_error(error) or getattr(error, "status_code", 0) == 401


def of_account(error: CameraLost) -> bool:
    return error.message is not None and error.message.code == "device-account"


def refused(error: CameraLost) -> bool:
    """Whether the device itself answered that it will not."""
    return isinstance(error.__cause__, Fault)


@contextlib.asynccontextmanager
async def service_at(
    name: str, place: str, address: str, account: Account, ahead: timedelta | None
) -> AsyncIterator[Any]:
    """A service of the device, whose answers come through a :class:`_Transport`."""
    definition = SERVICES[name]
    service = ONVIFService(
        place,
        account.user or None,
        account.password,
        _described(name),
        no_cache=True,
        dt_diff=ahead,
        binding_name=f"{{{definition['ns']}}}{definition['binding']}",
    )
    async with _transport_to(address, account) as transport:
        try:
            service.transport = transport
            await service.setup()
            yield service if account.user else _Open(service)
        finally:
            await service.close()


Question = Callable[[etree._Element], Awaitable[etree._Element]]
"""Sends the body of an envelope, and is answered by the first element of the answer's."""


@contextlib.asynccontextmanager
async def questions_to(place: str, address: str, account: Account, ahead: timedelta | None) -> AsyncIterator[Question]:
    """To a service that the library has no description of: what is asked is written by who asks. Account, bounds and
    faults are those of :func:`service_at`."""
    async with _transport_to(address, account) as transport:

        async def ask(body: etree._Element) -> etree._Element:
            envelope = _SOAP.Envelope(_SOAP.Body(body))
            if account.user:
                token = UsernameDigestTokenDtDiff(*account, dt_diff=ahead, use_digest=True)
                envelope, _ = token.apply(envelope, {})
            asked = etree.QName(body)
            action = f'action="{asked.namespace}/{asked.localname}"'
            headers = {"Content-Type": f"application/soap+xml; charset=utf-8; {action}"}
            answer = await transport.post_xml(place, envelope, headers)
            return _in_body(answer.content, answer.status_code)

        yield ask


def _in_body(content: bytes, status: int) -> etree._Element:
    """Raises zeep's Fault, as the library does, for what the device refuses, with the reasons that it gives."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    body = etree.fromstring(content, parser).find("{*}Body") if content else None
    first = next(iter(body.iterchildren("{*}*")), None) if body is not None else None
    if first is not None and etree.QName(first).localname == "Fault":
        why = [text for each in first.iter("{*}Value") if (text := each.text)]
        raise _fault(first.findtext(".//{*}Text") or "", code=why[0] if why else None, subcodes=why[1:])
    if first is None or status >= 400:
        raise _no_answer("no answer", status)
    return first


@contextlib.asynccontextmanager
async def _transport_to(address: str, account: Account) -> AsyncIterator[_Transport]:
    timeout = aiohttp.ClientTimeout(total=_CALL_SECONDS, sock_connect=_FIND_SECONDS)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=False), timeout=timeout, auto_decompress=False, trust_env=False
    ) as session:
        yield _Transport(session, address, account)


class _Open:
    """A service that is asked without an account: the library knows its operations by another name then."""

    def __init__(self, service: Any) -> None:
        self._service = service

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._service, f"authless_{operation}")


class _Transport(AIOHTTPTransport):  # type: ignore[misc]
    """To one address and nowhere else; what comes back is bounded before anything reads it."""

    def __init__(self, session: aiohttp.ClientSession, address: str, account: Account) -> None:
        super().__init__(session=session, verify_ssl=False)
        self._address = address
        self._digest = (aiohttp.DigestAuthMiddleware(*account),) if account.user else ()

    async def post_xml(self, address: str, envelope: Any, headers: dict[str, str]) -> Response:
        if urlsplit(address).hostname != self._address:
            raise CameraLost.of("device-strange")
        sent = {**headers, "Accept-Encoding": "identity"}
        async with self.session.post(
            address,
            data=etree.tostring(envelope, xml_declaration=True, encoding="utf-8"),
            headers=sent,
            allow_redirects=False,
            middlewares=self._digest,
        ) as answer:
            content = b"" if answer.status == _WANTS_ACCOUNT else await _bounded(answer)  # a page, no envelope
        found = Response()
        found.status_code, found._content, found.encoding = answer.status, content, "utf-8"
        found.headers["Content-Type"] = "application/soap+xml; charset=utf-8"
        return found

    async def post(self, address: str, message: str, headers: dict[str, str]) -> Response:
        raise CameraLost.of("device-strange")

    async def get(self, address: str, params: Any = None, headers: Any = None) -> Response:
        raise CameraLost.of("device-strange")


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    """The body. Raises CameraLost for a redirect, a packed or long one, and one with a document type of its own."""
    if 300 <= answer.status < 400 or answer.headers.get("Content-Encoding", "identity") != "identity":
        raise CameraLost.of("device-strange")
    content = bytearray()
    async for part in answer.content.iter_chunked(1 << 16):
        content += part
        if len(content) > _MOST_BYTES:
            raise CameraLost.of("device-strange")
    if b"\0" in content or _DECLARES.search(content):
        raise CameraLost.of("device-strange")
    return _well_formed(bytes(content))


def _well_formed(content: bytes) -> bytes:
    """An answer without what cameras break of XML: empty lines ahead of it, letters of another encoding than it says,
    and ``&`` as it stands in an address."""
    if _OTHER_ENCODING.match(content):
        return content
    return _BARE.sub("&amp;", content.decode("utf-8-sig", errors="replace").strip()).encode()


def _described(name: str) -> str:
    return f"{_WSDL_PATH}/{SERVICES[name]['wsdl']}"


def text_in(answer: Any, name: str) -> str:
    value = getattr(answer, name, None)
    return value if isinstance(value, str) else ""


def number_in(answer: Any, name: str) -> int:
    value = getattr(answer, name, None)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
