"""What a device says of itself when it is asked with its account: make, model, serial number, clock and streams. Pure.

It is what the device says and proves nothing. The address of a stream is always one on the device's own host: a device
that names another host is asked there for nothing, and no account goes there.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urlsplit

from appliance.core.model import Record

__all__ = ["DeviceClock", "DeviceReport", "DeviceStream", "cleaned_clock", "cleaned_report", "clock_is_set", "on_host"]

_MOST_STREAMS = 16
_LONGEST, _LONGEST_URL = 80, 300


class DeviceStream(Record, frozen=True, kw_only=True):
    """A stream as the device describes it; 0 and "" for what it does not say. ``url``: without account; "" where the
    address itself holds the password, which then is nothing to show. ``gop``: pictures from one key picture to the
    next. ``sound``: how its sound is coded, "" for none."""

    name: str = ""
    url: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    rate: float = 0.0
    gop: int = 0
    kbps: int = 0
    sound: str = ""


class DeviceReport(Record, frozen=True, kw_only=True):
    """``service``: where it was asked; ``offset_seconds``: how far its clock is ahead of ours, None where it does not
    say. ``streams``: the largest picture first."""

    service: str = ""
    make: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    offset_seconds: float | None = None
    streams: tuple[DeviceStream, ...] = ()


class DeviceClock(Record, frozen=True, kw_only=True):
    """``offset_seconds``: as of a :class:`DeviceReport`; ``ntp``: the device takes its time from a time service."""

    offset_seconds: float | None = None
    ntp: bool = False


def on_host(address: str, host: str, schemes: tuple[str, ...]) -> str:
    """``address`` on ``host``, with its scheme, port, path and query and nothing else: no account, and never another
    host. "" for what is no address of these schemes."""
    address = _as_written(address)
    if len(address) > _LONGEST_URL or not host or not all(33 <= ord(each) < 127 for each in address):
        return ""
    try:
        parts = urlsplit(address)
        good = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return ""
    return _written(parts, f"[{host}]" if ":" in host else host) if good else ""


def _as_written(address: str) -> str:
    """An address as devices write it, as one: blanks around it and in it, letters of any script, ``&`` as XML has it,
    the port twice."""
    address = address.strip().replace("&amp;", "&")
    if len(address) > _LONGEST_URL or not address.isprintable():
        return ""
    address = quote(address, safe=_ALLOWED)
    return _TWO_PORTS.sub(r"\1\2", address)


_ALLOWED = "!#$%&'()*+,-./:;=?@[]_~"
_TWO_PORTS = re.compile(r"^([A-Za-z]+://[^/?#:]+)(?::\d+)(:\d+)(?=[/?#]|$)")


def _written(parts: SplitResult, host: str) -> str:
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"


def cleaned_report(report: DeviceReport, host: str, password: str) -> DeviceReport:
    """A report as it may be kept and shown, whoever made it: short printable texts, figures that can be, streams on the
    device's own host alone. An address with the password in it is left out."""
    streams = sorted(
        (_cleaned(each, host, password) for each in report.streams[:_MOST_STREAMS]),
        key=lambda each: (-each.width * each.height, -each.rate),
    )
    return DeviceReport(
        service=on_host(report.service, host, ("http", "https")),
        make=_plain(report.make, password),
        model=_plain(report.model, password),
        serial=_own_serial(_plain(report.serial, password)),
        firmware=_plain(report.firmware, password),
        offset_seconds=_offset(report.offset_seconds),
        streams=tuple(streams),
    )


_LONGEST_OFFSET = 100 * 366 * 86_400.0


def _offset(seconds: float | None) -> float | None:
    return seconds if seconds is not None and abs(seconds) < _LONGEST_OFFSET else None


def cleaned_clock(clock: DeviceClock) -> DeviceClock:
    return DeviceClock(offset_seconds=_offset(clock.offset_seconds), ntp=clock.ntp)


_NEAR_SECONDS, _FAR_SECONDS = 1.0, 2.0


def clock_is_set(before: float, after: float) -> bool:
    """Whether a device that said yes did set its clock, by how far it was ahead before and is now, in seconds. A device
    tells whole seconds: within one of ours it is right; within two it must have moved by one at least."""
    return abs(after) <= _NEAR_SECONDS or (abs(after) <= _FAR_SECONDS and abs(after - before) >= _NEAR_SECONDS)


def _cleaned(stream: DeviceStream, host: str, password: str) -> DeviceStream:
    url = on_host(stream.url, host, ("rtsp", "rtsps"))
    return DeviceStream(
        name=_plain(stream.name, password),
        url="" if password and password in url else url,
        codec=_plain(stream.codec, password),
        width=_figure(stream.width, 16_384),
        height=_figure(stream.height, 16_384),
        rate=float(stream.rate) if 0 < stream.rate <= 240 else 0.0,
        gop=_figure(stream.gop, 100_000),
        kbps=_figure(stream.kbps, 1_000_000),
        sound=_plain(stream.sound, password),
    )


def _figure(value: int, most: int) -> int:
    return value if 0 < value <= most else 0


def _own_serial(serial: str) -> str:
    """ "" for what stands in the place of a serial number and tells no device from another: cheap ones all have it."""
    bare = "".join(each for each in serial.casefold() if each.isalnum())
    counts = bare in "0123456789" or bare in "1234567890" or bare in "12345678901234567890"
    return "" if len(set(bare)) <= 1 or counts or bare in _NO_SERIALS else serial


_NO_SERIALS = frozenset({"serialnumber", "serial", "sn", "none", "null", "na", "unknown", "default", "test", "ipcam"})


def _plain(text: str, password: str) -> str:
    """Nothing that a device says repeats the password to a page."""
    plain = "".join(each for each in text if each.isprintable()).strip()[:_LONGEST]
    return "" if password and password in plain else plain
