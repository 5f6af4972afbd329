"""What somebody with root and an editor, and no key, can do to a stopped office: to files of footage, to the catalogue,
to the index; ``keymanipulations.py`` has the rest of the disk. Each manipulation is drawn with a generator and says
what it did; "" where it found nothing to do.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import sqlite3
from collections.abc import Callable

from appliance.core.errors import Damaged
from appliance.formats.segment import scan
from appliance.storage.journal import entries_of, pack_entry
from tests.vault.stoppedoffice import Disk

__all__ = ["NOTHING_LEFT", "OF_CATALOGUE", "OF_FOOTAGE", "OF_INDEX", "Manipulation", "bytes_changed", "entries_changed"]

NOTHING_LEFT = (sqlite3.DatabaseError, FileNotFoundError, Damaged, IndexError, ValueError)
"""What is said to whoever comes after somebody that took files away or wrote into their bytes. Each manipulation looks
for all that it needs before it changes anything."""


Manipulation = Callable[[Disk, random.Random], str]


# --- footage ---


def _changed(data: bytes, some: random.Random) -> tuple[str, bytes]:
    frames = scan(lambda at, n: data[at : at + n], len(data)).frames
    at, frame = some.randrange(len(data)), some.choice(frames)
    return some.choice(
        [
            ("a bit turned over", data[:at] + bytes([data[at] ^ 1 << some.randrange(8)]) + data[at + 1 :]),
            ("cut anywhere", data[:at]),
            ("cut behind a frame", data[: frame.end]),
            ("a frame taken out", data[: frame.offset] + data[frame.end :]),
            ("a frame twice", data[: frame.end] + data[frame.offset :]),
            ("the rest zeros", data[:at] + bytes(len(data) - at)),
            ("cut behind a frame and filled with zeros", data[: frame.end].ljust(len(data), b"\0")),
            ("grown", data + some.randbytes(some.randrange(1, 200))),
            ("another header", some.randbytes(128) + data[128:]),
            ("random bytes", some.randbytes(len(data))),
        ]
    )


def file_changed(disk: Disk, some: random.Random) -> str:
    if not (paths := disk.segments()):
        return ""
    path = some.choice(paths)
    if not (data := disk.fs.read(path)) or not scan(lambda at, n: data[at : at + n], len(data)).frames:
        return ""
    what, changed = _changed(data, some)
    disk.fs.put(path, changed)
    return f"{path}: {what}" if changed != data else ""


def files_exchanged(disk: Disk, some: random.Random) -> str:
    if len(paths := disk.segments()) < 2:
        return ""
    one, other = some.sample(paths, 2)
    data = disk.fs.read(one), disk.fs.read(other)
    disk.fs.put(one, data[1])
    if some.random() < 0.6:
        disk.fs.put(other, data[0])
    return f"{one} has what {other} had"


def file_taken_away(disk: Disk, some: random.Random) -> str:
    if not (paths := disk.segments()):
        return ""
    path, to = some.choice(paths), some.choice(["", disk.open, "another number"])
    if to == "another number":
        disk.fs.put(path.replace(".0000.", ".0007."), disk.fs.read(path))
    elif to:
        disk.fs.put(f"{disk.open}/{os.path.basename(path)}", disk.fs.read(path))
    disk.fs.unlink(path)
    return f"{path} taken away, to: {to or 'nowhere'}"


def file_added(disk: Disk, some: random.Random) -> str:
    if not (paths := disk.segments()):
        return ""
    data, name = disk.fs.read(some.choice(paths)), some.randbytes(16).hex()
    directory = some.choice([f"{disk.ring}/{name[:2]}", disk.open])
    if not disk.fs.exists(directory):
        disk.fs.make_dir(directory)
    disk.fs.put(f"{directory}/{name}.0000.seg", data)
    return f"{directory}/{name}.0000.seg added"


def file_put_back(disk: Disk, some: random.Random) -> str:
    older = some.choice(disk.older).files
    paths = [path for path in older if path.endswith(".seg")]
    if not paths:
        return ""
    path = some.choice(paths)
    if disk.fs.exists(path) and disk.fs.read(path) == older[path]:
        return ""
    disk.fs.put(path, older[path])
    return f"{path} as it was earlier"


# --- the catalogue ---


def catalogue_changed(disk: Disk, some: random.Random) -> str:
    path = some.choice(disk.journals())
    others = entries_of(disk.fs.read(some.choice(disk.journals())))[0]
    what, changed = entries_changed(disk.fs.read(path), others, some)
    return _put(disk, path, what, changed)


def entries_changed(data: bytes, others: list[bytes], some: random.Random) -> tuple[str, bytes]:
    """A journal in which entries moved, with checksums that fit, or its bytes did. ``others``: of another such file."""
    bodies, _ = entries_of(data)
    if not bodies or some.random() < 0.25:
        return bytes_changed(data, some)
    one, other = (some.randrange(len(bodies)) for _ in range(2))
    swapped = list(bodies)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    what, left = some.choice(
        [
            ("cut behind an entry", bodies[:one]),
            ("two entries exchanged", swapped),
            ("an entry left out", bodies[:one] + bodies[one + 1 :]),
            ("an entry twice", [*bodies, bodies[one]]),
            ("an entry of another file", [*bodies, some.choice(others or bodies)]),
        ]
    )
    return what, b"".join(map(pack_entry, left))


def bytes_changed(data: bytes, some: random.Random) -> tuple[str, bytes]:
    """Any file, by somebody who does not know what is in it."""
    at = some.randrange(len(data) or 1)
    turned = data[:at] + bytes([data[at] ^ 1 << some.randrange(8)]) + data[at + 1 :] if data else b"\1"
    return some.choice(
        [
            ("a bit turned over", turned),
            ("a bit turned over", turned),
            ("cut anywhere", data[:at]),
            ("the rest zeros", data[:at] + bytes(len(data) - at)),
            ("grown", data + some.randbytes(some.randrange(1, 200))),
            ("random bytes", some.randbytes(len(data))),
        ]
    )


def _put(disk: Disk, path: str, what: str, changed: bytes) -> str:
    same = disk.fs.read(path) == changed
    disk.fs.put(path, changed)
    return "" if same else f"{path}: {what}"


def catalogue_put_back(disk: Disk, some: random.Random) -> str:
    older = some.choice(disk.older).files
    before = {path: data for path, data in older.items() if path.endswith(".journal")}
    if before == {path: disk.fs.read(path) for path in disk.journals()}:
        return ""
    for path in disk.journals():
        disk.fs.unlink(path)
    for path, data in before.items():
        disk.fs.put(path, data)
    return f"the catalogue as it was earlier, {len(before)} files"


def catalogue_file_taken_away(disk: Disk, some: random.Random) -> str:
    path = some.choice(disk.journals())
    disk.fs.unlink(path)
    return f"{path} taken away"


# --- the index ---

_TABLES = ("meta", "boots", "readings", "allocations", "openings", "buckets", "segments", "gaps", "destroyed")


def row_changed(disk: Disk, some: random.Random) -> str:
    with disk.rows() as db:
        table = some.choice([*_TABLES, "buckets", "segments", "buckets", "segments"])
        rows = db.execute(f"SELECT * FROM {table}").fetchall()
        if not rows:
            return ""
        names = [column[1] for column in db.execute(f"PRAGMA table_info({table})")]
        column = some.randrange(len(names))
        row, other = some.choice(rows), some.choice(rows)
        value = some.choice([other[column], *_near(row[column], some)])
        where = " AND ".join(f"{name} IS ?" for name in names)
        with contextlib.suppress(sqlite3.IntegrityError):
            db.execute(f"UPDATE {table} SET {names[column]} = ? WHERE {where}", (value, *row))
        after = db.execute(f"SELECT * FROM {table}").fetchall()
    return f"{table}.{names[column]}: {row[column]!r} is {value!r}" if after != rows else ""


def _near(value: object, some: random.Random) -> list[object]:
    if isinstance(value, int):
        steps = (1, 60 * 10**9, 600 * 10**9, 40 * 86_400 * 10**9)
        return [value + some.choice([-1, 1]) * some.choice(steps), -value, 0, 1, (1 << 62), "a text"]
    if isinstance(value, bytes):
        return [some.randbytes(len(value)), value[:-1], b"", 0]
    return ["C1", "C2", "", "restart", 7]


def row_gone_or_twice(disk: Disk, some: random.Random) -> str:
    with disk.rows() as db:
        table = some.choice(_TABLES)
        rows = db.execute(f"SELECT * FROM {table}").fetchall()
        if not rows:
            return ""
        names = [column[1] for column in db.execute(f"PRAGMA table_info({table})")]
        row = some.choice(rows)
        if some.random() < 0.5:
            db.execute(f"DELETE FROM {table} WHERE {' AND '.join(f'{name} IS ?' for name in names)}", row)
        else:
            again = [None if name == "id" else value for name, value in zip(names, row, strict=True)]
            if isinstance(again[0], bytes) or table == "buckets":
                again[names.index("bucket")] = some.randbytes(16)
            with contextlib.suppress(sqlite3.IntegrityError):
                db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", again)
        after = db.execute(f"SELECT * FROM {table}").fetchall()
    return f"{table}: a row gone or twice" if after != rows else ""


def index_rebuilt_otherwise(disk: Disk, some: random.Random) -> str:
    sql = some.choice(
        [
            "DROP INDEX segments_by_check",
            "CREATE TRIGGER t AFTER UPDATE ON segments BEGIN DELETE FROM gaps; END",
            "CREATE TABLE more (a)",
            "PRAGMA user_version = 3",
            "UPDATE segments SET checked_ns = 1 << 62",
            "UPDATE segments SET checked_ns = 1",
            "DELETE FROM buckets",
            "DELETE FROM segments",
            "DELETE FROM meta",
            "DROP TABLE gaps",
        ]
    )
    with disk.rows() as db:
        db.execute(sql)
    return sql


def index_bytes_changed(disk: Disk, some: random.Random) -> str:
    data = bytearray(disk.index.read_bytes())
    kind = some.randrange(4)
    if kind == 0:
        disk.index.write_bytes(data[: some.randrange(len(data))])
    elif kind == 1:
        disk.index.unlink()
    else:
        for _ in range(kind**3):
            data[some.randrange(len(data))] ^= 1 << some.randrange(8)
        disk.index.write_bytes(data)
    return f"the index's bytes, kind {kind}"


def index_put_back(disk: Disk, some: random.Random) -> str:
    disk.index.write_bytes(some.choice(disk.older).index)
    return "the index as it was earlier"


# --- both, to fit ---


def file_cut_and_row_fitted(disk: Disk, some: random.Random) -> str:
    """What the index says of a file is what somebody made of it."""
    if not (paths := disk.segments()):
        return ""
    path = some.choice(paths)
    if not (data := disk.fs.read(path)) or not scan(lambda at, n: data[at : at + n], len(data)).frames:
        return ""
    what, changed = _changed(data, some)
    frames = len(scan(lambda at, n: changed[at : at + n], len(changed)).frames)
    bucket, number = os.path.basename(path).split(".")[:2]
    disk.fs.put(path, changed)
    with contextlib.suppress(*NOTHING_LEFT), disk.rows() as db:
        db.execute(
            "UPDATE segments SET bytes = ?, sha256 = ?, frames = ?, complete = 0 WHERE bucket = ? AND number = ?",
            (len(changed), hashlib.sha256(changed).digest(), frames, bytes.fromhex(bucket), int(number)),
        )
    return f"{path}: {what}, and its row says so" if changed != data else ""


def file_and_rows_taken_away(disk: Disk, some: random.Random) -> str:
    if not (paths := disk.segments()):
        return ""
    path = some.choice(paths)
    bucket = bytes.fromhex(os.path.basename(path).split(".")[0])
    disk.fs.unlink(path)
    tables = some.choice([("segments",), ("buckets",), ("segments", "buckets")])
    with contextlib.suppress(*NOTHING_LEFT), disk.rows() as db:
        for table in tables:
            db.execute(f"DELETE FROM {table} WHERE bucket = ?", (bucket,))
    return f"{path} taken away with its rows in {tables}"


def buckets_exchanged(disk: Disk, some: random.Random) -> str:
    """The rows of two buckets change their camera, their times, or their place in the catalogue."""
    columns = some.choice([("camera_no",), ("slot_start_ns", "start_ns", "end_ns"), ("file", "entry"), ("hash",)])
    with disk.rows() as db:
        rows = db.execute(f"SELECT bucket, {', '.join(columns)} FROM buckets").fetchall()
        if len(rows) < 2:
            return ""
        (one, *ones), (other, *others) = some.sample(rows, 2)
        sets = ", ".join(f"{column} = ?" for column in columns)
        db.execute(f"UPDATE buckets SET {sets} WHERE bucket = ?", (*others, one))
        db.execute(f"UPDATE buckets SET {sets} WHERE bucket = ?", (*ones, other))
    return f"two buckets exchange {columns}" if ones != others else ""


OF_FOOTAGE: tuple[Manipulation, ...] = (
    file_changed,
    file_changed,
    files_exchanged,
    file_taken_away,
    file_added,
    file_put_back,
)
OF_CATALOGUE: tuple[Manipulation, ...] = (catalogue_changed, catalogue_put_back, catalogue_file_taken_away)
OF_INDEX: tuple[Manipulation, ...] = (
    row_changed,
    row_changed,
    row_changed,
    row_gone_or_twice,
    index_rebuilt_otherwise,
    index_bytes_changed,
    index_put_back,
    file_cut_and_row_fitted,
    file_cut_and_row_fitted,
    file_and_rows_taken_away,
    buckets_exchanged,
)
"""The last four with the file that the row is of."""
