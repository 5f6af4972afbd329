"""People who use an office while things fail, and remember everything that it acknowledged.

What they were told is then held against what is there: cases, decisions, releases, destructions, and every signed head.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

from appliance.core.clock import SystemClock
from appliance.core.errors import NotFound, RecorderError, Unavailable
from appliance.core.model import Span, merge
from appliance.installation.office import Places
from appliance.keeper.context import Stores
from appliance.protocol.transport import Client
from appliance.rules.cases.states import State
from appliance.services.cases.book import CaseBook
from appliance.services.cases.ports import CasePorts
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.caselife import CaseLife

__all__ = ["Acknowledged", "Witness", "certified", "what_is_missing", "what_the_verifier_says"]

_SECOND_NS = 1_000_000_000
VERIFIER = Path(__file__).parents[2] / "deploy" / "verify_ledger.py"


class Acknowledged(NamedTuple):
    """What was answered with success. ``cases``: number and span by act id. ``heads``: (size, signed note)."""

    cases: dict[str, tuple[str, Span]]
    decided: set[str]
    shown: list[tuple[str, str, Span]]
    heads: list[tuple[int, str]]


class Witness:
    """One round of acts after another in a thread of its own, until told to stop; what fails is simply not done.

    ``doing``: ``looking`` takes heads only; ``receiving`` receives cases as fast as it can; ``viewing`` receives one,
    has it decided, and watches it.
    """

    def __init__(self, box: Box, doing: str = "viewing", camera_nos: tuple[str, ...] = ("01", "02")) -> None:
        self._box, self._camera_nos = box, camera_nos
        self._act = {"looking": self._look, "receiving": self._receive_only, "viewing": self._view}[doing]
        self.said = Acknowledged({}, set(), [], [])
        self.tried: dict[str, Span] = {}
        self._numbers = iter(range(1 << 30))
        self._name = f"{time.time_ns():x}"
        self._session = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="witness", daemon=True)

    def __enter__(self) -> Witness:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(120)
        assert not self._thread.is_alive(), "the witness still waits for an answer"

    def _run(self) -> None:
        while not self._stopping.is_set():
            client = self._box.client(timeout_seconds=60)
            try:
                while not self._stopping.wait(0.05):
                    self._act(client)
            except RecorderError:
                self._session = ""  # the office is not well: begin anew
                self._stopping.wait(0.1)
            finally:
                client.close()

    # --- acts ---

    def _look(self, client: Client) -> None:
        head = client.call("ledger.head").head
        self.said.heads.append((int(head["size"]), str(head["checkpoint"])))

    def _receive_only(self, client: Client) -> None:
        self._receive(client)
        self._look(client)

    def _log_in(self, client: Client) -> str:
        if not self._session:
            first = client.call("login", name=OFFICER.name, password=OFFICER.password, totp="").head["session"]
            second = client.call(
                "login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, totp="", session=first
            ).head["session"]
            self._session = str(second)
        return self._session

    def receive(self, client: Client, act: str, span: Span) -> str:
        """A receipt under a given act id; its case."""
        return self._life(client).receive(self._camera_nos, span.start_ns, span.end_ns, act=act)

    def _life(self, client: Client) -> CaseLife:
        def call(verb: str, **arguments: Any) -> dict[str, Any]:
            return client.call(verb, **arguments).head

        return CaseLife(call, self._log_in(client), time.time_ns)

    def _receive(self, client: Client) -> tuple[str, Span]:
        self._log_in(client)
        act, now = f"{self._name}.{next(self._numbers)}", time.time_ns()
        span = Span(now - 6 * _SECOND_NS, now - _SECOND_NS)
        self.tried[act] = span
        case = self.receive(client, act, span)
        self.said.cases[act] = case, span
        return case, span

    def _view(self, client: Client) -> None:
        case, span = self._receive(client)
        session = self._log_in(client)
        life = self._life(client)
        life.to_decision(case)
        life.decide(case)
        self.said.decided.add(case)
        life.begin(case)
        grant = str(
            client.call("viewing.open", session=session, case=case, seat=1, password=OFFICER.password).head["grant"]
        )
        for camera_no in self._camera_nos:
            self._watch(client, session, grant, camera_no, span)
        self._look(client)
        client.call("viewing.end", session=session, grant=grant)

    def _watch(self, client: Client, session: str, grant: str, camera_no: str, span: Span) -> None:
        asked: dict[str, Any] = {"session": session, "grant": grant, "camera_no": camera_no}
        try:
            head, blocks = client.stream(
                "viewing.media", **asked, start_ns=span.start_ns, seconds=3, video_codecs=["h264"]
            )
            for _ in blocks:
                pass
        except (Unavailable, NotFound):
            return  # nothing of it is recorded yet, or the darkroom is away
        shown = Span(int(head["start_ns"]), int(head["end_ns"]))
        if shown.end_ns > shown.start_ns:
            spans = [{"camera_no": camera_no, "start_ns": shown.start_ns, "end_ns": shown.end_ns}]
            client.call("viewing.shown", session=session, grant=grant, spans=spans)
            self.said.shown.append((grant, camera_no, shown))


def what_is_missing(said: Acknowledged, stores: Stores) -> list[str]:
    """What was acknowledged and is not there, in words; empty when all is."""
    wrong: list[str] = []
    key = stores.office.box_keys.records_key
    book = CaseBook(stores.acts, stores.ledger, SystemClock(assume_trusted=True), CasePorts(), pseudonym_key=key)
    pinned: dict[str, list[Span]] = {}
    for hold in book.holds():
        pinned.setdefault(hold.camera_no, []).append(Span(hold.start_ns, hold.end_ns))
    pinned = {camera_no: merge(spans) for camera_no, spans in pinned.items()}
    for act, (number, span) in said.cases.items():
        try:
            case = book.file(number).case
        except NotFound:
            wrong.append(f"case {number} is gone")
            continue
        entry = stores.ledger.act(act)
        if entry is None or stores.acts.sealed(entry.index) is None:
            wrong.append(f"case {number}: its entry or its record is gone")
        if any(asked.span != span for asked in case.asked):
            wrong.append(f"case {number} is about other minutes")
        for camera_no in {asked.camera_no for asked in case.asked}:
            if not any(pin.contains(span) for pin in pinned.get(camera_no, ())):
                wrong.append(f"case {number}: camera {camera_no} is not pinned")
        if number in said.decided and case.result is not State.GRANTED:
            wrong.append(f"case {number}: its decision is gone")
    shown: dict[tuple[str, str], list[Span]] = {}
    for entry in stores.ledger.entries():
        if entry.kind == "footage.shown":
            for each in entry.fields["spans"]:
                where = str(entry.fields["grant"]), str(each["camera_no"])
                shown.setdefault(where, []).append(Span(int(each["start_ns"]), int(each["end_ns"])))
    for grant, camera_no, span in said.shown:
        if not any(entered.contains(span) for entered in shown.get((grant, camera_no), ())):
            wrong.append(f"what was shown of camera {camera_no} in grant {grant} is not entered")
    shelves = stores.ring.shelves
    lying = {name.split(".")[0] for name in [*shelves.fs.list_dir(shelves.open_dir), *shelves.in_ring()]}
    for bucket_id in certified(said, stores):
        if bucket_id in stores.office.key_store or bucket_id in lying:
            wrong.append(f"bucket {bucket_id} was certified as destroyed and is there")
    return wrong


def certified(said: Acknowledged, stores: Stores) -> list[str]:
    """The buckets whose destruction is under the newest head that was seen."""
    size = min(max((size for size, _ in said.heads), default=0), stores.ledger.size)
    entries = [entry for entry in stores.ledger.entries(0, size) if entry.kind == "destroy.done"]
    return [str(bucket_id) for entry in entries for bucket_id in entry.fields["buckets"]]


def what_the_verifier_says(box: Box, heads: list[tuple[int, str]], directory: Path) -> str:
    """Runs ``deploy/verify_ledger.py`` on a copy of the ledger against the newest of ``heads`` and some others, as an
    auditor would with heads carried off the box. Empty when all is good."""
    places = Places(box.settings.layout)
    directory.mkdir(exist_ok=True)
    copy = directory / "ledger.log"
    copy.write_bytes(Path(places.ledger, "ledger.log").read_bytes())
    given = []
    for number, (_, note) in enumerate([*heads[:: max(1, len(heads) // 5)], *heads[-1:]]):
        file = directory / f"{number}.checkpoint"
        file.write_text(note, encoding="utf-8", newline="\n")
        given += ["--checkpoint", str(file)]
    command = [sys.executable, str(VERIFIER), str(copy), "--key", places.ledger_keys, *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr
