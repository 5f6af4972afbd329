"""Moving all footage to another place: until the new one is in force the old one is whole, and after it the new one is;
wherever it is interrupted, the same command ends it."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest

from appliance.core.errors import NotWritable, RecorderError, Refused, Unavailable, UsageError
from appliance.core.settings import Layout
from appliance.formats.segment_files import segment_name
from appliance.installation.verification import verify_all
from appliance.rules.deadlines import DAY_NS
from appliance.rules.retention import Hold
from appliance.storage.boot_files import APPLIANCE_ID, RING_ID
from appliance.storage.footage_disk import DiskLabel, FootageDisk, label_of, read_footage_disk, write_label
from appliance.vault.ring import copying, emptying, moving
from appliance.vault.ring.footageplaces import MARK
from appliance.vault.ring.moving import Moved
from tests.faults.memory_fs import MemoryFs, every_cut, every_failure
from tests.faults.mutants import caught_by, changed_module
from tests.vault.ringcases import MONDAY_NS, MovingClock, Store, days_later, drawn, entered, new_disk

OFFICE, NEW, BOOT = "/office", "/new", "/office/boot"
OURS, OLD_RING = "0a" * 16, "0b" * 16
HOLDS = (Hold("C1", MONDAY_NS, MONDAY_NS + 1),)


class Places:
    """A store with closed footage of two cameras, a bucket that is being recorded and an emergency record, on a disk
    with a place to move to. ``module`` is ``moving`` or a broken variant of it."""

    def __init__(self, module: types.ModuleType = moving, *, damage: bool = True) -> None:
        self.module, self.moves = module, 0
        self.fs = new_disk()
        self.clock = MovingClock()
        for directory in (BOOT, NEW):
            self.fs.make_dir(directory)
        self.fs.put(f"{BOOT}/{APPLIANCE_ID}", bytes.fromhex(OURS))
        self.fs.put(f"{BOOT}/{RING_ID}", bytes.fromhex(OLD_RING))
        write_label(self.fs, OFFICE, DiskLabel(appliance=OURS, ring=OLD_RING, stamp="fresh"))
        store = Store(self.fs, self.clock)
        self.held = store.record("C1", MONDAY_NS, size=3000)
        self.rotten = store.record("C2", MONDAY_NS)
        self.open = store.record("C1", MONDAY_NS + DAY_NS, close=False)
        self.fs.put(f"{OFFICE}/open/{'ab' * 16}.emergency", b"a key record")
        if damage:
            self.fs.flip(store.shelves.ring_path(self.rotten.bucket_id, 0), 8 * 700)
        store.close()
        self.fs.sync_fs("/")
        self.before = footage(self.fs, OFFICE)

    def move(
        self,
        fs: MemoryFs,
        target: str = NEW,
        *,
        keep_old: bool = False,
        source: str = "",
        before: Callable[[Store], None] = lambda store: None,
    ) -> Moved:
        """As the command does it: everything opened anew. ``before`` has the store before it begins."""
        self.moves += 1
        store = Store(fs, self.clock, seed=f"move {self.moves}")
        before(store)
        layout = Layout("/", footage=source or OFFICE)
        layout_boot = _Layout(layout)
        try:
            disk = read_footage_disk(fs, BOOT, layout.footage)
            some = drawn("moving")
            act = self.module.Move(fs, layout_boot, disk, store.ring, store.ledger, HOLDS, some)
            moved: Moved = act.to(target, keep_old=keep_old)
            return moved
        finally:
            store.close()


class _Layout(Layout):
    """The office's place in these tests."""

    def __init__(self, other: Layout) -> None:
        super().__init__(OFFICE, footage=other.footage)

    @property
    def office(self) -> str:
        return OFFICE


def footage(fs: MemoryFs, place: str) -> dict[str, bytes]:
    """Every file under ``open`` and ``ring`` of a place, by its name there."""
    return {
        path.removeprefix(place): data
        for path, data in fs.files().items()
        if path.startswith((f"{place}/open/", f"{place}/ring/")) and not path.endswith("/")
    }


