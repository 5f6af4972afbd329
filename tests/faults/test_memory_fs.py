"""The strict disk in memory: agrees with the real one while the power is on, and loses exactly what it may."""

from __future__ import annotations

import errno
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.storage.files import File, Fs, RealFs
from tests.faults.memory_fs import KILLED, MODES, MemoryFs, every_cut, every_failure


def write(fs: Fs, path: str, data: bytes, *, sync: bool = True) -> File:
    file = fs.append(path)
    file.write(data)
    if sync:
        file.sync()
    return file


def survivors(fs: MemoryFs, mode: str, tries: int = 60) -> set[tuple[tuple[str, bytes], ...]]:
    return {tuple(sorted(fs.image(mode, random.Random(seed)).files().items())) for seed in range(tries)}


def test_nothing_unsynced_survives_none_and_everything_survives_all() -> None:
    fs = MemoryFs("/d")
    write(fs, "/d/a", b"abc", sync=False)
    assert fs.image("none").files() == {"/d/": b""}
    assert fs.image("all").files() == {"/d/": b"", "/d/a": b"abc"}


def test_a_synced_file_without_a_synced_name_is_lost() -> None:
    fs = MemoryFs("/d")
    write(fs, "/d/a", b"abc")
    assert "/d/a" not in fs.image("none").files()
    fs.sync_dir("/d")
    assert fs.image("none").files()["/d/a"] == b"abc"


def test_a_synced_name_without_synced_bytes_is_an_empty_file() -> None:
    fs = MemoryFs("/d")
    write(fs, "/d/a", b"abc", sync=False)
    fs.sync_dir("/d")
    assert fs.image("none").files()["/d/a"] == b""
    assert fs.image("zeros").files()["/d/a"] == bytes(3)


def test_a_file_in_an_unsynced_directory_is_lost() -> None:
    fs = MemoryFs("/")
    fs.make_dir("/d/e")
    write(fs, "/d/e/a", b"abc")
    fs.sync_dir("/d/e")
    fs.sync_dir("/d")
    assert fs.image("none").files() == {}
    fs.sync_dir("/")
    assert fs.image("none").files()["/d/e/a"] == b"abc"


def test_sync_fs_keeps_everything() -> None:
    fs = MemoryFs("/d")
    fs.make_dir("/e")
    write(fs, "/e/a", b"abc", sync=False)
    fs.sync_fs("/d")
    assert fs.image("none").files() == fs.files()


def test_unsynced_writes_survive_in_prefixes_subsets_and_torn_sectors() -> None:
    fs = MemoryFs("/d")
    fs.put("/d/a", b"")
    for byte in (b"A", b"B"):
        write(fs, "/d/a", byte * 600, sync=False)
    a, b = b"A" * 600, b"B" * 600

    def seen(mode: str) -> set[bytes]:
        return {dict(state)["/d/a"] for state in survivors(fs, mode)}

    assert seen("prefix") == {b"", a, a + b}
    assert seen("subset") == {b"", a, a + b, bytes(600) + b}
    assert a[:512] in seen("torn")
    assert bytes(512) + a[512:] + b[:424] in seen("torn"), "torn at the disk's sectors, not the write's"
    assert seen("zeros") == {bytes(1200)}


def test_a_truncate_is_durable_only_after_sync() -> None:
    fs = MemoryFs("/d")
    fs.put("/d/a", b"abcdef")
    file = fs.append("/d/a")
    file.truncate(3)
    assert fs.image("none").files()["/d/a"] == b"abcdef"
    file.sync()
    assert fs.image("none").files()["/d/a"] == b"abc"


def test_a_rename_survives_whole_or_not_at_all_until_both_directories_are_synced() -> None:
    fs = MemoryFs("/d", "/e")
    fs.put("/d/a", b"abc")
    fs.rename("/d/a", "/e/b")
    one, other = (("/d/", b""), ("/d/a", b"abc"), ("/e/", b"")), (("/d/", b""), ("/e/", b""), ("/e/b", b"abc"))
    assert survivors(fs, "subset") == {one, other}
    fs.sync_dir("/d")
    assert survivors(fs, "subset") == {one, other}
    fs.sync_dir("/e")
    assert survivors(fs, "none") == {other}


def test_a_name_used_again_never_loses_its_last_synced_file() -> None:
    fs = MemoryFs("/d", "/e")
    fs.put("/d/a", b"old")
    fs.rename("/d/a", "/e/a")
    write(fs, "/d/a", b"new")
    fs.sync_dir("/d")
    fs.sync_dir("/e")
    assert fs.image("none").files() == {"/d/": b"", "/d/a": b"new", "/e/": b"", "/e/a": b"old"}


