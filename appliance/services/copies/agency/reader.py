"""Reading an agency's copy back from its medium: what A17 stands on. The medium itself is read, and nothing else.

Whoever verifies has it done, and is another person than the maker; what came of it is entered, with what differs by
name. Then the same person sees it play on a plain PC, and verifies.
"""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass

import msgspec

from appliance.core.errors import Damaged, NotAllowed, NotFound, RecorderError
from appliance.core.messages import CodedMessage, coded
from appliance.medium.client import MediumClient, MediumSession, check_contents
from appliance.rules.cases.judging import Refusal
from appliance.rules.cases.rows import Event
from appliance.rules.cases.typed import CaseTyped
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.book import CaseBook
from appliance.services.copies.agency.jobs import MediumJobs
from appliance.services.copies.agency.making import why_failed
from appliance.services.copies.agency.store import AgencyCopy, AgencyCopyStore

__all__ = ["AgencyCopyReader", "AgencyReading"]


@dataclass
class AgencyReading:
    """A reading that goes on, or is over. ``error``: why it came to nothing, or what differs."""

    act_id: str
    copy: AgencyCopy
    who: ActingUser
    stick: MediumSession
    done: int = 0
    of: int = 0
    over: bool = False
    cancelled: bool = False
    error: CodedMessage | None = None

    @property
    def percent(self) -> int:
        return min(99, 100 * self.done // self.of) if self.of else 0

    def heard(self, done: int, of: int) -> None:
        self.done, self.of = done, of


class AgencyCopyReader:
    """One at a time, and none while a copy is made."""

    def __init__(self, store: AgencyCopyStore, cases: CaseBook, medium: MediumClient, jobs: MediumJobs) -> None:
        self._store, self._cases, self._medium, self._jobs = store, cases, medium, jobs
        self._lock = threading.Lock()
        self._readings: dict[str, AgencyReading] = {}

    def start(self, act_id: str, case: str, who: ActingUser) -> AgencyReading:
        """Begins to read the copy of a case back, for whoever is to verify it. A repeat of the act id changes nothing.

        Raises NotAllowed for whoever may not verify it, NotFound where nothing was written, and as
        ``MediumClient.open``, Refused while another is made or read.
        """
        with self._lock:
            before = self._readings.get(case)
            if before and before.act_id == act_id:
                return before
            copy = self._store.newest(case)
            if copy is None or not copy.written_ns:
                raise NotFound.of("agency-not-written")
            self._check(case, who)
            self._jobs.take()
            try:
                reading = AgencyReading(act_id, copy, who, self._medium.open(copy.serial, write=False))
            except BaseException:
                self._jobs.give_back()
                raise
            self._readings[case] = reading
            self._jobs.run("agency copy read back", functools.partial(self._run, reading))
            return reading

    def of(self, case: str) -> AgencyReading | None:
        with self._lock:
            return self._readings.get(case)

    def cancel(self, case: str) -> None:
        reading = self.of(case)
        if reading and not reading.over:
            reading.cancelled = True
            reading.stick.cancel()

    def stop(self) -> None:
        """Stops whatever is read, and waits for it."""
        with self._lock:
            cases = list(self._readings)
        for case in cases:
            self.cancel(case)
        self._jobs.wait()

    def _check(self, case: str, who: ActingUser) -> None:
        """That this person may verify it, once it was read back and seen to play."""
        read = msgspec.structs.replace(self._store.work(case, who.account), reread=True, hash_equal=True)
        typed = CaseTyped(copy_work={"plays": True})
        _, _, found = self._cases.judged(self._cases.file(case), who, Event.VERIFY_COPY, typed, handed=read)
        if isinstance(found, Refusal):
            raise NotAllowed(coded("case-not-allowed", name=f"case {case}", why=found), found._asdict())

    def _run(self, reading: AgencyReading) -> None:
        try:
            wrong = self._wrong(reading)
            self._store.read(reading.act_id, reading.copy, reading.who.account, wrong)
        except Exception as error:
            reading.error = why_failed(error, cancelled=reading.cancelled)
            if not isinstance(error, (RecorderError, OSError)):
                raise
        finally:
            reading.stick.close()
            reading.over = True

    def _wrong(self, reading: AgencyReading) -> tuple[str, ...]:
        """The names of what is not on the medium as it was written; of a medium that another computer changed or made,
        the code that says so. Raises Unavailable where it does not answer: then nothing is known of it."""
        try:
            contents = reading.stick.read(reading.heard)
            check_contents(reading.copy.files, contents)
        except Damaged as error:
            reading.error = error.message
            values = error.message.values if error.message else {}
            return tuple(map(str, values.get("names", ()))) or (error.message.code if error.message else "damaged",)
        reading.stick.release()
        return ()