def in_force(fs: MemoryFs) -> str:
    """The one place whose label is the ring in force."""
    (found,) = [
        place
        for place in (OFFICE, NEW)
        if FootageDisk(fs, place, OURS, fs.read(f"{BOOT}/{RING_ID}").hex()).wrong() == ""
    ]
    return found


def test_all_is_moved_verified_entered_and_the_old_place_is_empty() -> None:
    places = Places()
    moved = places.move(places.fs)
    assert footage(places.fs, NEW) == places.before
    assert in_force(places.fs) == NEW
    assert footage(places.fs, OFFICE) == {}
    assert not places.fs.exists(f"{NEW}/{MARK}")
    (entry,) = entered(Store(places.fs).ledger, "footage.moved")
    assert (entry["from"], entry["to"], entry["before"]) == (OFFICE, NEW, OLD_RING)
    assert entry["ring"] == label_of(places.fs, NEW).ring == moved.ring
    assert (entry["files"], entry["bytes"]) == (4, sum(map(len, places.before.values())))
    assert (moved.cleared.removed, moved.cleared.left, moved.cleared.trouble) == (4, (), "")


def test_an_index_that_is_not_what_the_catalogue_says_moves_nothing() -> None:
    """What a copy must be is taken from it: with another hash in it a file that was exchanged would pass as whole."""
    places = Places()

    def forge(store: Store) -> None:
        store.index._write("UPDATE segments SET sha256 = zeroblob(32)")

    with pytest.raises(Unavailable, match="it was made anew; run `appliance verify`, then move"):
        places.move(places.fs, before=forge)
    assert in_force(places.fs) == OFFICE
    assert footage(places.fs, NEW) == {}
    assert places.move(places.fs).files == 4


def test_T_57_what_is_held_goes_along_with_its_hash_and_both_places_are_recorded() -> None:
    places = Places()
    moved = places.move(places.fs)
    store = Store(places.fs)
    (entry,) = entered(store.ledger, "footage.moved")
    (closed,) = [
        e["manifests"] for e in entered(store.ledger, "manifests.closed") if places.held.bucket_id in e["manifests"]
    ]
    assert entry["held"] == {places.held.bucket_id: closed[places.held.bucket_id]}
    assert moved.held == 1


def test_a_damaged_segment_is_copied_as_it_is_and_named_with_camera_and_seconds() -> None:
    places = Places()
    moved = places.move(places.fs)
    name = f"/ring/{places.rotten.bucket_id[:2]}/{segment_name(places.rotten.bucket_id, 0)}"
    assert footage(places.fs, NEW)[name] == places.before[name]
    (damaged,) = moved.damaged
    assert (damaged.bucket, damaged.camera_no, damaged.what) == (places.rotten.bucket_id, "C2", "changed")
    assert MONDAY_NS <= damaged.start_ns < damaged.end_ns <= MONDAY_NS + 600 * 10**9
    assert damaged.end_ns - damaged.start_ns < 300 * 10**9, "the frame that was hit, not the whole"
    (entry,) = entered(Store(places.fs).ledger, "footage.moved")
    assert [each["bucket"] for each in entry["damaged"]] == [places.rotten.bucket_id]


def test_T_08_after_a_disk_swap_all_of_it_verifies_plays_and_goes_on() -> None:
    places = Places(damage=False)
    places.move(places.fs)
    store = Store(places.fs, places.clock, seed="after")
    store.ring.shelves.open_dir, store.ring.shelves.ring_dir = f"{NEW}/open", f"{NEW}/ring"
    assert [bad.what for bad in verify_all(store.ring, store.ledger).bad] == []
    (found,) = store.ring.find("C1", places.held.span)
    assert store.shelves.size(found.bucket_id, 0) == found.segments[0].bytes


class _Unreadable:
    """A disk of which one page of one file does not read."""

    def __init__(self, fs: MemoryFs, name: str) -> None:
        self._fs, self._name = fs, name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fs, name)

    def read_at(self, path: str, offset: int, size: int) -> bytes:
        if path.startswith(OFFICE) and path.endswith(self._name) and offset <= 4096 < offset + size:
            raise OSError(5, "Input/output error", path)
        return self._fs.read_at(path, offset, size)


