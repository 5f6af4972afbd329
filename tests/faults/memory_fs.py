"""A strict disk in memory, which can be cut at any call.

Stricter than any journaling file system: a file's bytes survive only after ``sync`` of that file, a name only after
``sync_dir`` of its directory, both after ``sync_fs``. A rename survives whole or not at all, and for certain only
when every directory it touches was synced. Whatever was not synced may survive in any part (:data:`MODES`).
A failed sync drops what it should have written and the next one succeeds, as Linux does.

::

    def scenario(fs, said):
        with Journal(fs, "/d/j") as journal:
            said.append(journal.append(b"one"))         # acknowledged

    for cut in every_cut(scenario, "/d"):
        assert len(Journal(cut.fs, "/d/j")) >= len(cut.said), cut
"""

from __future__ import annotations

import errno
import hashlib
import os
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

__all__ = ["KILLED", "MODES", "Call", "Cut", "MemoryFs", "every_cut", "every_failure"]

MODES = ("none", "all", "prefix", "subset", "torn", "zeros")
"""What survives of unsynced changes: nothing; everything; the first few; any; any 512-byte sectors of the writes;
the names and lengths, with zeros for bytes."""

KILLED = "killed"
"""Not a power cut: the process dies, and the next one finds the disk with what is unsynced still unsynced."""

_SECTOR = 512
_SHORT = ("write", "overwrite")
"""The calls that can take a part before they fail."""


class Call(NamedTuple):
    """One call. ``number`` counts the calls that change or sync anything, from 1; it is 0 for the others."""

    number: int
    name: str
    path: str
    bytes: int = 0


class _Write(NamedTuple):
    offset: int
    data: bytes


class _Truncate(NamedTuple):
    size: int


class _FileNode:
    def __init__(self, safe: bytes = b"") -> None:
        self.now, self.safe = bytearray(safe), safe
        self.dirty: list[_Write | _Truncate] = []
        self.names = 0

    def do(self, change: _Write | _Truncate) -> None:
        _apply(self.now, change)
        self.dirty.append(change)

    def sync(self) -> None:
        safe = bytearray(self.safe)
        for change in self.dirty:
            _apply(safe, change)
        self.safe, self.dirty = bytes(safe), []

    def survivor(self, mode: str, rng: random.Random) -> _FileNode:
        data = bytearray(self.safe)
        for change in _surviving(self.dirty, mode, rng):
            _apply(data, change)
        return _FileNode(bytes(data))


class _DirNode:
    def __init__(self) -> None:
        self.now: dict[str, _Node] = {}
        self.safe: dict[str, _Node] = {}


_Node = _FileNode | _DirNode


class _Naming:
    """Names coming and going in one atomic change. ``waits`` are the directories that must still be synced."""

    def __init__(self, add: Sequence[tuple[_DirNode, str, _Node]], drop: Sequence[tuple[_DirNode, str, _Node]]) -> None:
        self.add, self.drop = tuple(add), tuple(drop)
        self.waits = [directory for directory, _, _ in (*add, *drop)]

    @property
    def touches(self) -> set[tuple[int, str]]:
        return {(id(directory), name) for directory, name, _ in (*self.add, *self.drop)}

    def apply(self, tree: Callable[[_DirNode], dict[str, _Node]]) -> None:
        for directory, name, node in self.drop:
            if tree(directory).get(name) is node:
                del tree(directory)[name]
        for directory, name, node in self.add:
            tree(directory)[name] = node


def _apply(data: bytearray, change: _Write | _Truncate) -> None:
    if isinstance(change, _Truncate):
        del data[change.size :]
        data.extend(bytes(change.size - len(data)))
        return
    data.extend(bytes(max(0, change.offset - len(data))))
    data[change.offset : change.offset + len(change.data)] = change.data