def test_overwrite_may_tear_and_is_durable_on_return() -> None:
    fs = MemoryFs("/d")
    fs.put("/d/a", b"old!")
    seen = {
        cut.fs.files()["/d/a"]
        for cut in every_cut(lambda disk, _: disk.overwrite("/d/a", b"new"), start=fs)
        if cut.before.name != "end"
    }
    assert {b"old!", b"new!", bytes(3) + b"!"} <= seen
    fs.overwrite("/d/a", b"new")
    assert fs.image("none").files()["/d/a"] == b"new!"


def test_a_failed_sync_drops_the_bytes_and_the_next_one_says_all_is_well() -> None:
    fs = MemoryFs("/d")
    fs.put("/d/a", b"")
    file = write(fs, "/d/a", b"abc", sync=False)
    fs.lie_once("/d/a")
    with pytest.raises(OSError, match="Input/output error"):
        file.sync()
    file.sync()
    assert fs.read("/d/a") == b"abc", "the cache still shows them"
    assert fs.image("all").files()["/d/a"] == b"", "the disk never got them"
    file.write(b"d")
    file.sync()
    assert fs.image("none").files()["/d/a"] == b"\0\0\0d"


def test_a_failing_write_takes_what_it_says_and_others_change_nothing() -> None:
    fs = MemoryFs("/d")
    fs.fail(2, errno.ENOSPC, short=2)
    with pytest.raises(OSError, match="No space") as caught:
        write(fs, "/d/a", b"abc")
    assert caught.value.errno == errno.ENOSPC
    assert fs.read("/d/a") == b"ab"
    fs.fail(1, errno.EIO, lasting=True)
    for _ in range(2):
        with pytest.raises(OSError, match="Input/output"):
            fs.rename("/d/a", "/d/b")
    assert fs.exists("/d/a")
    assert not fs.exists("/d/b")


def test_a_disk_of_a_size_says_what_is_free_of_it() -> None:
    fs = MemoryFs("/d/e", "/f")
    assert fs.free_bytes("/d") == 1 << 40
    fs.disk_bytes = 10
    write(fs, "/d/e/a", b"abc")
    write(fs, "/f/b", bytes(20))
    assert (fs.used_bytes("/d"), fs.free_bytes("/d"), fs.free_bytes("/f")) == (3, 7, 0)
    assert fs.image("all").free_bytes("/d") == fs.snapshot().free_bytes("/d") == 7


def test_a_full_disk_takes_what_fits() -> None:
    fs = MemoryFs("/d")
    fs.room = 5
    file = write(fs, "/d/a", b"abc")
    with pytest.raises(OSError, match="No space"):
        file.write(b"defg")
    assert fs.read("/d/a") == b"abcde"
    assert fs.free_bytes("/d") == 0


def test_every_call_is_recorded_and_the_changing_ones_numbered() -> None:
    fs = MemoryFs("/d")
    write(fs, "/d/a", b"abc")
    fs.read("/d/a")
    fs.sync_dir("/d")
    assert [(call.number, call.name) for call in fs.calls] == [
        (1, "append"),
        (2, "write"),
        (3, "sync"),
        (0, "read"),
        (4, "sync_dir"),
    ]


def test_links_and_flips() -> None:
    fs = MemoryFs("/d")
    fs.put("/d/a", b"\0")
    fs.hard_link("/d/a", "/d/b")
    assert (fs.links("/d/a"), fs.links("/d")) == (2, 0)
    fs.flip("/d/a", 3)
    assert fs.image("none").files()["/d/b"] == b"\x08"
    fs.unlink("/d/b")
    fs.sync_dir("/d")
    assert fs.image("none").links("/d/a") == fs.links("/d/a") == 1


def test_every_cut_comes_before_each_step_and_after_the_last_with_what_was_said() -> None:
    def scenario(fs: MemoryFs, said: list[str]) -> None:
        write(fs, "/d/a", b"abc")
        fs.sync_dir("/d")
        said.append("a")

    cuts = list(every_cut(scenario, "/d", alike=True))
    assert len(cuts) == 5 * len(MODES)
    assert [cut.before.name for cut in cuts[:: len(MODES)]] == ["append", "write", "sync", "sync_dir", "end"]
    assert all(cut.said == (("a",) if cut.before.name == "end" else ()) for cut in cuts)
    assert all(cut.fs.files() == {"/d/": b"", "/d/a": b"abc"} for cut in cuts if cut.said)


