"""Files that nobody's scanner made: every bad scan, names that are paths, bombs, files without end; for versions and
calendars, too. Each is a clear error, nothing of it stays, and no process grows by it."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from appliance.rules.scans import MAX_SCAN_BYTES
from tests.attack.client import Answer, Attacker
from tests.attack.office import AttackedOffice, act_id
from tests.attack.tally import Tally, row_of
from tests.box import OFFICER, UNIT_HEAD
from tests.rules.calendars import city_calendar
from tests.scanfiles import BAD, endless, png

MIB = 1 << 20
MOST_GROWTH_KIB = 48 * 1024
"""Of web and keeper over all uploads of this module, 300 MiB of them; what they unpack to is gigabytes."""
SLOW = {"PDF that unpacks to a gigabyte": pytest.mark.long}
"""Slow to make; the child that looks at scans sees it in every run (``tests/sandbox/test_scans.py``)."""
BOTH = {"password-1": OFFICER.password, "password-2": UNIT_HEAD.password}


@pytest.fixture
def attacker(office: AttackedOffice) -> Iterator[Attacker]:
    made = office.attacker()
    yield made
    made.close()


def _form(data: bytes, name: str, fields: Mapping[str, str], more: str = "") -> bytes:
    """``name`` and ``more`` stand in the head of the file's part as they are."""
    parts = [b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (key.encode(), value.encode())
             for key, value in fields.items()]  # fmt: skip
    head = f'--b\r\nContent-Disposition: form-data; name="file"; {name}\r\n{more}\r\n'
    return b"".join([*parts, head.encode("utf-8", "surrogateescape"), data, b"\r\n--b--\r\n"])


def _send(attacker: Attacker, path: str, body: bytes, attack: str = "bad scan") -> Answer:
    headers = attacker.as_page() | {"Content-Type": "multipart/form-data; boundary=b"}
    return attacker.ask("POST", path, headers, body, attack=attack)


def _scan(
    attacker: Attacker, office: AttackedOffice, data: bytes, name: str = 'filename="a"', more: str = ""
) -> Answer:
    return _send(attacker, f"/scans/case/{office.case}", _form(data, name, _fields(), more))


def _fields() -> dict[str, str]:
    return {"act": act_id(), "seat": "1", "password": OFFICER.password, "kind": "form", "note": ""}


def _files(office: AttackedOffice) -> set[str]:
    """Every file below the office's folder."""
    root = office.box.directory
    return {os.path.relpath(each, root) for each in root.rglob("*") if each.is_file()}


def _peaks(office: AttackedOffice) -> dict[str, int]:
    """The most memory that each process has had, in KiB."""
    return {
        name: int(re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[0])
        for name, process in office.box.processes.items()
        if name in ("web", "keeper")
    }


@pytest.fixture(scope="module")
def before(office: AttackedOffice) -> Iterator[None]:
    """What is uploaded takes neither disk nor memory: one good scan was taken in before the first bad one."""
    assert office.scan
    attacker = office.attacker()
    _scan(attacker, office, BAD["a text"][0]())
    files, peaks = _files(office), _peaks(office)
    yield
    attacker.close()
    grown = {name: peak - peaks[name] for name, peak in _peaks(office).items()}
    assert all(each < MOST_GROWTH_KIB for each in grown.values()), grown
    assert not {name for name in _files(office) - files if name.endswith((".tmp", ".part"))}


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize(
    "name",
    [*(name for name in BAD if name not in SLOW), *(pytest.param(name, marks=pytest.mark.long) for name in SLOW)],
)
def test_a_bad_scan_is_refused_in_words_and_nothing_of_it_is_entered(
    office: AttackedOffice, attacker: Attacker, name: str
) -> None:
    size = office.entries
    answer = _scan(attacker, office, BAD[name][0]())
    assert answer.status == 400, answer.status
    assert 'role="alert"' in answer.text
    assert not {kind for kind in office.kinds_since(size) if kind.startswith("scan")}