def test_what_does_not_read_is_left_on_the_old_disk_and_the_rest_of_it_is_copied() -> None:
    places = Places(damage=False)
    name = segment_name(places.held.bucket_id, 0)
    moved = places.move(_Unreadable(places.fs, name))  # type: ignore[arg-type]
    (damaged,) = moved.damaged
    assert (damaged.bucket, damaged.what) == (places.held.bucket_id, "unreadable")
    assert moved.cleared.left == (f"ring/{name[:2]}/{name}",)
    assert list(footage(places.fs, OFFICE)) == [f"/ring/{name[:2]}/{name}"]
    copy, whole = (
        footage(files, where)[f"/ring/{name[:2]}/{name}"] for files, where in ((places.fs, NEW), (places.fs, OFFICE))
    )
    assert len(copy) == len(whole)
    assert copy[:4096] == whole[:4096]
    assert copy[8192:] == whole[8192:]


def test_kept_files_stay_until_the_same_command_is_run_without_it() -> None:
    places = Places()
    assert places.move(places.fs, keep_old=True).cleared.kept
    kept = {name: data for name, data in places.before.items() if not name.endswith(".emergency")}
    assert footage(places.fs, OFFICE) == kept, "all of it, but no key record"
    assert in_force(places.fs) == NEW
    again = places.move(places.fs, source=NEW)
    assert again.cleared.removed == len(kept) == len(places.before) - 1
    assert footage(places.fs, OFFICE) == {}
    assert len(entered(Store(places.fs).ledger, "footage.moved")) == 1


def test_what_is_too_much_for_one_entry_stands_in_several_also_after_a_cut_between_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moving, "_IN_ONE_ENTRY", 1)
    places = Places()
    told: set[tuple[int, ...]] = set()
    for cut in every_cut(lambda fs, said: places.move(fs), start=places.fs, modes=("all",)):
        if in_force(cut.fs) == OFFICE and cut.fs.exists(f"{NEW}/footage.id"):
            places.move(cut.fs)
            entries = entered(Store(cut.fs, seed="look").ledger, "footage.moved")
            told.add(tuple(each["part"] for each in entries))
            assert [each["parts"] for each in entries] == [2] * len(entries)
            assert [list(each["held"]) for each in entries[-2:]] == [[places.held.bucket_id], []]
            assert [len(each["damaged"]) for each in entries[-2:]] == [0, 1]
    assert told == {(1, 2), (1, 1, 2)}


def test_of_kept_files_those_go_that_were_destroyed_since_and_those_stay_that_the_new_place_lost() -> None:
    places = Places(damage=False)
    places.move(places.fs, keep_old=True)
    held, gone = (segment_name(each.bucket_id, 0) for each in (places.held, places.rotten))
    store = Store(places.fs, places.clock, seed="destroys")
    store.ring.shelves.open_dir, store.ring.shelves.ring_dir = f"{NEW}/open", f"{NEW}/ring"
    store.clock.go_to(days_later(40))
    store.destruction.destroy([places.rotten.bucket_id], "ordered")
    store.close()
    places.fs.unlink(f"{NEW}/ring/{held[:2]}/{held}")
    again = places.move(places.fs)
    assert again.cleared.left == (f"ring/{held[:2]}/{held}",)
    assert not [name for name in footage(places.fs, OFFICE) if name.endswith(gone)]


def test_the_old_place_says_where_its_footage_went() -> None:
    places = Places()
    places.move(places.fs)
    wrong = read_footage_disk(places.fs, BOOT, OFFICE).wrong()
    assert f'write footage = "{NEW}" in the settings, or mount that disk here' in str(wrong)


