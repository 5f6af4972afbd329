"""An office's stores, opened in order and closed in reverse: by the keeper, or by a command while it is off."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from appliance.core.clock import Clock
from appliance.core.errors import NotFound, NotWritable
from appliance.core.settings import Settings
from appliance.installation.office import Installation, open_installation
from appliance.ledger.last_head import LastHead
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.process.lock import only_one
from appliance.storage.files import Fs
from appliance.storage.footage_disk import FootageDisk, read_footage_disk
from appliance.vault.index.catalogue import Catalogue
from appliance.vault.index.index import Index
from appliance.vault.index.shelves import Shelves
from appliance.vault.ring.ring import Ring

__all__ = ["Stores", "need_office", "open_stores"]


@dataclass(frozen=True)
class Stores:
    """The stores alone: enough to record, to destroy and to verify."""

    office: Installation
    ledger: Ledger
    last_head: LastHead
    acts: Acts
    ring: Ring
    disk: FootageDisk


@contextlib.contextmanager
def open_stores(
    settings: Settings, fs: Fs, clock: Clock, random: Callable[[int], bytes] = os.urandom
) -> Iterator[Stores]:
    """Opens ledger, records, catalogue, index and ring, which no other process may have open meanwhile.

    Raises Damaged, NotFound before set-up, NotWritable, Unavailable when another process has them.
    """
    layout = settings.layout
    need_office(fs, layout.office)
    with contextlib.ExitStack() as stack:
        stack.enter_context(only_one(os.path.join(layout.keeper, "lock"), f"the office in {layout.state}"))
        office = open_installation(fs, layout, clock, random, storage=settings.storage)
        ledger = stack.enter_context(
            Ledger(fs, office.places.ledger, clock, origin=office.ledger_origin, signing_key=office.ledger_key)
        )
        last_head = stack.enter_context(_last_head(fs, office.places.ledger, ledger))
        office.shut_if_put_back(ledger)
        if last_head.wrong and not office.key_store.shut:
            office.key_store.shut_down(last_head.wrong)
        acts = stack.enter_context(
            Acts(ledger, fs, office.places.records, office.box_keys.records_key, clock, random=random)
        )
        catalogue = stack.enter_context(
            Catalogue(fs, office.places.catalogue, office.box_keys.catalogue_key, clock, random)
        )
        disk = read_footage_disk(fs, layout.boot, layout.footage)
        shelves = Shelves(fs, layout.open, layout.ring, disk.wrong)
        index = stack.enter_context(Index(os.path.join(layout.keeper, "index.sqlite"), catalogue, shelves.listing))
        yield Stores(office, ledger, last_head, acts, Ring(shelves, catalogue, index, ledger), disk)


@contextlib.contextmanager
def _last_head(fs: Fs, directory: str, ledger: Ledger) -> Iterator[LastHead]:
    """While the stores are open their ledger is not closed."""
    last = LastHead(fs, directory, ledger)
    last.begin()
    try:
        yield last
    finally:
        with contextlib.suppress(NotWritable):  # a check that goes on has something to enter until the very end
            ledger.close(functools.partial(last.keep, closed=True))


def need_office(fs: Fs, office: str) -> None:
    if not fs.exists(office):
        raise NotFound.of("office-none", office=office)