@pytest.mark.long
@pytest.mark.usefixtures("before")
def test_a_file_that_is_endless_to_draw_is_given_up(office: AttackedOffice, attacker: Attacker) -> None:
    size = office.entries
    assert _scan(attacker, office, endless()).status in (400, 503)
    assert not {kind for kind in office.kinds_since(size) if kind.startswith("scan")}
    assert attacker.get("/account").status == 200


PATHS = (
    'filename="../../../../etc/cron.d/x.png"', 'filename="..\\\\..\\\\x.png"', 'filename="/etc/passwd"',
    'filename="C:\\\\x.png"', "filename*=UTF-8''..%2F..%2Fx.png", "filename*=UTF-8''%00.png",
    'filename="a\0b.png"', 'filename=".."', 'filename="."', 'filename="a/../b.png"', f'filename="{"長" * 300}.png"',
    'filename="gnp.\u202eexe"', 'filename="x.svg"', 'filename="x.png.exe"', 'filename="x.pdf"', 'filename="x.html"',
    "filename*=UTF-8''a%0d%0aX: y.png", 'filename="a\\nb.png"', 'filename="\udcff\udcfe.png"',
)  # fmt: skip


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("name", PATHS, ids=lambda name: ascii(name)[:40])
def test_a_name_that_is_a_path_hides_something_or_promises_another_type_leads_nowhere(
    office: AttackedOffice, attacker: Attacker, name: str
) -> None:
    """What aiohttp itself makes a plain name of (the last part of a path) may be taken in under it; never as a path."""
    answer = _scan(attacker, office, png(act_id()), name)
    assert answer.status in (303, 400), f"{answer.status} {answer.text[:300]}"
    assert not any(re.search(r"etc|cron|passwd|\.svg|\.exe|\.html", each) for each in _files(office))
    if answer.status == 303:
        number = re.search(r"scan=([^#&]+)", answer.goes_to)
        assert number
        given = attacker.post(f"/scan/{number[1]}/original", {"seat": "1", "password": OFFICER.password}, "bad scan")
        assert re.fullmatch(r'attachment; filename="[A-Za-z0-9.-]+"', given.headers["content-disposition"])
        page = attacker.get(f"/scan/{number[1]}").text
        assert "../" not in page.replace('href="', "")


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize(
    "of",
    ["case/..%2f..%2fetc", "case/%2e%2e", "person/..%2fofficer", "hold/%00", "nothing/1", "case/", "case/115-9999"],
)
def test_a_scan_of_a_thing_that_there_is_not_is_taken_nowhere(
    office: AttackedOffice, attacker: Attacker, of: str
) -> None:
    fields = {"act": act_id(), "kind": "form", "note": ""}
    answer = _send(attacker, f"/scans/{of}", _form(png(act_id()), 'filename="a.png"', fields))
    assert answer.status == 404


@pytest.mark.usefixtures("before")
def test_a_file_over_the_size_is_refused_whether_it_says_so_or_not(
    office: AttackedOffice, attacker: Attacker, tally: Tally
) -> None:
    """With its length told it is not read at all; in chunks it is dropped at the size, and the connection with it."""
    assert _scan(attacker, office, bytes(MAX_SCAN_BYTES + MIB)).status in (0, 400)
    fields = _form(b"", 'filename="a.png"', _fields())
    lines = {"Host": f"localhost:{attacker.port}", "Cookie": f"__Host-sid={attacker.session}", **attacker.as_page(),
             "Content-Type": "multipart/form-data; boundary=b", "Transfer-Encoding": "chunked"}  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    tally.count("bad scan")
    with attacker.opened(60) as sock:
        sock.sendall(f"POST /scans/case/{office.case} HTTP/1.1\r\n{head}\r\n".encode())
        told = b""
        for piece in (fields.removesuffix(b"\r\n--b--\r\n"), *[bytes(MIB)] * 100):
            sock.settimeout(120)
            sock.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            sock.settimeout(0.01)
            with contextlib.suppress(TimeoutError):
                told = sock.recv(20)
                break
        assert told.startswith(b"HTTP/1.1 400")
    assert attacker.get("/account").status == 200