def test_a_cut_that_leaves_what_another_left_comes_once() -> None:
    def scenario(fs: MemoryFs, said: list[str]) -> None:
        write(fs, "/d/a", b"abc")
        fs.sync_dir("/d")
        said.append("a")
        fs.sync_dir("/d")
        said.append("b")

    whole, once = (list(every_cut(scenario, "/d", modes=("none", "all"), alike=alike)) for alike in (True, False))
    assert len(whole) == 2 * 6
    assert [(cut.before.name, cut.mode, sorted(cut.fs.files()), len(cut.said)) for cut in once] == [
        ("append", "none", ["/d/"], 0),
        ("write", "all", ["/d/", "/d/a"], 0),
        ("sync", "all", ["/d/", "/d/a"], 0),
        ("sync_dir", "none", ["/d/", "/d/a"], 1),
        ("end", "none", ["/d/", "/d/a"], 2),
    ]
    killed = list(every_cut(scenario, "/d", modes=("all", KILLED)))
    assert sum(cut.mode == KILLED for cut in killed) == 6, "what is unsynced then is not seen"


def test_disks_that_differ_have_different_fingerprints() -> None:
    one, other = MemoryFs("/d"), MemoryFs("/d")
    assert one.fingerprint() == other.fingerprint()
    for fs in (one, other):
        fs.put("/d/a", b"abc")
        fs.put("/d/b", b"abc")
    assert one.fingerprint() == other.fingerprint() == one.image("all").fingerprint()
    other.unlink("/d/b")
    other.hard_link("/d/a", "/d/b")
    assert one.fingerprint() != other.fingerprint()
    before = one.fingerprint()
    one.flip("/d/a", 3)
    assert one.fingerprint() != before


def test_every_cut_gives_the_cuts_before_an_error() -> None:
    def scenario(fs: MemoryFs, said: list[str]) -> None:
        fs.make_dir("/d/e")
        raise KeyError("the scenario's own")

    cuts = every_cut(scenario, "/d", modes=("all",))
    assert [next(cuts).before.name, next(cuts).before.name] == ["make_dir", "end"]
    with pytest.raises(KeyError):
        next(cuts)


def test_every_failure_fails_each_step_in_turn() -> None:
    def scenario(fs: MemoryFs, said: list[str]) -> None:
        write(fs, "/d/a", b"abc")
        said.append("a")

    runs = list(every_failure(scenario, "/d", errors=(errno.EIO,), shorts=(0, 1)))
    assert [call.name for call, *_ in runs] == ["append", "write", "sync", "write"]
    assert all(isinstance(raised, OSError) and not said for _, _, said, raised in runs)


NAMES = st.sampled_from(["a", "b", "c", "e/a", "e/b", "e", "f/x"])
STEPS = st.one_of(
    st.tuples(st.sampled_from(["create", "unlink", "size", "read", "make_dir", "list_dir", "links"]), NAMES),
    st.tuples(st.just("rename"), NAMES, NAMES),
    st.tuples(st.sampled_from(["append", "overwrite"]), NAMES, st.binary(max_size=5)),
    st.tuples(st.just("truncate"), NAMES, st.integers(0, 8)),
)


def outcome(fs: Fs, root: str, step: tuple) -> object:
    name, path, *rest = step
    path = f"{root}/{path}"
    try:
        if name == "append":
            file = fs.append(path)
            file.write(rest[0])
            return file.size()
        if name == "truncate":
            file = fs.append(path)
            file.truncate(rest[0])
            file.close()
            return fs.read(path)
        if name == "rename":
            return fs.rename(path, f"{root}/{rest[0]}")
        if name == "create":
            return fs.create(path).close()
        found = getattr(fs, name)(path, *rest)
        return found if name != "size" or fs.links(path) else "a directory"
    except OSError as error:
        # Linux refuses to unlink a directory with EISDIR or EPERM, and to open one with EISDIR: all the same to us.
        return error.errno


@given(st.lists(STEPS, max_size=25))
def test_it_agrees_with_the_real_disk_while_the_power_is_on(steps: list[tuple]) -> None:
    with tempfile.TemporaryDirectory() as real_root:
        memory, real = MemoryFs("/d"), RealFs()
        for step in steps:
            if step[0] == "rename" and f"{step[2]}/".startswith(f"{step[1]}/"):
                continue
            assert outcome(memory, "/d", step) == outcome(real, real_root, step), step
        found = {
            f"/d/{path.relative_to(real_root)}" + ("/" if path.is_dir() else ""): b""
            if path.is_dir()
            else path.read_bytes()
            for path in Path(real_root).rglob("*")
        }
        assert {"/d/": b"", **found} == memory.files()


@given(st.lists(STEPS, max_size=25), st.sampled_from(MODES), st.integers(0, 1000))
def test_what_was_synced_survives_every_mode(steps: list[tuple], mode: str, seed: int) -> None:
    fs = MemoryFs("/d")
    for step in steps:
        if step[0] != "rename" or not f"{step[2]}/".startswith(f"{step[1]}/"):
            outcome(fs, "/d", step)
    fs.sync_fs("/d")
    assert fs.image(mode, random.Random(seed)).files() == fs.files()
    assert fs.snapshot().image("none").files() == fs.files()