def _surviving(changes: Sequence[Any], mode: str, rng: random.Random) -> list[Any]:
    if mode == "none":
        return []
    if mode == "all":
        return list(changes)
    if mode == "prefix":
        return list(changes[: rng.randint(0, len(changes))])
    if mode == "subset":
        return [change for change in changes if rng.random() < 0.5]
    out: list[Any] = []
    for change in changes:
        if not isinstance(change, _Write):
            if mode == "zeros" or rng.random() < 0.5:
                out.append(change)
        elif mode == "zeros":
            out.append(_Write(change.offset, bytes(len(change.data))))
        else:
            out += [piece for piece in _sectors(change) if rng.random() < 0.5]
    return out


def _sectors(write: _Write) -> Iterator[_Write]:
    """The write in pieces that end at the disk's sector borders."""
    at = 0
    while at < len(write.data):
        end = at + _SECTOR - (write.offset + at) % _SECTOR
        yield _Write(write.offset + at, write.data[at:end])
        at = end


class _Failure(NamedTuple):
    number: int
    error: int
    short: int
    lasting: bool


class _MemoryFile:
    def __init__(self, fs: MemoryFs, path: str, node: _FileNode) -> None:
        self._fs, self._path, self._node, self._open = fs, path, node, True

    def _check(self) -> None:
        if not self._open:
            raise _error(errno.EBADF, self._path)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._check()
        self._fs._write(self._path, self._node, len(self._node.now), bytes(data), "write")

    def sync(self) -> None:
        self._check()
        self._fs._sync(self._path, self._node, "sync")

    def truncate(self, size: int) -> None:
        self._check()
        with self._fs._step("truncate", self._path, size):
            self._node.do(_Truncate(size))

    def size(self) -> int:
        self._check()
        return len(self._node.now)

    def close(self) -> None:
        self._open = False


def _error(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)


class _Step:
    """One counted call: the cut before it, then its planned failure, under the lock."""

    def __init__(self, fs: MemoryFs, path: str, failure: _Failure | None) -> None:
        self._fs, self._path, self.failure = fs, path, failure

    def __enter__(self) -> _Step:
        if self.failure and not self.failure.short:
            self._fs._lock.release()
            raise _error(self.failure.error, self._path)
        return self

    def __exit__(self, *_: object) -> None:
        self._fs._lock.release()


