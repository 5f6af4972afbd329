"""A database that only follows the catalogue: opened if it can be trusted, made anew if not, in doubt when it fails.

While ``healthy`` is False nothing may be destroyed (``INV-24``). Blocking and thread-safe. It is the one file of the
store that is not behind ``Fs``: SQLite opens it itself, and losing it loses nothing.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

from appliance.core.errors import Unavailable
from appliance.formats.segment_files import segment_name, segment_of
from appliance.vault.index.catalogue import FIRST, Catalogue, Place
from appliance.vault.index.comparing import difference
from appliance.vault.index.loading import Loading, Unusual
from appliance.vault.index.projection import INDEXES, KEYS, TABLES, VERSION, Projection

__all__ = ["DerivedDatabase", "SetAsideEntry"]

_BATCH = 2_000
_PRIVATE = ""
"""A path that gives a database of its own in the system's place for such files: small ones stay in memory, and none
outlives its connection."""

_NO_FILE = (_PRIVATE, ":memory:")

_NOT_ANSWERED = (sqlite3.Error, UnicodeDecodeError)
"""What comes of a file that is damaged: sqlite3 decodes SQLite's message, which may quote a damaged schema."""

_IN_ONE_STATEMENT = 500
"""Values of one query: few enough for every build of SQLite."""


class SetAsideEntry(NamedTuple):
    """An entry of the catalogue that could not be applied, and why."""

    place: Place
    why: str


