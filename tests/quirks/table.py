"""Runs quirks with all three readers and makes the rows of the table."""

from __future__ import annotations

import functools
import hashlib
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import appliance
from tests.quirks.camera import Camera
from tests.quirks.catalogue import QUIRKS
from tests.quirks.measure import Measure, measured, verdict
from tests.quirks.readers import NAMES, record
from tests.quirks.script import Quirk, Script
from tests.quirks.servers import Served
from tests.quirks.web_camera import WebCamera

__all__ = ["ALONE", "Row", "digest", "rows_of", "run"]


class Row(NamedTuple):
    """``reader``: which sources of ours were measured (:func:`digest`)."""

    quirk: Quirk
    measures: dict[str, Measure]
    reader: str

    @property
    def verdict(self) -> str:
        return verdict(*(self.measures[name] for name in NAMES))

    @property
    def lacks(self) -> bool:
        """Whether a reader has not everything."""
        return any(_worth(measure) < _WHOLE for measure in self.measures.values())

    def better(self, other: Row) -> Row:
        """The better measure of each reader."""
        measures = {name: max(self.measures[name], other.measures[name], key=_worth) for name in NAMES}
        return Row(self.quirk, measures, self.reader)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        measures = {name: measure._asdict() for name, measure in self.measures.items()}
        about = {"name": self.quirk.name, "group": self.quirk.group, "verdict": self.verdict, "reader": self.reader}
        return {**about, "readers": measures}


def rows_of(document: dict[str, Any]) -> list[Row]:
    """The rows of a document that a run made."""
    return [
        Row(QUIRKS[row["name"]], {name: Measure(**one) for name, one in row["readers"].items()}, row["reader"])
        for row in document["rows"]
    ]


ALONE = ("av.py", "by_libav.py", "http_pictures.py", "jpeg_stream.py", "libav.py", "rtsp_camera.py")
"""The modules of our reader that lie beside the folder ``rtsp``."""


@functools.cache
def digest() -> str:
    """Of the sources of our reader."""
    sources = Path(appliance.__file__).parent / "plugins" / "sources"
    found = hashlib.sha256()
    alone = (sources / name for name in ALONE)
    for file in (*sorted((sources / "rtsp").glob("*.py")), *alone):
        found.update(file.read_bytes())
    return found.hexdigest()[:16]


_WHOLE = 4.9


def _worth(one: Measure) -> float:
    return one.share + one.complete + one.keys + one.order + (1.0 if one.sound is None else one.sound)


def run(quirks: Sequence[Quirk], together: int, told: Callable[[Row], None]) -> list[Row]:
    """``together`` quirks at a time, each with its three readers at once; ``told`` hears of each row. Where a reader
    lacks something, all three try once more, with half as much beside them, and the better of each counts: a busy
    machine is no quirk."""
    found = _pass(quirks, together, told)
    lacking = [quirk for quirk in quirks if found[quirk.name].lacks]
    again = _pass(lacking, max(1, together // 2), told)
    return [found[quirk.name].better(again.get(quirk.name, found[quirk.name])) for quirk in quirks]


def _pass(quirks: Sequence[Quirk], together: int, told: Callable[[Row], None]) -> dict[str, Row]:
    lock = threading.Lock()

    def one(quirk: Quirk) -> Row:
        row = _row(quirk)
        with lock:
            told(row)
        return row

    # The longest begin first, so that none is waited for at the end.
    order = sorted(quirks, key=lambda quirk: -quirk.script.seconds)
    with ThreadPoolExecutor(together) as pool:
        try:
            return {row.quirk.name: row for row in pool.map(one, order)}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _row(quirk: Quirk) -> Row:
    """Each reader has a camera of its own, so that what one does changes nothing for another."""
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(len(NAMES)) as pool:
        found = list(pool.map(lambda name: _measure(quirk, name, Path(directory)), NAMES))
    if any(one.sound is not None for one in found):  # who does not set up the sound is sent none, and has none of it
        found = [one._replace(sound=one.sound or 0.0) for one in found]
    return Row(quirk, dict(zip(NAMES, found, strict=True)), digest())


def _camera(script: Script) -> Camera | Served:
    if script.server:
        return Served(script)
    return WebCamera(script) if script.web else Camera(script)


def _measure(quirk: Quirk, name: str, directory: Path) -> Measure:
    with _camera(quirk.script) as camera:
        done = record(name, camera, quirk.script.seconds, directory)
        camera.over.set()
        return measured(camera, done)
