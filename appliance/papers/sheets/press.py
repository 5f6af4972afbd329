"""The press: a process that makes one PDF of one page of HTML and ends. ``python -m appliance.papers.sheets.press``

It is confined before it reads a byte of what was typed: no network, no program, no file but fonts, nothing to write to,
bounded memory and processor time. It reads an :class:`Order` from standard input and writes an :class:`Answer` to
standard output, both MessagePack. WeasyPrint is imported here and nowhere else.
"""

from __future__ import annotations

import ctypes.util
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import msgspec

from appliance.core.errors import RecorderError, Unavailable, UsageError
from appliance.papers.sheets.glyphs import Fonts, shown_instead
from appliance.process.confinement import Allowed, confine, name_process

__all__ = ["Answer", "Order", "confine_press", "main"]

FONT_PLACES = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/etc/fonts",
    "/usr/share/fontconfig",
    "/var/cache/fontconfig",
)
_VARIANT = "pdf/ua-1"


class Order(msgspec.Struct, frozen=True):
    """``html`` is whole: it names no file and no address."""

    html: str


class Answer(msgspec.Struct, frozen=True):
    """``pdf`` empty: ``refused`` is the error. ``missing``: characters that no font has, as they were typed."""

    pdf: bytes = b""
    pages: int = 0
    missing: tuple[str, ...] = ()
    refused: dict[str, Any] = {}
    unconfined: tuple[str, ...] = ()


def main(memory_bytes: int, seconds: int) -> None:
    """Serves one order. The process group that started it kills it later than ``seconds``; it ends itself by then."""
    too_large = Unavailable.of("papers-memory", mib=memory_bytes >> 20)
    no_memory = msgspec.msgpack.encode(Answer(refused=too_large.as_map()))  # made while there is memory for it
    try:
        fonts, weasyprint = _warm()
        unconfined = confine_press(memory_bytes, seconds)
        order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Order)
        said = msgspec.msgpack.encode(_print(fonts, weasyprint, order, unconfined))
    except RecorderError as error:
        said = msgspec.msgpack.encode(Answer(refused=error.as_map()))
    except (MemoryError, SystemError):  # code of Python 3.13 loses the former: "error return without exception"
        said = no_memory
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()


def confine_press(memory_bytes: int, seconds: int) -> tuple[str, ...]:
    """Gives up all but fonts; what this kernel cannot enforce is returned in words. The alarm and the processor's
    limit end the process."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)
    enforced = confine(Allowed(reads=FONT_PLACES, memory_bytes=memory_bytes))
    return (*enforced.below, *enforced.missing)


def _warm() -> tuple[Fonts, Any]:
    """Everything is imported, loaded and used once, so that nothing is looked for on the disk afterwards."""
    name_process("press")
    try:
        with _no_search():
            import weasyprint
    except (ImportError, OSError) as error:
        raise Unavailable.of("papers-engine", why=error) from error
    fonts = Fonts()
    weasyprint.HTML(string="<html lang=zh-Hant-TW><title>表</title><body>表", url_fetcher=_NoAddress()).write_pdf(
        pdf_variant=_VARIANT
    )
    return fonts, weasyprint


@contextmanager
def _no_search() -> Iterator[None]:
    """WeasyPrint tries what its libraries are called on each kind of system, and for each name that the loader does not
    know Python would start ldconfig, a compiler and a linker: two dozen programs a paper. Here the loader knows one."""
    search = ctypes.util.find_library
    ctypes.util.find_library = lambda name: None
    try:
        yield
    finally:
        ctypes.util.find_library = search


class _NoAddress:
    """WeasyPrint's fetcher here: no picture, style sheet or font comes from anywhere (``D-19``)."""

    _fail_on_errors = False  # looked up by WeasyPrint; the whole paper is refused below

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, url: str, *_: object, **__: object) -> NoReturn:
        self.asked.append(url)
        raise ValueError("papers hold words alone")


def _print(fonts: Fonts, weasyprint: Any, order: Order, unconfined: tuple[str, ...]) -> Answer:
    fetcher = _NoAddress()
    html, missing = order.html, fonts.missing((order.html,))
    for char in missing:
        html = html.replace(char, shown_instead(char))
    document = weasyprint.HTML(string=html, url_fetcher=fetcher).render(pdf_variant=_VARIANT)
    pdf = document.write_pdf(pdf_variant=_VARIANT)
    if fetcher.asked:
        raise UsageError.of("papers-address", address=fetcher.asked[0][:80])
    return Answer(pdf=pdf, pages=len(document.pages), missing=missing, unconfined=unconfined)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
    os._exit(0)  # Pango keeps a thread, which an orderly end would unload the libraries under
