"""What is refused, and what goes on all the same: the edges of a grant, a ledger that takes no entry, a session that is
over, and each process but the recorder gone, across a power cut too.

One office with its real processes and its real disk. Each test leaves it running for the next.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import ssl
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from appliance.core.clock import SystemClock
from appliance.core.errors import NotAllowed, NotFound, NotLoggedIn, NotWritable, Refused, Unavailable
from appliance.web.http.request_context import SESSION_COOKIE
from tests.box import OFFICER, Box, make_box, testcard, until
from tests.caselife import life_of
from tests.faults.ext4 import Ext4, ext4_on_loop
from tests.faults.intruder import bucket_keys, cut_power, files_in, processes_under, segment_key
from tests.faults.memory_dump import find_in_memory
from tests.opened import held

pytestmark = pytest.mark.root

SECOND = 1_000_000_000
LONGEST_LOSS_NS = 2 * SECOND
"""What a power cut may cost of a camera (INV-23)."""


@dataclass
class Office:
    """The box and its disk; ``start_ns`` to ``end_ns`` is footage that every camera has. ``case``: the last one, whose
    viewing may still be under way."""

    box: Box
    disk: Ext4
    start_ns: int
    end_ns: int
    case: str = ""


@dataclass
class Viewing:
    """A grant in force: its session and the granted minutes."""

    session: str
    grant: str
    start_ns: int
    end_ns: int


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    directory = tmp_path_factory.mktemp("refusals")
    cameras = [testcard("01"), testcard("02", audio="none")]
    with ext4_on_loop(directory, 128) as disk, make_box(disk.path / "state", cameras) as box:
        box.start()
        box.recording("01", "02")
        begun = box.camera("01")["last_written_ns"]
        until(lambda: box.camera("01")["last_written_ns"] > begun + 8 * SECOND, what="eight seconds of footage")
        yield Office(box, disk, begun, box.camera("01")["last_written_ns"])


_acts = iter(range(1 << 20))


def _view(office: Office) -> Viewing:
    """Two people, a case of some seconds in the middle of the footage, granted and opened. The former one is finished:
    two viewings are never booked for one minute, and before midnight few are left."""
    box = office.box
    start_ns, end_ns = office.start_ns + 2 * SECOND, office.start_ns + 6 * SECOND
    session = box.both_logged_in()
    life = life_of(box, session)
    if office.case:
        for end in ("finish", "stop"):  # of one that was interrupted
            with contextlib.suppress(NotAllowed):
                life.act(end, office.case, viewing={"filming": "none", "signed": True}, reason="設備測試")
    office.case = life.viewing(["01"], start_ns, end_ns)
    grant = box.call("viewing.open", session=session, case=office.case, seat=1, password=OFFICER.password)["grant"]
    return Viewing(session, grant, start_ns, end_ns)


def _restart_keeper(box: Box, how: signal.Signals) -> None:
    """And waits until the recorder has told the new one what of the open buckets is durable."""
    box.kill("keeper", how=how)
    box.start("keeper")
    now_ns = SystemClock().wall_ns()
    until(lambda: box.camera("01")["last_written_ns"] > now_ns + SECOND, what="the recorder's report")


def _stream(box: Box, viewing: Viewing, at_ns: int, camera_no: str = "01") -> bytes:
    client = box.client()
    try:
        _, blocks = client.stream("viewing.media", session=viewing.session, grant=viewing.grant, camera_no=camera_no,
                                  start_ns=at_ns, seconds=10, video_codecs=["h264"])  # fmt: skip
        return b"".join(blocks)
    finally:
        client.close()


def _key(box: Box, viewing: Viewing, at_ns: int, camera_no: str = "01") -> bytes:
    client = box.client()
    try:
        return client.call("viewing.key", session=viewing.session, grant=viewing.grant, camera_no=camera_no,
                           at_ns=at_ns).body  # fmt: skip
    finally:
        client.close()


def _get(box: Box, session: str, path: str) -> tuple[int, bytes]:
    """What a browser's script would get at this address of the site."""
    context = ssl.create_default_context(cafile=box.installed.ca_path)
    connection = http.client.HTTPSConnection("localhost", box.port, context=context, timeout=120)
    try:
        connection.request("GET", path, headers={"Cookie": f"{SESSION_COOKIE}={session}", "Sec-Fetch-Dest": "empty"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _media_path(viewing: Viewing, at_ns: int) -> str:
    return f"/viewing/{viewing.grant}/media?camera=01&start_ns={at_ns}&seconds=2&codecs=h264"


def _entries(box: Box, session: str, kind: str) -> list[dict[str, Any]]:
    size = int(box.call("ledger.head")["size"])
    found: list[dict[str, Any]] = []
    for start in range(0, size, 200):
        found += box.call("ledger.list", session=session, start=start, count=200)["entries"]
    return [entry["fields"] for entry in found if entry["kind"] == kind]


def _of(viewing: Viewing, kind: str, office: Office) -> list[dict[str, Any]]:
    """The fields of a grant's entries of one kind."""
    return [fields for fields in _entries(office.box, viewing.session, kind) if fields.get("grant") == viewing.grant]


def _grows(box: Box, but: Collection[str] = ()) -> None:
    """Waits until as many open files of the recorder as there are cameras, ``but`` these, grow. Asks nobody. A file
    whose ten minutes end meanwhile grows no more; with nobody to close it, it stays, and the next one counts."""
    first_seen: dict[str, int] = {}

    def growing() -> list[str]:
        sizes = {}
        for path in _new(box.settings.layout.open, but, ".seg"):
            with contextlib.suppress(FileNotFoundError):  # closed, and moved to the ring
                sizes[path] = os.path.getsize(path)
        for path, size in sizes.items():
            first_seen.setdefault(path, size)
        return [path for path, size in sizes.items() if size > first_seen[path] + 10_000]

    until(lambda: len(growing()) >= len(box.cameras), what="more footage")


# --- outside the grant ---


@pytest.mark.parametrize("edge", ["a second before", "the very end", "a second after", "another camera"])
def test_outside_the_grant_is_refused_and_the_try_is_in_the_ledger(office: Office, edge: str) -> None:
    box, viewing = office.box, _view(office)
    at_ns, camera_no = {
        "a second before": (viewing.start_ns - SECOND, "01"),
        "the very end": (viewing.end_ns, "01"),
        "a second after": (viewing.end_ns + SECOND, "01"),
        "another camera": (viewing.start_ns, "02"),
    }[edge]
    for ask in (_stream, _key):
        with pytest.raises(Refused, match="outside the granted minutes"):
            ask(box, viewing, at_ns, camera_no)
    if camera_no == "01":
        status, body = _get(box, viewing.session, _media_path(viewing, at_ns))
        assert (status, json.loads(body)["code"]) == (403, "refused")
    tries = _of(viewing, "grant.refused", office)
    assert len(tries) == (3 if camera_no == "01" else 2)
    assert {(fields["camera_no"], fields["start_ns"]) for fields in tries} == {(camera_no, at_ns)}
    assert _of(viewing, "footage.released", office) == []
    box.call("viewing.end", session=viewing.session, grant=viewing.grant)


def test_inside_it_everything_is_shown_and_nothing_released_lies_outside(office: Office) -> None:
    """Ten seconds are asked for from every moment of four that are granted."""
    box, viewing = office.box, _view(office)
    for tenths in range(0, 40, 4):
        assert len(_stream(box, viewing, viewing.start_ns + tenths * SECOND // 10)) > 1000
    assert _get(box, viewing.session, _media_path(viewing, viewing.start_ns))[0] == 200
    released = [
        entry for entry in _entries(box, viewing.session, "footage.released") if entry["grant"] == viewing.grant
    ]
    assert len(released) >= 5
    for fields in released:
        assert viewing.start_ns <= fields["start_ns"] < fields["end_ns"] <= viewing.end_ns
    box.call("viewing.end", session=viewing.session, grant=viewing.grant)


# --- a session that is over ---


@pytest.mark.parametrize(
    "way", ["the viewing is ended", "both log out", "one of the two leaves", "the keeper is killed"]
)
def test_when_it_is_over_the_keys_are_gone_and_the_addresses_dead(office: Office, tmp_path: Path, way: str) -> None:
    box, viewing = office.box, _view(office)
    path = _media_path(viewing, viewing.start_ns)
    assert _get(box, viewing.session, path)[0] == 200
    bucket_id = _entries(box, viewing.session, "grant.opened")[-1]["buckets"][0]
    key = bucket_keys(box, tmp_path / "copy")[bucket_id]
    (segment,) = [path for path in files_in(box.settings.layout.open, box.settings.layout.ring) if bucket_id in path]
    secrets = [key, segment_key(key, Path(segment).read_bytes())]
    assert _holders(box, secrets) == {"keeper": set(secrets)}

    if way == "the viewing is ended":
        box.call("viewing.end", session=viewing.session, grant=viewing.grant)
        expected, code = NotFound, 404
    elif way == "both log out":
        box.call("logout", session=viewing.session)
        expected, code = NotLoggedIn, 401
    elif way == "one of the two leaves":
        stays = box.call("logout", session=viewing.session, seat=2)
        assert [seat["person"] for seat in stays["seats"]] == [OFFICER.name]
        with pytest.raises(NotFound):
            _stream(box, replace(viewing, session=stays["session"]), viewing.start_ns)
        expected, code = NotLoggedIn, 401
    else:
        _restart_keeper(box, signal.SIGKILL)
        expected, code = NotLoggedIn, 401
    assert _holders(box, secrets) == {}
    for ask in (_stream, _key):
        with pytest.raises(expected):
            ask(box, viewing, viewing.start_ns)
    assert _get(box, viewing.session, path)[0] == code
    ended = [entry for entry in _entries(box, box.both_logged_in(), "grant.ended") if entry["grant"] == viewing.grant]
    assert len(ended) == 1


def _holders(box: Box, secrets: list[bytes]) -> dict[str, set[bytes]]:
    """Which processes, of those that serve a viewing, hold which of these bytes in memory."""
    roots = [box.processes[name].pid for name in ("keeper", "darkroom", "web")]
    found = {name: set(find_in_memory(pid, secrets)) for pid, name in processes_under(*roots).items()}
    return {name: hits for name, hits in found.items() if hits}


# --- the ledger takes no entry ---


def test_without_an_entry_no_picture_and_recording_goes_on(office: Office) -> None:
    box, viewing = office.box, _view(office)
    ledger = os.path.join(box.settings.layout.keeper, "ledger", "ledger.log")
    closed = (ledger, box.settings.layout.keeper)  # a keeper that can write beside its ledger starts itself anew
    subprocess.run(["chattr", "+i", *closed], check=True)
    try:
        before = Path(ledger).read_bytes()
        for ask in (_stream, _key):
            with pytest.raises(NotWritable):
                ask(box, viewing, viewing.start_ns + SECOND)
        status, body = _get(box, viewing.session, _media_path(viewing, viewing.start_ns))
        assert (status, json.loads(body)["code"]) == (503, "not-writable")
        with pytest.raises(NotWritable):
            life_of(box, viewing.session).receive(["01"], viewing.start_ns, viewing.end_ns)
        with pytest.raises(NotWritable):
            box.call("login", name=OFFICER.name, password=OFFICER.password, totp="")
        assert Path(ledger).read_bytes() == before
        _grows(box)
        assert {camera["state"] for camera in box.status()["cameras"]} == {"live"}
    finally:
        subprocess.run(["chattr", "-i", *closed], check=True)
    box.processes["keeper"].wait(120)  # by itself, now that the disk takes writes again
    _restart_keeper(box, signal.SIGTERM)
    again = _view(office)
    assert len(_stream(box, again, again.start_ns)) > 1000
    box.call("viewing.end", session=again.session, grant=again.grant)


# --- everything else is gone ---


def test_recording_needs_neither_keeper_nor_web_nor_documents_also_across_a_power_cut(office: Office) -> None:
    box, disk, layout = office.box, office.disk, office.box.settings.layout
    box.kill("web")
    box.kill("darkroom")
    _grows(box)
    documents = [path for path in files_in(layout.web) if not path.endswith((".crt", ".pem"))]
    assert any("documents" in os.path.basename(path) for path in documents)
    for path in documents:
        if "documents" in os.path.basename(path):
            os.unlink(path)
    box.kill("keeper")
    _grows(box)
    first = set(files_in(layout.open))

    cut_ns = SystemClock().wall_ns()
    cut_power(box, disk)
    with pytest.raises(Unavailable):
        box.status()
    box.start("recorder")
    until(lambda: len(_new(layout.open, first, ".seg")) >= 2, what="new buckets")
    back_ns = SystemClock().wall_ns()
    _grows(box, but=first)
    assert len(_new(layout.open, first, ".emergency")) >= 2

    box.start("keeper", "darkroom", "web")
    assert not [path for path in files_in(layout.web) if path.endswith(".new")]
    until(lambda: box.camera("01")["last_written_ns"] > back_ns, what="the recorder's report")
    status, _ = _get(box, box.both_logged_in(), "/status/now")
    assert status == 200
    viewing = _view(office)
    assert len(_stream(box, viewing, viewing.start_ns)) > 1000
    box.stop()
    for camera_no, found in held(box).items():
        holes = [(before, after) for before, after in zip(found.walls, found.walls[1:], strict=False)
                 if after - before > SECOND]  # fmt: skip
        assert len(holes) == 1, f"camera {camera_no}: {holes}"
        ((last_ns, next_ns),) = holes
        assert cut_ns - LONGEST_LOSS_NS <= last_ns <= cut_ns < next_ns <= back_ns
        assert any(gap.start_ns <= last_ns + SECOND and gap.end_ns >= next_ns - SECOND for gap in found.gaps)


def _new(directory: str, known: Collection[str], ending: str) -> list[str]:
    return [path for path in files_in(directory) if path not in known and path.endswith(ending)]
