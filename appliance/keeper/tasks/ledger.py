"""The ledger while the keeper runs: heads and daily statements for people to take away, and its rot."""

from __future__ import annotations

import contextlib
import os
import threading

from appliance.core.clock import Clock, local_time
from appliance.core.errors import RecorderError, Unavailable
from appliance.keeper.findings import Findings
from appliance.keeper.log import say
from appliance.keeper.stores import Stores
from appliance.keeper.tasks.index import IndexWatch
from appliance.keeper.tasks.key import KeyTasks
from appliance.keeper.verifying import ledger_wrong
from appliance.ledger.log import Ledger
from appliance.services.statements.daily import Statements
from appliance.storage.files import Fs, write_atomic

__all__ = ["HeadTasks", "StoreReading"]


class HeadTasks:
    """``heads``: the folder that people can read."""

    def __init__(self, fs: Fs, heads: str, ledger: Ledger, statements: Statements, clock: Clock) -> None:
        self._fs, self._heads, self._ledger = fs, heads, ledger
        self._statements, self._clock = statements, clock

    def issue_head(self) -> None:
        """Writes the present head where people can take it from, and enters that it was issued."""
        self._ledger.append("head.issued", {"size": self._ledger.size, "way": "file"})
        note = self._ledger.checkpoint()
        name = f"{local_time(self._clock.wall_ns()):%Y%m%d-%H}.checkpoint"
        write_atomic(self._fs, os.path.join(self._heads, name), note.encode(), mode=0o644)

    def make_statements(self) -> None:
        """Before destruction: what a missed day held is told while it is there."""
        self._statements.write_last()
        for entry in self._statements.make_due():
            late = f", {entry.fields['late_days']} days late" if entry.fields["late_days"] else ""
            say(f"entered the statement of {entry.fields['day']}{late}")


class StoreReading:
    """Reads ledger and catalogue from their first entry while the keeper runs: rot is a finding, and not first at its
    next start; so is an index that says something else, and footage whose key is gone."""

    def __init__(self, stores: Stores, index_watch: IndexWatch, keys: KeyTasks, findings: Findings) -> None:
        self._stores, self._index_watch, self._keys, self._findings = stores, index_watch, keys, findings
        self._reading: threading.Thread | None = None

    def begin(self) -> None:
        """Beside the other tasks: it takes as long as it takes."""
        if self._reading is None or not self._reading.is_alive():
            self._reading = threading.Thread(target=self.read, name="read the stores", daemon=True)
            self._reading.start()

    def read(self) -> None:
        wrong = ""
        self._findings.set("ledger-damaged", "storage", ledger_wrong(self._stores))
        try:
            self._stores.ring.catalogue.check()
            self._index_watch.compare()
        except RecorderError as error:
            wrong = str(error)
        self._findings.set("catalogue-damaged", "storage", wrong)
        with contextlib.suppress(Unavailable):  # an index that does not answer is no damage of the catalogue
            self._keys.tell_keyless()