ZEROS = bytes(40 * MIB)
PACKED: dict[str, tuple[str, bytes]] = {
    "gzip": ("gzip", gzip.compress(ZEROS)),
    "deflate": ("deflate", zlib.compress(ZEROS)),
    "gzip twice": ("gzip, gzip", gzip.compress(gzip.compress(ZEROS))),
    "identity and gzip": ("identity, gzip", gzip.compress(ZEROS)),
}


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("path", ["/login", "/rules/packs", "/rules/calendar", "/scans/case/{case}"])
@pytest.mark.parametrize("name", PACKED)
def test_nothing_that_is_sent_is_unpacked(office: AttackedOffice, attacker: Attacker, path: str, name: str) -> None:
    """Neither a packed body nor a packed part: 40 KB of it would be 40 MiB."""
    coding, packed = PACKED[name]
    path = path.format(case=office.case)
    part = _form(
        packed, 'filename="a.png"', {"act": act_id(), "kind": "form", **BOTH}, f"Content-Encoding: {coding}\r\n"
    )
    assert _send(attacker, path, part, "bomb").status in (400, 403)
    headers = attacker.as_page() | {"Content-Type": "multipart/form-data; boundary=b", "Content-Encoding": coding}
    assert attacker.ask("POST", path, headers, packed, attack="bomb").status in (400, 403)


VERSIONS: dict[str, bytes] = {
    "digits": b"format = " + b"1" * 5_000,
    "hexadecimal digits": b"format = 0x" + b"f" * 20_000,
    "parts of a key": b".".join([b"a"] * 40_000) + b" = 1",
    "nested lists": b"a = " + b"[" * 100_000,
    "nested tables": b"a = " + b"{a=" * 50_000,
    "many tables": b"".join(b"[a%d]\n" % number for number in range(20_000)),
    "bytes that are no text": bytes(range(256)) * 900,
    "nothing": b"",
    "too large": b"#" * (300 << 10),
    "far too large": b"#" * (2 * MIB),
    "an archive": b"PK\x03\x04" + bytes(1_000),
}
CALENDARS: dict[str, bytes] = {
    "a field without end": city_calendar(2030) + b'"' + b"a" * 150_000,
    "a NUL": city_calendar(2030) + b"\0,\0\n",
    "the year 9999": city_calendar(2030).replace(b"2030", b"9999"),
    "the year 0": city_calendar(2030).replace(b"2030", b"0000"),
    "columns without end": city_calendar(2030).split(b"\n")[0] + b"\n" + b"," * 60_000,
    "a formula": city_calendar(2030) + b"=cmd|'/c calc'!A1,\n",
    "bytes that are no text": b"\xff\xfe" * 9_000,
    "far too large": b"x" * (3 * MIB),
    "nothing": b"",
}


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("name", VERSIONS)
def test_a_version_that_is_none_is_refused_in_words(office: AttackedOffice, attacker: Attacker, name: str) -> None:
    size = office.entries
    fields = {"act": act_id(), "password": OFFICER.password}
    answer = _send(attacker, "/rules/packs", _form(VERSIONS[name], 'filename="next.toml"', fields), "bad version")
    assert 400 <= answer.status < 500, f"{answer.status} {answer.text[:300]}"
    assert "pack.proposed" not in office.kinds_since(size)


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("name", CALENDARS)
def test_a_calendar_that_is_none_is_refused_in_words(office: AttackedOffice, attacker: Attacker, name: str) -> None:
    size = office.entries
    form = _form(CALENDARS[name], 'filename="c.csv"', {"act": act_id(), **BOTH})
    answer = _send(attacker, "/rules/calendar", form, "bad calendar")
    assert 400 <= answer.status < 500, f"{answer.status} {answer.text[:300]}"
    assert not [kind for kind in office.kinds_since(size) if kind.startswith("calendar")]


def test_the_page_of_figures_tells_no_more_than_was_tried(tally: Tally) -> None:
    tried, _, left = row_of("tests/attack/test_uploads.py")
    assert tried <= tally.total, f"{tally.total}: {dict(tally.tried)}"
    assert left == 0