class MemoryFs:
    """An ``Fs`` (``appliance/storage/files.py``). ``directories`` exist and are durable from the start.

    ``calls`` lists every call so far. ``before_step`` is called before each call that changes or syncs anything.
    ``room`` is how many more bytes fit (None: no limit). ``disk_bytes`` is the size of the disk that is said to lie
    under whatever path is asked for its free bytes (None: as ``room`` says); nothing fails when it is full.
    """

    def __init__(self, *directories: str) -> None:
        self.calls: list[Call] = []
        self.steps = 0
        self.room: int | None = None
        self.disk_bytes: int | None = None
        self.before_step: Callable[[Call], None] = lambda call: None
        self._root = _DirNode()
        self._naming: list[_Naming] = []
        self._failures: list[_Failure] = []
        self._lies: list[str] = []
        self._lock = threading.RLock()
        for directory in directories:
            self.make_dir(directory)
        self.sync_fs("/")
        self.calls.clear()
        self.steps = 0

    # --- what a test does to the disk ---

    def fail(self, number: int, error: int = errno.EIO, *, short: int = 0, lasting: bool = False) -> None:
        """The ``number``-th step from now fails with ``error``; ``lasting``: and every one after it.

        ``short``: a write takes that many bytes first.
        """
        self._failures.append(_Failure(self.steps + number, error, short, lasting))

    def lie_once(self, path: str) -> None:
        """The next sync of ``path`` fails and drops the unsynced bytes; the one after it claims all is well."""
        self._lies.append(path)

    def flip(self, path: str, bit: int) -> None:
        """Turns over one bit of a file, on the disk and in memory alike."""
        node = self._file(path)
        node.sync()
        node.now[bit // 8] ^= 1 << bit % 8
        node.safe = bytes(node.now)

    def put(self, path: str, data: bytes) -> None:
        """``path`` durably holds ``data``; not a recorded call. Its directory must exist."""
        directory, name = self._parent(path)
        node = _FileNode(data)
        node.names = 1
        directory.now[name] = directory.safe[name] = node

    def hard_link(self, old: str, new: str) -> None:
        node = self._file(old)
        directory, name = self._parent(new)
        node.names += 1
        directory.now[name] = directory.safe[name] = node

    def files(self) -> dict[str, bytes]:
        """Every file as it reads now, by path; a directory's path ends in ``/``."""
        found: dict[str, bytes] = {}

        def walk(directory: _DirNode, at: str) -> None:
            for name, node in sorted(directory.now.items()):
                if isinstance(node, _DirNode):
                    found[f"{at}/{name}/"] = b""
                    walk(node, f"{at}/{name}")
                else:
                    found[f"{at}/{name}"] = bytes(node.now)

        walk(self._root, "")
        return found

    def fingerprint(self) -> bytes:
        """The same for disks that read the same: names, bytes, which names are one file."""
        digest, files = hashlib.sha256(), dict[int, int]()

        def walk(directory: _DirNode) -> None:
            for name, node in sorted(directory.now.items()):
                is_file = isinstance(node, _FileNode)
                digest.update(f"{name}/{len(node.now)}/{files.setdefault(id(node), len(files))}/{is_file}\0".encode())
                digest.update(node.now) if isinstance(node, _FileNode) else walk(node)

        with self._lock:
            walk(self._root)
        return digest.digest()

    def used_bytes(self, path: str) -> int:
        """The bytes of every file under a directory."""

        def used(node: _Node) -> int:
            return len(node.now) if isinstance(node, _FileNode) else sum(map(used, node.now.values()))

        with self._lock:
            return used(self._dir(path))

    def image(self, mode: str = "none", rng: random.Random | None = None) -> MemoryFs:
        """The disk that a power cut at this instant leaves, as a new MemoryFs with nothing unsynced.

        ``mode`` is one of :data:`MODES`, or :data:`KILLED`; ``rng`` draws what survives in the modes that draw.
        """
        if mode == KILLED:
            return self.snapshot()
        if mode not in MODES:
            raise ValueError(f"mode {mode!r}: one of {', '.join(MODES)}")
        rng = rng or random.Random(0)
        names_mode = {"torn": "subset", "zeros": "all"}.get(mode, mode)
        trees: dict[int, dict[str, _Node]] = {}

        def tree(directory: _DirNode) -> dict[str, _Node]:
            return trees.setdefault(id(directory), dict(directory.safe))

        with self._lock:
            for naming in _surviving(self._naming, names_mode, rng):
                naming.apply(tree)
            copies: dict[int, _Node] = {}

            def copy(node: _Node) -> _Node:
                if id(node) not in copies:
                    if isinstance(node, _FileNode):
                        copies[id(node)] = node.survivor(mode, rng)
                    else:
                        copies[id(node)] = fresh = _DirNode()
                        fresh.now = {name: copy(child) for name, child in tree(node).items()}
                        fresh.safe = dict(fresh.now)
                        for child in fresh.now.values():
                            if isinstance(child, _FileNode):
                                child.names += 1
                return copies[id(node)]

            image = MemoryFs()
            root = copy(self._root)
            assert isinstance(root, _DirNode)
            image._root, image.room, image.disk_bytes = root, self.room, self.disk_bytes
        return image

    def snapshot(self) -> MemoryFs:
        """An exact copy, unsynced changes and all, that later calls do not touch."""
        copies: dict[int, _Node] = {}

        def copy(node: _Node) -> Any:
            if id(node) in copies:
                return copies[id(node)]
            if isinstance(node, _FileNode):
                file = copies[id(node)] = _FileNode()
                file.now, file.safe = bytearray(node.now), node.safe
                file.dirty, file.names = list(node.dirty), node.names
                return file
            directory = copies[id(node)] = _DirNode()
            directory.now = {name: copy(child) for name, child in node.now.items()}
            directory.safe = {name: copy(child) for name, child in node.safe.items()}
            return directory

        def copy_all(names: Sequence[tuple[_DirNode, str, _Node]]) -> list[tuple[_DirNode, str, _Node]]:
            return [(copy(directory), name, copy(node)) for directory, name, node in names]

        with self._lock:
            other = MemoryFs()
            other._root, other.room, other.disk_bytes = copy(self._root), self.room, self.disk_bytes
            for naming in self._naming:
                again = _Naming(copy_all(naming.add), copy_all(naming.drop))
                again.waits = [copy(directory) for directory in naming.waits]
                other._naming.append(again)
        return other

    # --- the Fs ---

    def create(self, path: str, *, mode: int = 0o600) -> _MemoryFile:
        with self._step("create", path):
            directory, name = self._parent(path)
            if name in directory.now:
                raise _error(errno.EEXIST, path)
            return _MemoryFile(self, path, self._add_file(directory, name))

    def append(self, path: str, *, mode: int = 0o600) -> _MemoryFile:
        with self._lock:
            directory, name = self._parent(path)
            if name in directory.now:
                self._note("append", path)
                return _MemoryFile(self, path, self._file(path))
            with self._step("append", path):
                return _MemoryFile(self, path, self._add_file(directory, name))

    def _add_file(self, directory: _DirNode, name: str) -> _FileNode:
        node = _FileNode()
        node.names = 1
        self._name(_Naming([(directory, name, node)], []))
        return node

    def read(self, path: str) -> bytes:
        with self._lock:
            self._note("read", path)
            return bytes(self._file(path).now)

    def read_at(self, path: str, offset: int, size: int) -> bytes:
        with self._lock:
            self._note("read_at", path, size)
            return bytes(self._file(path).now[offset : offset + size])

    def forget(self, path: str) -> None:
        with self._lock:
            self._note("forget", path)
            self._file(path)

    def rename(self, old: str, new: str) -> None:
        with self._step("rename", old):
            source, old_name = self._parent(old)
            target, new_name = self._parent(new)
            node = self._node(old)
            there = target.now.get(new_name)
            if there is node:
                return
            if isinstance(there, _DirNode):
                if not isinstance(node, _DirNode):
                    raise _error(errno.EISDIR, new)
                if there.now:
                    raise _error(errno.ENOTEMPTY, new)
            elif isinstance(there, _FileNode):
                if isinstance(node, _DirNode):
                    raise _error(errno.ENOTDIR, new)
                there.names -= 1
            self._name(_Naming([(target, new_name, node)], [(source, old_name, node)]))

    def unlink(self, path: str) -> None:
        with self._step("unlink", path):
            directory, name = self._parent(path)
            node = self._file(path)
            node.names -= 1
            self._name(_Naming([], [(directory, name, node)]))

    def make_dir(self, path: str, *, mode: int = 0o700) -> None:
        with self._lock:
            directory = self._root
            at = ""
            for name in _parts(path):
                at += "/" + name
                child = directory.now.get(name)
                if child is None:
                    with self._step("make_dir", at):
                        child = _DirNode()
                        self._name(_Naming([(directory, name, child)], []))
                if not isinstance(child, _DirNode):
                    raise _error(errno.EEXIST if at == os.path.normpath(path) else errno.ENOTDIR, at)
                directory = child

    def list_dir(self, path: str) -> list[str]:
        with self._lock:
            self._note("list_dir", path)
            return sorted(self._dir(path).now)

    def exists(self, path: str) -> bool:
        with self._lock:
            self._note("exists", path)
            try:
                self._node(path)
            except (FileNotFoundError, NotADirectoryError):
                return False
            return True

    def size(self, path: str) -> int:
        with self._lock:
            node = self._node(path)
            return len(node.now) if isinstance(node, _FileNode) else 4096

    def links(self, path: str) -> int:
        with self._lock:
            node = self._node(path)
            return node.names if isinstance(node, _FileNode) else 0

    def sync_dir(self, path: str) -> None:
        with self._step("sync_dir", path):
            directory = self._dir(path)
            for naming in self._naming:
                naming.waits = [other for other in naming.waits if other is not directory]
            self._settle()

    def sync_fs(self, path: str) -> None:
        with self._step("sync_fs", path):
            for node in self._all_files():
                node.sync()
            for naming in self._naming:
                naming.waits = []
            self._settle()

    def free_bytes(self, path: str) -> int:
        if self.disk_bytes is not None:
            return max(0, self.disk_bytes - self.used_bytes(path))
        return 1 << 40 if self.room is None else self.room

    def total_bytes(self, path: str) -> int:
        return 1 << 41

    def allocate(self, path: str, size: int) -> None:
        file = self.create(path)
        try:
            file.write(bytes(size))
            file.sync()
        except OSError:
            self.unlink(path)
            raise
        finally:
            file.close()

    def overwrite(self, path: str, data: bytes) -> None:
        with self._lock:
            node = self._file(path)
            self._write(path, node, 0, bytes(data), "overwrite")
            self._sync(path, node, "overwrite sync")

    # --- inside ---

    def _note(self, name: str, path: str, size: int = 0, number: int = 0) -> Call:
        call = Call(number, name, path, size)
        self.calls.append(call)
        return call

    def _step(self, name: str, path: str, size: int = 0) -> _Step:
        self._lock.acquire()
        try:
            self.before_step(Call(self.steps + 1, name, path, size))
        except BaseException:
            self._lock.release()
            raise
        self.steps += 1
        self._note(name, path, size, self.steps)
        for failure in self._failures:
            if failure.number == self.steps or (failure.lasting and failure.number < self.steps):
                return _Step(self, path, failure if name in _SHORT else failure._replace(short=0))
        return _Step(self, path, None)

    def _write(self, path: str, node: _FileNode, offset: int, data: bytes, name: str) -> None:
        with self._step(name, path, len(data)) as step:
            taken, error = len(data), 0
            if step.failure:
                taken, error = min(step.failure.short, taken), step.failure.error
            if self.room is not None:
                if self.room < taken:
                    taken, error = self.room, errno.ENOSPC
                self.room -= taken
            if taken:
                node.do(_Write(offset, data[:taken]))
            if error:
                raise _error(error, path)

    def _sync(self, path: str, node: _FileNode, name: str) -> None:
        try:
            with self._step(name, path):
                if path in self._lies:
                    self._lies.remove(path)
                    raise _error(errno.EIO, path)
                node.sync()
        except OSError:
            node.dirty = []
            raise

    def _name(self, naming: _Naming) -> None:
        naming.apply(lambda directory: directory.now)
        self._naming.append(naming)

    def _settle(self) -> None:
        """Makes durable, in order, what no longer waits; nothing overtakes an earlier change of the same name."""
        waiting: list[_Naming] = []
        blocked: set[tuple[int, str]] = set()
        for naming in self._naming:
            if naming.waits or naming.touches & blocked:
                waiting.append(naming)
                blocked |= naming.touches
            else:
                naming.apply(lambda directory: directory.safe)
        self._naming = waiting

    def _all_files(self) -> Iterator[_FileNode]:
        seen: set[int] = set()
        todo: list[_Node] = [self._root]
        while todo:
            node = todo.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, _FileNode):
                yield node
            else:
                todo += [*node.now.values(), *node.safe.values()]

    def _node(self, path: str) -> _Node:
        node: _Node = self._root
        for name in _parts(path):
            if not isinstance(node, _DirNode):
                raise _error(errno.ENOTDIR, path)
            if name not in node.now:
                raise _error(errno.ENOENT, path)
            node = node.now[name]
        return node

    def _file(self, path: str) -> _FileNode:
        node = self._node(path)
        if not isinstance(node, _FileNode):
            raise _error(errno.EISDIR, path)
        return node

    def _dir(self, path: str) -> _DirNode:
        node = self._node(path)
        if not isinstance(node, _DirNode):
            raise _error(errno.ENOTDIR, path)
        return node

    def _parent(self, path: str) -> tuple[_DirNode, str]:
        *parents, name = _parts(path)
        return self._dir("/" + "/".join(parents)), name