def test_what_will_not_do_is_refused_and_nothing_is_touched() -> None:
    def refused(prepare: Callable[[MemoryFs], object], error: type[RecorderError], why: str, target: str = NEW) -> None:
        places = Places()
        prepare(places.fs)
        with pytest.raises(error, match=why):
            places.move(places.fs, target)
        places.fs.room = None
        assert in_force(places.fs) == OFFICE
        assert footage(places.fs, OFFICE) == places.before
        assert entered(Store(places.fs).ledger, "footage.moved") == []

    def full(fs: MemoryFs) -> None:
        fs.room = 5000

    def used(fs: MemoryFs) -> None:
        fs.make_dir(f"{NEW}/ring/00")
        fs.put(f"{NEW}/ring/00/x.seg", b"theirs")

    theirs = DiskLabel(appliance="cd" * 16, ring="ef" * 16)
    refused(lambda fs: write_label(fs, NEW, theirs), Refused, "another office's recorder")
    refused(used, UsageError, "holds files in open or ring already")
    refused(lambda fs: fs.put(f"{NEW}/accounts.xls", b"theirs"), UsageError, "holds accounts.xls, which is no footage")
    refused(full, UsageError, r"too small: \d+ bytes are to be copied .* \d+ bytes \(\d+ MB\) are missing")
    refused(lambda fs: None, UsageError, "no such folder", "/nowhere")
    refused(lambda fs: None, UsageError, "is where this office's footage lies", OFFICE)
    refused(lambda fs: None, UsageError, "lies inside the footage", f"{OFFICE}/ring/new")
    refused(lambda fs: fs.put(f"{NEW}/{MARK}", b"{"), UsageError, "does not read")


def test_settings_that_name_the_new_place_too_early_are_told_which_line_to_write_back() -> None:
    places = Places()
    for cut in every_cut(lambda fs, said: places.move(fs), start=places.fs, modes=("all",)):
        if in_force(cut.fs) == OFFICE and cut.fs.exists(f"{NEW}/{MARK}"):
            with pytest.raises(UsageError, match=f'write footage = "{OFFICE}" back first'):
                places.move(cut.fs, source=NEW)
            return
    raise AssertionError("no cut left an unfinished move")


def test_a_source_that_is_not_the_office_s_disk_is_not_moved() -> None:
    places = Places()
    places.fs.unlink(f"{OFFICE}/footage.id")
    with pytest.raises(Unavailable, match="nothing was moved"):
        places.move(places.fs)


def test_a_disk_that_does_not_keep_what_it_is_given_is_found_before_anything_counts() -> None:
    check_read_back(moving)


def check_read_back(module: types.ModuleType) -> None:
    places = Places(module)
    places.fs.before_step = lambda call: (
        places.fs.flip(call.path, 999) if call.name == "sync" and call.path.endswith(".copying") else None
    )
    with pytest.raises(NotWritable, match="reads back other than it was written"):
        places.move(places.fs)
    assert in_force(places.fs) == OFFICE


# --- interrupted ---


def check_cut(places: Places, fs: MemoryFs, where: str) -> None:
    """One place is in force and whole; the ledger told of the new one before; the command ends it; nothing is twice."""
    here = in_force(fs)
    assert footage(fs, here) == places.before, f"{where}: {here} is in force and not whole"
    told = entered(Store(fs, places.clock, seed="look").ledger, "footage.moved")
    if here == NEW:
        assert [each["ring"] for each in told] == [label_of(fs, NEW).ring], f"{where}: in force and not entered"
    moved = places.move(fs)
    stable = fs.image("none")
    assert in_force(stable) == NEW, where
    assert footage(stable, NEW) == places.before, f"{where}: not durable"
    assert footage(stable, OFFICE) == {}, f"{where}: the old place is not cleared"
    store = Store(stable, places.clock, seed="look")
    assert [each["ring"] for each in entered(store.ledger, "footage.moved")] == [moved.ring], where
    assert [each.bucket for each in moved.damaged] == [places.rotten.bucket_id], f"{where}: damage is forgotten"
    removed = sum(call.name == "unlink" and call.path.startswith(f"{OFFICE}/") for call in fs.calls)
    assert removed == 0 or entered(store.ledger, "footage.cleared"), f"{where}: removed and not entered"
    assert not [name for name in stable.files() if name.endswith((".copying", MARK))], where


