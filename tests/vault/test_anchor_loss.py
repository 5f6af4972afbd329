"""The drill of a lost anchor, of each kind: recording goes on, viewing and destruction stop and say so; an anchor that
comes back loses nothing, and one that does not is replaced by people, in the ledger, for footage from then on.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from appliance.core.clock import SLOT_NS, SystemClock, slot_start_ns
from appliance.core.errors import NotAllowed, NotWritable, Refused, Unavailable, UsageError
from appliance.core.model import to_wire
from appliance.core.settings import FILE_ANCHOR
from appliance.formats.allocation import allocate
from appliance.installation.rekeying import Holder, Rekeyed, replace_anchor
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper, Stores
from appliance.keeper.schedule import housekeeping
from appliance.keeper.stores import open_stores
from appliance.protocol.transport import Message
from appliance.rules.deadlines import DAY_NS
from appliance.storage.boot_files import read_recorder_boot
from appliance.storage.files import RealFs
from appliance.vault.keys.anchor import SLOTS
from tests.box import OFFICER, UNIT_HEAD, Box, make_box, testcard, until
from tests.caselife import life_of
from tests.footage import FilmClock, film_past
from tests.opened import held
from tests.vault.swtpm import SoftwareTpm, running_tpm
from tests.verbs import VERBS

MINUTE_NS = 60_000_000_000
HERE = (Holder(OFFICER.name, OFFICER.password), Holder(UNIT_HEAD.name, UNIT_HEAD.password))


class Loss(Protocol):
    """A box and what may befall its anchor."""

    box: Box
    word: str
    reached: bool

    def lose(self) -> None: ...

    def bring_back(self) -> None: ...

    def for_good(self) -> None:
        """It will not come back; what a new one is made of is there."""


class FileLoss:
    word, reached = "the anchor cannot be read", False

    def __init__(self, box: Box) -> None:
        self.box, self._anchor = box, Path(box.settings.layout.keeper) / "anchor"

    def lose(self) -> None:
        for path in self._anchor.iterdir():
            path.rename(self._anchor.parent.parent / f"lost-{path.name}")

    def bring_back(self) -> None:
        for path in self._anchor.parent.parent.glob("lost-*"):
            path.rename(self._anchor / path.name.removeprefix("lost-"))

    def for_good(self) -> None:
        """It stays away."""


class TpmLoss:
    word, reached = "none is there", False

    def __init__(self, box: Box, chip: SoftwareTpm) -> None:
        self.box, self._chip = box, chip

    def lose(self) -> None:
        self._chip.unplug()

    def bring_back(self) -> None:
        self._chip.plug_in()

    def for_good(self) -> None:
        self._chip.replace()


@pytest.fixture(params=["file", pytest.param("tpm", marks=pytest.mark.tpm)])
def loss(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Loss]:
    with contextlib.ExitStack() as stack:
        chip = stack.enter_context(running_tpm()) if request.param == "tpm" else None
        storage = chip.storage if chip else FILE_ANCHOR
        box = stack.enter_context(make_box(tmp_path / "office", [testcard("01")], storage=storage))
        yield TpmLoss(box, chip) if chip else FileLoss(box)


def _keeper(box: Box, at_ns: int = 0) -> contextlib.AbstractContextManager[Keeper]:
    return open_keeper(box.settings, RealFs(), FilmClock(at_ns or box.made_ns + SLOT_NS))


def _stores(box: Box) -> contextlib.AbstractContextManager[Stores]:
    return open_stores(box.settings, RealFs(), SystemClock(assume_trusted=True))


def _findings(keeper: Keeper) -> dict[str, str]:
    return {finding.key: finding.text for finding in keeper.findings.all()}


def _fields(keeper: Keeper | Stores, kind: str) -> list[dict[str, Any]]:
    return [entry.fields for entry in keeper.ledger.entries() if entry.kind == kind]


def _begin_anew(box: Box, **options: Any) -> Rekeyed:
    with _stores(box) as stores:
        return replace_anchor(
            stores.office, stores.ledger, stores.acts, stores.ring, box.settings.storage, HERE, **options
        )


def _filmed(box: Box, days_ago: int) -> str:
    """Inside its floor today, or the running keeper would destroy it before the test does."""
    box.start("keeper")
    (bucket_id,) = film_past(box, "01", slot_start_ns(box.made_ns) - days_ago * DAY_NS, 2).buckets
    box.stop()
    return bucket_id


def test_recording_goes_on_and_nothing_is_lost_when_the_anchor_comes_back(loss: Loss) -> None:
    """The recorder begins without one, so that it has no key of earlier."""
    box = loss.box
    loss.lose()
    box.start("keeper", "darkroom", "recorder")
    box.recording("01")
    status = box.status()
    (shut,) = [finding for finding in status["findings"] if finding["key"] == "keys-shut"]
    assert loss.word in shut["text"]
    assert "nothing can be viewed or destroyed, recording goes on" in shut["text"]
    until(
        lambda: "recorder-silent" not in {each["key"] for each in box.status()["findings"]}, what="word of the recorder"
    )
    token = box.both_logged_in()
    with pytest.raises(Unavailable, match="nothing can be viewed"):
        box.call("viewing.open", session=token, case=_case(box, token), password=OFFICER.password)
    box.kill("recorder")
    killed_ns = SystemClock().wall_ns()
    box.start("recorder")
    until(lambda: _written_since(box, killed_ns), what="footage of the next recorder")
    box.stop()
    assert list(Path(box.settings.layout.open).glob("*.emergency")), "the records lie beside the footage"

    loss.bring_back()
    box.start("keeper")
    box.stop()
    assert list(Path(box.settings.layout.open).glob("*.emergency")) == []
    camera = held(box)["01"]
    assert camera.buckets >= 2
    assert len(camera.packets(0)) > 5


def _written_since(box: Box, at_ns: int) -> bool:
    """By a recorder that began after ``at_ns``: what one before it wrote last is told until then."""
    camera = box.camera("01")
    return bool(camera["state"] == "live" and camera["last_written_ns"] > camera["since_ns"] > at_ns)


def _case(box: Box, token: str) -> str:
    """As soon as the keeper has heard of the bucket: that a camera is live is told before."""

    def tried() -> str:
        now_ns = SystemClock().wall_ns()
        with contextlib.suppress(NotAllowed):
            return life_of(box, token).viewing(["01"], now_ns - MINUTE_NS, now_ns)
        return ""

    return until(tried, what="footage that the keeper knows of")


def test_nothing_is_destroyed_meanwhile_and_the_keeper_tries_again_by_itself(loss: Loss) -> None:
    box = loss.box
    old = _filmed(box, 20)
    loss.lose()
    with _keeper(box, box.made_ns + 30 * DAY_NS) as keeper:
        clock, house = keeper.clock, housekeeping(keeper)
        assert isinstance(clock, FilmClock)
        with pytest.raises(Unavailable, match="nothing can be viewed or destroyed"):
            keeper.destruction.destroy([old], "ordered")
        for _ in range(30):
            house.turn()
            clock.at_ns += MINUTE_NS
        assert loss.word in _findings(keeper)["keys-shut"]
        assert "is tried again" in _findings(keeper)["destruction-failed"]
        assert _fields(keeper, "destroy.intended") == [], "not even intended"
        assert len(_fields(keeper, "finding.opened")) <= 4, "a finding is entered once, however often it is tried"
        assert keeper.ring.index.closed(old) is not None

        loss.bring_back()
        for _ in range(15):
            house.turn()
            clock.at_ns += MINUTE_NS
        assert {"keys-shut", "destruction-failed"} & _findings(keeper).keys() == set()
        assert [done["buckets"] for done in _fields(keeper, "destroy.done")] == [[old]]


def test_an_anchor_that_dies_under_a_running_keeper_is_a_finding_and_heals_by_itself(loss: Loss) -> None:
    box = loss.box
    old = _filmed(box, 20)
    with _keeper(box, box.made_ns + 30 * DAY_NS) as keeper:
        clock, house = keeper.clock, housekeeping(keeper)
        assert isinstance(clock, FilmClock)
        loss.lose()
        keeper.recorder.run, keeper.recorder.greeted = "a run", True
        with pytest.raises(NotWritable):
            keeper.destruction.destroy([old], "ordered")
        with pytest.raises(Refused, match="key"):
            VERBS["recorder.allocate"](keeper, {}, _allocation(box))
        house.turn()
        assert {"keys-closed", "destruction-failed"} <= _findings(keeper).keys()
        assert old in keeper.stores.office.key_store
        loss.bring_back()
        clock.at_ns += 15 * MINUTE_NS
        house.turn()
        assert not {"keys-closed", "destruction-failed"} & _findings(keeper).keys()
        assert old not in keeper.stores.office.key_store


def _allocation(box: Box) -> Message:
    public = read_recorder_boot(RealFs(), box.settings.layout.boot).vault_public
    allocation, _ = allocate(public, [("01", slot_start_ns(box.made_ns))], os.urandom)
    return Message({}, to_wire(allocation))


def test_an_anchor_that_is_gone_for_good_is_replaced_by_people_for_what_comes(loss: Loss) -> None:
    box = loss.box
    old = _filmed(box, 20)
    loss.lose()
    loss.for_good()
    shown: list[tuple[str, ...]] = []
    beside = Path(box.settings.layout.open) / f"{'ab' * 16}.emergency"
    beside.write_bytes(b"only the old vault opens it")
    made = _begin_anew(box, confirm=shown.append)
    assert made.strength in ("file: best effort", "virtual TPM: best effort")
    assert made.overwritten is loss.reached
    assert len(shown[0]) == 3
    assert not beside.exists()

    new = _filmed(box, 10)
    with _keeper(box) as keeper:
        store = keeper.stores.office.key_store
        assert "keys-shut" not in _findings(keeper)
        assert keeper.keyholders.count() == 2
        assert store.bucket_ids() == {new}, "what was lost stays lost"
        (lost,), (entered,) = _fields(keeper, "anchor.lost"), _fields(keeper, "anchor.made")
        assert loss.word.split()[-1] in lost["why"] or "another TPM" in lost["why"]
        assert (lost["buckets"], lost["emergencies"], lost["generation"]) == (1, 1, made.generation)
        assert entered == {"strength": made.strength, "generation": made.generation, "overwritten": loss.reached}
        with keeper.keyholders.unlock_with_envelope(shown[0][:2]) as vault:
            assert vault.public == keeper.stores.office.vault_public
        with (
            keeper.keyholders.unlock(UNIT_HEAD.name, UNIT_HEAD.password) as vault,
            vault.open_buckets(store.sealed_of([new])) as keys,
        ):
            assert list(keys) == [new]
        with pytest.raises(Refused, match="another envelope"):
            keeper.keyholders.unlock_with_envelope(box.installed.envelope_shares[:2])

    with _keeper(box, box.made_ns + 40 * DAY_NS) as keeper:
        keeper.destruction.destroy([old, new], "ordered")
        (done,) = _fields(keeper, "destroy.done")
        assert done["lost"] == [old], "the certificate admits that its key was lost, not destroyed"
        assert done["generation"] > made.generation


def test_where_only_the_root_is_lost_the_old_anchor_is_overwritten(loss: Loss) -> None:
    box, keys = loss.box, Path(loss.box.settings.layout.keeper) / "keys"
    _filmed(box, 20)
    with _stores(box) as stores:
        generation = stores.office.key_store.generation
        secrets = [stores.office.anchor.read(each).secret for each in SLOTS]
    copies = {path: path.read_bytes() for path in keys.iterdir()}
    for path in keys.glob("root.*"):
        path.unlink()
    made = _begin_anew(box)
    assert made.overwritten
    assert made.generation >= 1
    with _stores(box) as stores:
        assert not {stores.office.anchor.read(each).secret for each in SLOTS} & set(secrets)
        assert stores.office.key_store.slots() != ()
    for path, data in copies.items():
        path.write_bytes(data)
    with _stores(box) as stores:
        assert "does not open with the anchor" in stores.office.key_store.shut, "copies of before open nothing"
    assert generation > 1


def test_it_is_refused_while_the_keys_open_and_to_the_wrong_people(loss: Loss) -> None:
    box = loss.box
    with pytest.raises(Refused, match="a new anchor would lose all footage for nothing"):
        _begin_anew(box)
    loss.lose()
    if isinstance(loss, TpmLoss):
        with pytest.raises(Unavailable, match="the settings ask for a TPM"):
            _begin_anew(box)
    loss.for_good()
    with _stores(box) as stores:
        before = stores.ledger.size
        for holders, error, said in (
            (HERE[:1], UsageError, "2 different keyholders"),
            ((HERE[0], HERE[0]), UsageError, "2 different keyholders"),
            ((HERE[0], Holder(UNIT_HEAD.name, "wrong")), Refused, "the password is not head's"),
            ((HERE[0], Holder("nobody", "wrong")), Refused, "held no key"),
        ):
            with pytest.raises(error, match=said):  # type: ignore[call-overload]
                replace_anchor(stores.office, stores.ledger, stores.acts, stores.ring, box.settings.storage, holders)

        def call_off(shares: tuple[str, ...]) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            replace_anchor(
                stores.office, stores.ledger, stores.acts, stores.ring, box.settings.storage, HERE, confirm=call_off
            )
        assert stores.ledger.size == before
        assert OFFICER.password not in repr(HERE)


class _FailingDisk:
    """The real disk, on which the ``number``-th change and all after it fail."""

    def __init__(self, number: int) -> None:
        self._fs, self._left = RealFs(), number
        self.failed = False

    def __getattr__(self, name: str) -> Any:
        call: Callable[..., Any] = getattr(self._fs, name)
        if name not in ("create", "append", "rename", "unlink", "overwrite", "sync_dir", "sync_fs"):
            return call

        def counted(*args: Any, **options: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                self.failed = True
                raise OSError(28, os.strerror(28), str(args[0]))
            return call(*args, **options)

        return counted


def test_cut_off_anywhere_it_leaves_keys_that_are_shut_and_is_done_again(loss: Loss, long_run: bool) -> None:
    box = loss.box
    loss.lose()
    loss.for_good()
    number, opened = 1, False
    while not opened:
        disk = _FailingDisk(number)
        with contextlib.suppress(NotWritable), _stores(box) as stores:
            object.__setattr__(stores.office, "fs", disk)
            replace_anchor(stores.office, stores.ledger, stores.acts, stores.ring, box.settings.storage, HERE)
        with _stores(box) as stores:
            opened = not stores.office.key_store.shut
            if opened:
                assert not disk.failed or stores.office.keyholders.count() == 2
                with stores.office.keyholders.unlock(OFFICER.name, OFFICER.password) as vault:
                    assert vault.public == stores.office.vault_public
        number += 1 if long_run or isinstance(loss, FileLoss) else 4
    assert number > 6