class DerivedDatabase:
    """Tables made from the catalogue. ``doubt`` says why nothing may be destroyed by them, "" if they are sound.

    ``rebuilt`` says why they were made anew, "" when they were not, and ``made`` counts how often. If they were,
    ``missing`` has the files that manifests name and nobody finds, ``strays`` those that no manifest, opening or
    allocation names. ``changed`` says what in them was not as the catalogue has it, once something was.
    """

    def __init__(self, path: str, catalogue: Catalogue, listing: Callable[[], Iterable[str]] | None) -> None:
        """Opens the index at ``path`` (``:memory:`` for none) and follows the catalogue, or makes it anew.

        ``listing()`` names every segment file of ring and open; it is asked only when the index is made anew, and is
        None where nobody asks which are missing. Raises Damaged when the catalogue does not open. Where the files
        cannot be listed, because their disk is away, it stays in doubt.
        """
        self._path, self._catalogue, self._listing = path, catalogue, listing
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._projection: Projection | None = None
        self._closed = False
        self.doubt = ""
        self.rebuilt = self.changed = ""
        self.made = 0
        self.missing: frozenset[str] = frozenset()
        self.strays: frozenset[str] = frozenset()
        if why := self._open():
            with contextlib.suppress(Unavailable):
                self.rebuild(why)
        else:
            self.follow()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """For good: whoever still compares it beside the keeper makes no other in the place of its successor's."""
        with self._lock:
            self._closed = True
            self._disconnect()

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = self._projection = None

    @property
    def healthy(self) -> bool:
        """Whether it agrees with the catalogue to the last entry, and no entry was set aside; retention asks."""
        with self._lock:
            if self.doubt or self.set_aside():
                return False
            return next(self._catalogue.entries(self._at()), None) is None

    def set_aside(self) -> list[SetAsideEntry]:
        """The entries of the catalogue that no table could take, in order: whatever they say is not in any answer, so
        nothing is destroyed."""
        return [SetAsideEntry(Place(file, entry), why) for file, entry, why in self._rows("SELECT * FROM aside")]

    # --- following the catalogue ---

    def follow(self) -> None:
        """Applies what the catalogue has beyond the last applied entry. Never raises for the index's own troubles:
        it is then in doubt, and recording goes on without it."""
        with self._lock:
            if self.doubt:
                return
            try:
                self._apply(self._at())
            except (sqlite3.Error, Unavailable) as error:
                self.distrust(f"it does not take a row ({error})")

    def rebuild(self, why: str) -> None:
        """Makes the index anew from the catalogue, then compares it with the files; only then has it a version, so
        that whatever interrupts this, the next start begins it again. Raises Damaged, Unavailable."""
        with self._lock:
            self.distrust(why)
            if self._closed:
                raise Unavailable.of("index-closed", path=self._path)
            self._disconnect()
            try:
                self._db = self._made_anew()
                self._compare()
                self._db.execute(f"PRAGMA user_version = {VERSION}")
            except sqlite3.Error as error:
                raise Unavailable.of("index-unmade", path=self._path, why=error) from error
            self.rebuilt, self.doubt, self.made = why, "", self.made + 1

    def distrust(self, why: str) -> None:
        """From now on nothing is destroyed until the index is made anew."""
        self.doubt = self.doubt or why

    @contextlib.contextmanager
    def anew(self) -> Iterator[Self]:
        """Another index, made from the catalogue alone and gone at the end: what this one must be. Raises Damaged,
        Unavailable."""
        with type(self)(_PRIVATE, self._catalogue, None) as truth:
            if truth.doubt:
                raise Unavailable.of("index-uncompared", why=truth.doubt)
            yield truth

    def differs(self, truth: DerivedDatabase, lock: contextlib.AbstractContextManager[object]) -> str:
        """In what this index is not as ``truth``, which :meth:`anew` gave; "" where in nothing. It is in doubt then.

        ``lock`` is held while both come to the same entry of the catalogue; nobody waits for the comparison, which is
        of what this index holds at that moment.
        """
        try:
            with contextlib.ExitStack() as stack:
                with lock:
                    self.follow()
                    truth.follow()
                    if self.doubt or truth.doubt:
                        return self.doubt or truth.doubt
                    here = stack.enter_context(self._snapshot())
                found = difference(here, truth._connected())
        except _NOT_ANSWERED as error:
            found = f"it does not open ({error})"
        if found:
            self.contradict(found)
        return found

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """What the file holds at this moment, whatever is written meanwhile."""
        with self._using() as db:
            if self._path in _NO_FILE:
                own = sqlite3.connect(":memory:", check_same_thread=False)
                db.backup(own)
            else:
                own = sqlite3.connect(f"{Path(self._path).absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
                own.execute("BEGIN")
                own.execute("SELECT count(*) FROM meta").fetchone()
        with contextlib.closing(own):
            yield own

    def contradict(self, why: str) -> None:
        """It is not what the catalogue says: in doubt from now on, and told as changed."""
        self.changed = self.changed or why
        self.distrust(why)

    def outdate(self) -> None:
        """The next opening makes it anew, and says what it finds missing. Raises Unavailable."""
        self._write("PRAGMA user_version = 0")

    def check(self) -> bool:
        """A full check of the database file: half a second a million files. False: it is in doubt now. Nobody waits for
        it: it reads what the file is at this moment on a way of its own."""
        try:
            with self._using() as db:
                if self._path in _NO_FILE:
                    result = str(db.execute("PRAGMA quick_check").fetchone()[0])
            if self._path not in _NO_FILE:
                self._read_ahead()
                with contextlib.closing(sqlite3.connect(self._path)) as own:
                    result = str(own.execute("PRAGMA quick_check").fetchone()[0])
        except Unavailable:
            return False
        except _NOT_ANSWERED as error:
            result = str(error)
        if result != "ok":
            self.distrust(f"quick_check says: {result}")
        return not self.doubt

    def _read_ahead(self) -> None:
        """All of the file will be asked for, page by page: the system reads it in one go."""
        if self._path in _NO_FILE:
            return
        with contextlib.suppress(OSError):
            fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_WILLNEED)
            finally:
                os.close(fd)

    def _open(self) -> str:
        """Connects to what is there. The reason why it is of no use, or ""."""
        if self._path in _NO_FILE or not os.path.exists(self._path):
            return "there was none"
        try:
            self._db = self._connect()
            if self._db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                return "it was made by another version"
            at = self._at()
        except (*_NOT_ANSWERED, Unavailable) as error:
            return f"it does not open ({error})"
        return "" if FIRST <= at <= self._catalogue.end else "it knows entries that the catalogue does not have"

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        _follow_durably(db)
        return db

    def _connected(self) -> sqlite3.Connection:
        if self._db is None:
            raise Unavailable.of("index-closed", path=self._path)
        return self._db

    @contextlib.contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            db = self._connected()
            try:
                yield db
            except _NOT_ANSWERED as error:
                self.distrust(str(error))
                raise Unavailable.of("index-silent", path=self._path, why=error) from error

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._using() as db:
            return db.execute(sql, values).fetchall()

    def _among(self, sql: str, bucket_ids: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        """The rows of ``sql``, which ends with the column of a bucket's id, of these buckets: many a statement."""
        them = (bytes.fromhex(bucket_id) for bucket_id in bucket_ids)
        while some := list(itertools.islice(them, _IN_ONE_STATEMENT)):
            yield from self._rows(f"{sql} IN ({', '.join('?' * len(some))})", *some)

    def _write(self, sql: str, *values: object) -> None:
        with self._using() as db:
            db.execute(sql, values)

    def _meta(self, key: str) -> int:
        with self._using() as db:
            row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        if row is None:
            self.contradict(f"it does not know its {key}")
            raise Unavailable.of("index-unknown", path=self._path, key=key)
        return int(row[0])

    def _at(self) -> Place:
        return Place(self._meta("file"), self._meta("entry"))

    def _apply(self, start: Place) -> None:
        with self._using() as db:
            self._projection = self._projection or Projection(db)
            pending = 0
            try:
                for place, notes in self._catalogue.entries(start):
                    if not pending:
                        db.execute("BEGIN")
                    self._projection.apply(notes, place)
                    pending += len(notes)
                    if pending >= _BATCH:
                        db.execute("COMMIT")
                        pending = 0
                if pending:
                    db.execute("COMMIT")
            except BaseException:
                self._projection = None
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    # --- making it anew ---

    def _made_anew(self) -> sqlite3.Connection:
        """Every row of the catalogue, durable, in a file of version 0: whatever interrupts it, the next start begins
        anew. Nothing is kept to roll back to, and nothing synced before the end. Raises Damaged, sqlite3.Error."""
        db = self._empty()
        try:
            loading = Loading(db)
            for place, notes in self._catalogue.entries(FIRST):
                loading.add(notes, place)
            loading.finish()
        except Unusual:
            db.close()
            db = self._empty(journal="MEMORY")  # an entry that cannot be applied is rolled back
            for index in (*KEYS, *INDEXES):
                db.execute(index)
            projection = Projection(db)
            for place, notes in self._catalogue.entries(FIRST):
                projection.apply(notes, place)
        except BaseException:
            db.close()
            raise
        db.execute("COMMIT")
        self._sync()
        _follow_durably(db)
        return db

    def _empty(self, *, journal: str = "OFF") -> sqlite3.Connection:
        _remove(self._path)
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        db.execute(f"PRAGMA journal_mode = {journal}")
        db.execute("PRAGMA synchronous = OFF")
        db.executescript(TABLES)
        db.execute("BEGIN")
        db.executemany(
            "INSERT INTO meta VALUES (?, ?)",
            [("file", 1), ("entry", 0), ("segments", 0), ("bytes", 0), ("longest_ns", 0), ("settled", 0)],
        )
        return db

    def _sync(self) -> None:
        """Makes the file's rows durable before its version says that they are all there."""
        if self._path in _NO_FILE:
            return
        fd = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def _compare(self) -> None:
        """What the files say against what the manifests say; neither is ever as a whole in memory."""
        if self._listing is None:
            return
        with self._using() as db:
            db.execute(_THERE)
            try:
                others = self._note_files(db)
                missing = db.execute(_ONLY_IN.format("segments", "there"))
                self.missing = frozenset(segment_name(bucket.hex(), number) for bucket, number in missing)
                waiting = {
                    row[0] for row in db.execute("SELECT bucket FROM openings UNION SELECT bucket FROM allocations")
                }
                strays = db.execute(_ONLY_IN.format("there", "segments"))
                unknown = [segment_name(bucket.hex(), number) for bucket, number in strays if bucket not in waiting]
                self.strays = frozenset([*others, *unknown])
            finally:
                db.execute("DROP TABLE there")

    def _note_files(self, db: sqlite3.Connection) -> list[str]:
        """Puts every segment file there is into the table; returns the names that are none's."""
        names, others = iter(self._listing() if self._listing else ()), []
        while some := list(itertools.islice(names, _BATCH)):
            found = [(name, segment_of(name)) for name in some]
            others += [name for name, part in found if part is None]
            rows = [(bytes.fromhex(part[0]), part[1]) for _, part in found if part is not None]
            db.execute("BEGIN")
            db.executemany("INSERT OR IGNORE INTO there VALUES (?, ?)", rows)
            db.execute("COMMIT")
        return others


_THERE = "CREATE TEMP TABLE there (bucket BLOB, number INTEGER, PRIMARY KEY (bucket, number)) WITHOUT ROWID"
_ONLY_IN = (
    "SELECT bucket, number FROM {0} a WHERE NOT EXISTS "
    "(SELECT 1 FROM {1} b WHERE b.bucket = a.bucket AND b.number = a.number) ORDER BY bucket, number"
)
"""In the order of both keys, so that one walks along the other."""


def _remove(path: str) -> None:
    """An index's files, where it is one on a disk."""
    if path not in _NO_FILE:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path + suffix)


def _follow_durably(db: sqlite3.Connection) -> None:
    """Of what is written from now on, a power cut may cost the last, which the catalogue has; never the file."""
    db.execute("PRAGMA synchronous = NORMAL")
    if db.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":  # one in memory has no such journal
        db.execute("PRAGMA journal_mode = MEMORY")