def check_every_cut(module: types.ModuleType) -> None:
    places = Places(module)
    for cut in every_cut(lambda fs, said: places.move(fs), start=places.fs):
        check_cut(places, cut.fs, str(cut))


def test_a_power_cut_anywhere_leaves_one_place_in_force_and_whole() -> None:
    check_every_cut(moving)


def test_a_step_that_fails_anywhere_leaves_the_same() -> None:
    places = Places()
    for call, fs, _, raised in every_failure(lambda fs, said: places.move(fs), start=places.fs, shorts=(0,)):
        assert raised is None or isinstance(raised, (NotWritable, Unavailable)), f"{call}: {raised!r}"
        check_cut(places, fs.image("all"), f"{call} failed")


def check_office_goes_on(module: types.ModuleType) -> None:
    """Between an interruption and the next try the office records, closes and destroys in the old place."""
    places = Places(module, damage=False)
    cuts = list(every_cut(lambda fs, said: places.move(fs), start=places.fs, modes=("all",)))
    for cut in cuts[:: max(1, len(cuts) // 40)]:
        if in_force(cut.fs) == NEW:
            continue
        clock = MovingClock(days_later(0))
        store = Store(cut.fs, clock, seed="goes on")
        for day in range(10, 41, 10):
            clock.go_to(days_later(day))
            store.ledger.append("head.issued", {"size": store.ledger.size, "way": "file"})
        store.destruction.destroy([places.rotten.bucket_id], "ordered")
        store.record("C1", days_later(40), seconds=60)
        store.close()
        now = footage(cut.fs, OFFICE)
        places.move(cut.fs)
        assert footage(cut.fs, NEW) == now, f"{cut}: what was destroyed is back, or what came is not there"


def test_an_interrupted_move_does_not_bring_back_what_the_office_destroyed_meanwhile() -> None:
    check_office_goes_on(moving)


CHECKS = (check_every_cut, check_office_goes_on, check_read_back)
MUTANTS: dict[str, tuple[types.ModuleType, tuple[tuple[str, str], ...]]] = {
    "copies are not made durable": (
        moving,
        (("Move._copy_all", "drop call sync_dir"), ("Move._copy_all", "drop call sync_fs")),
    ),
    "it is in force before it is entered": (moving, (("Move._put_in_force", "before write_atomic _last"),)),
    "it is entered again": (moving, (("Move._put_in_force", "force _last True"),)),
    "it is in force before its label": (moving, (("Move._put_in_force", "before write_atomic write_label"),)),
    "the old place is cleared first": (
        moving,
        (
            (
                "Move.to",
                "swap _put_in_force (lambda *given: (self._end(entries, keep_old=keep_old), "
                "self._put_in_force(*given)))",
            ),
        ),
    ),
    "what an interrupted move left is believed": (
        moving,
        (("Move._tidy", "force startswith True"), ("Move._tidy", "force size True")),
    ),
    "damage is told of but not kept": (moving, (("Move._copy", "drop call write_atomic"),)),
    "a copy has its name before it is judged": (
        moving,
        (("Move._copy", "put COPYING ''"), ("Move._copy", "drop call rename")),
    ),
    "another ring is made at each try": (moving, (("Move._copy_all", "force marker None 1"),)),
    "a copy is not synced": (copying, (("copy_file", "drop call sync"),)),
    "a copy is not read back": (copying, (("copy_file", "force digest False"),)),
    "clearing is not entered": (emptying, (("clear", "drop call append"),)),
    "clearing is not durable": (emptying, (("_remove", "drop call sync_dir"),)),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_checks_catch_a_move_where(name: str) -> None:
    where, changes = MUTANTS[name]
    broken = changed_module(where, *changes)
    if where is not moving:
        function = "copy_file" if where is copying else "clear"
        whole = changed_module(moving)
        setattr(whole, function, getattr(broken, function))
        broken = whole
    assert any(caught_by(check, broken) for check in CHECKS), "a broken variant passed every check"