def _parts(path: str) -> list[str]:
    return [part for part in os.path.normpath(path).split("/") if part]


class Cut(NamedTuple):
    """A power cut: the call it came before (the last one: after everything), what of the unsynced survived, the disk
    it left, and what the scenario had acknowledged by then."""

    before: Call
    mode: str
    fs: MemoryFs
    said: tuple[Any, ...]

    def __str__(self) -> str:
        return f"cut before {self.before.number} {self.before.name} {self.before.path}, {self.mode} survived"


Scenario = Callable[[MemoryFs, list[Any]], object]


def every_cut(
    scenario: Scenario,
    *directories: str,
    start: MemoryFs | None = None,
    modes: Sequence[str] = MODES,
    seed: int = 0,
    alike: bool = False,
) -> Iterator[Cut]:
    """Runs ``scenario(fs, said)`` once and yields a cut before each step of it and after the last, in each mode.

    (The disk after one step is the disk before the next; what was said in between only asks more of it.) Of cuts that
    leave the same disk with the same said only the first comes, for what follows is the same: right after a sync every
    mode leaves the same. ``alike``: all of them.
    ``start`` is the disk to begin with, else an empty one with ``directories``; it is left as it is. An error of the
    scenario comes after all cuts up to it.
    """
    fs = start.snapshot() if start else MemoryFs(*directories)
    said: list[Any] = []
    points: list[tuple[Call, MemoryFs, tuple[Any, ...]]] = []
    fs.before_step = lambda call: points.append((call, fs.snapshot(), tuple(said)))
    failed: Exception | None = None
    try:
        scenario(fs, said)
    except Exception as error:
        failed = error
    fs.before_step(Call(fs.steps + 1, "end", ""))
    seen: set[tuple[int, bytes]] = set()
    for call, disk, then in points:
        for mode in modes:
            image = disk.image(mode, random.Random(f"{seed} {call.number} {mode}"))
            left = len(then), image.fingerprint()
            if alike or mode == KILLED or left not in seen:
                yield Cut(call, mode, image, then)
            if mode != KILLED:
                seen.add(left)
    if failed:
        raise failed


def every_failure(
    scenario: Scenario,
    *directories: str,
    start: MemoryFs | None = None,
    errors: Sequence[int] = (errno.ENOSPC, errno.EIO),
    shorts: Sequence[int] = (0, 1, 9),
) -> Iterator[tuple[Call, MemoryFs, list[Any], Exception | None]]:
    """Runs ``scenario(fs, said)`` again and again with the first, second, ... step failing once, until a run meets no
    failure. Yields each run's failed call, the disk as it stands (cut it with ``image``), what was said, and what the
    scenario raised."""
    for error in errors:
        for short in shorts:
            number = 1
            while True:
                fs = start.snapshot() if start else MemoryFs(*directories)
                fs.fail(number, error, short=short)
                said: list[Any] = []
                raised: Exception | None = None
                try:
                    scenario(fs, said)
                except Exception as caught:
                    raised = caught
                if fs.steps < number:
                    break
                call = next(call for call in fs.calls if call.number == number)
                if not short or call.name in _SHORT:
                    yield call, fs, said, raised
                number += 1
