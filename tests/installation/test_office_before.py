"""The office in ``tests/vectors/office``, made by the last commit before the packages moved: it opens, says the same of
every book, verifies, and goes on. Time is handed in."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from appliance.api import Packet
from appliance.core.errors import Refused
from appliance.core.model import Span
from appliance.core.settings import Settings, read_settings
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.process import serve
from appliance.keeper.stores import open_stores
from appliance.ledger.tree import Tree, leaf_hash
from appliance.protocol.transport import Client, Message
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.rules.packs.shipped import SHIPPED_VERSIONS
from appliance.rules.registers.tables import REGISTERS
from appliance.storage.files import RealFs
from tests.access.office import OWN
from tests.box import EVERYBODY, OFFICER, UNIT_HEAD
from tests.caselife import CaseLife
from tests.footage import FilmClock, film_past
from tests.opened import held_in
from tests.verbs import VERBS

ROOT = Path(__file__).parents[2]
MADE = ROOT / "tests/vectors/office/office.tar.xz"
MINUTE_NS = 60 * 10**9
SMALL = {"width": 320, "height": 180, "fps": 5, "bitrate": 50_000}


class Found(NamedTuple):
    """The unpacked office. ``told``: what the code that made it said of it when it opened it for the last time."""

    folder: Path
    settings: Settings
    clock: FilmClock
    told: dict[str, Any]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    with tarfile.open(MADE) as packed:
        packed.extractall(tmp_path, filter="data")
    told = json.loads((tmp_path / "expected.json").read_text(encoding="utf-8"))
    (tmp_path / "run").mkdir()
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f'state = "{tmp_path}/office"\nrun = "{tmp_path}/run"\nassume_trusted_clock = true\n'
        '[storage]\nanchor = "file"\n[disk]\nrecords_mib = 1\n',
        encoding="utf-8",
    )
    return Found(tmp_path, read_settings(str(settings)), FilmClock(told["now_ns"]), told)


@pytest.fixture
def keeper(found: Found) -> Iterator[Keeper]:
    with open_keeper(found.settings, RealFs(), found.clock) as opened:
        yield opened


def ask(keeper: Keeper, verb: str, **arguments: Any) -> dict[str, Any]:
    return dict(VERBS[verb](keeper, arguments, Message({}, b"")).head)


def log_in(keeper: Keeper) -> str:
    first = ask(keeper, "login", name=OFFICER.name, password=OFFICER.password)["session"]
    return str(ask(keeper, "login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, session=first)["session"])


def verified(keeper: Keeper) -> dict[str, Any]:
    """What ``appliance verify`` tells."""
    body = VERBS["verify"](keeper, {}, Message({}, b"")).body
    steps = [msgspec.json.decode(block) for block in body]  # type: ignore[union-attr]
    return dict(next(step["found"] for step in steps if "found" in step))


def verified_elsewhere(found: Found) -> subprocess.CompletedProcess[str]:
    """The verifier that shares no code with the recorder, over the ledger and every head and statement beside it."""
    layout = found.settings.layout
    heads = sorted(Path(layout.heads).glob("*.checkpoint"))
    statements = sorted(Path(layout.heads).glob("*.statement"))
    assert heads
    command = [sys.executable, str(ROOT / "deploy/verify_ledger.py"), str(Path(layout.keeper, "ledger/ledger.log"))]
    command += ["--key", found.told["handed out"]["vkey"]]
    command += [word for head in heads for word in ("--checkpoint", str(head))]
    command += [word for statement in statements for word in ("--extract", str(statement))]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def of_every_book(keeper: Keeper, size: int) -> dict[str, Any]:
    """What ``make_office.py`` wrote down, by today's names; of the ledger, its first ``size`` entries."""
    always, now_ns, pins = Span(0, 1 << 62), keeper.clock.wall_ns(), keeper.cases.pins()
    ledger, ring, fleet = keeper.ledger, keeper.ring, keeper.cameras.fleet
    entries, tree = list(ledger.entries(0, size)), Tree(lambda start, end: [])
    for entry in entries:
        tree.append(leaf_hash(entry.raw))
    files = [keeper.cases.file(key) for key in sorted(keeper.cases.all_keys())]
    return {
        "ledger": {
            "size": tree.size,
            "root": tree.root().hex(),
            "kinds": dict(sorted(Counter(entry.kind for entry in entries).items())),
        },
        "ring": {
            camera_no: [
                [each.bucket_id, each.start_ns, each.end_ns, [segment.sha256 for segment in each.segments]]
                for each in ring.find(camera_no, always)
            ]
            for camera_no in ring.index.cameras()
        },
        "cases": {
            file.case.number or file.key: [
                file.key, file.case.kind, file.case.state, len(file.deeds),
                sorted([hold.camera_no, hold.start_ns, hold.end_ns] for hold in pins.get(file.key, [])),
            ]
            for file in files
        },
        "cameras": {
            no: [[each.version, each.state] for each in sorted(fleet.of(no), key=lambda each: each.version)]
            for no in sorted(fleet.numbers())
        },
        "recorded": [[each.camera_no, each.source, each.location] for each in keeper.registry.cameras],
        "references": {
            each.number: ["in use" if each.in_use else each.ended or "waits", each.sha256]
            for no in sorted(fleet.numbers())
            for each in keeper.references.of(no)
        },
        "holds": {each.number: [each.ground, each.state(now_ns)] for each in keeper.holds.all()},
        "registers": {
            code: {file.item.number: file.item.state for file in keeper.registers.all(code)} for code in REGISTERS
        },
        "inspection": {
            str(each.row.on): each.row.state
            for each in keeper.inspections.days(date(2026, 11, 24), day_of(now_ns))
        },
        "tickets": {each.ticket.number: each.ticket.state for each in keeper.inspections.tickets()},
        "people": {each.name: sorted(each.on(keeper.people.book.today())) for each in keeper.people.book.all()},
        "scans": {
            each.number: "destroyed" if each.destroyed_ns else "struck" if each.struck_ns else "stands"
            for each in keeper.scans.all()
        },
        "packs": [each.pack.version for each in keeper.packs.all() if each.pack.version != SHIPPED_VERSIONS[-1]],
        "proposals": sorted(each.sha256 for each in keeper.packs.proposals()),
        "policy": [keeper.policy.floor_days, keeper.policy.target_days],
        "findings": sorted(each.key for each in keeper.findings.all()),
        "destroyed": sorted(
            [entry.index, *entry.fields["buckets"]] for entry in entries if entry.kind == "destroy.done"
        ),
    }  # fmt: skip


def test_every_book_says_what_the_code_that_wrote_it_said(found: Found, keeper: Keeper) -> None:
    told = {name: said for name, said in found.told.items() if name not in ("now_ns", "packets", "handed out")}
    said = of_every_book(keeper, found.told["ledger"]["size"])
    assert set(said) == set(told)
    for book, words in told.items():
        assert said[book] == words, book
    assert keeper.cases.damaged == {}
    assert len(told["ledger"]["kinds"]) > 70, "the fixture has become smaller than its README says"


def test_pages_are_told_of_every_case_and_camera_in_its_state(found: Found, keeper: Keeper) -> None:
    session = log_in(keeper)
    rows = ask(keeper, "cases", session=session)["cases"]
    told = {number: (said[0], said[2]) for number, said in found.told["cases"].items()}
    assert {row["number"] or row["case"]: (row["case"], row["state"]) for row in rows} == told
    for row in rows:
        view = ask(keeper, "case", session=session, case=row["case"])
        assert (view["state"], len(view["history"])) == (row["state"], found.told["cases"][view["number"]][3])
    for camera_no, versions in found.told["cameras"].items():
        view = ask(keeper, "camera", session=session, camera=camera_no)
        assert [[each["version"], each["state"]] for each in reversed(view["versions"])] == versions


def test_every_packet_of_the_ring_opens_as_it_was_recorded(found: Found) -> None:
    told = found.told["packets"]
    assert all(told.values())
    opened = held_in(found.settings, found.clock, told)
    for camera_no, digests in told.items():
        packets = [each for each in opened[camera_no].items if isinstance(each, Packet)]
        assert [hashlib.sha256(packet.data).hexdigest() for packet in packets] == digests, camera_no


def test_everybody_who_could_open_the_vault_still_can(found: Found) -> None:
    """Two founders and two shares of the envelope, the same vault for all; the officer whom they let in later has a key
    that opens nothing, because nobody used the account for 90 days."""
    with open_stores(found.settings, RealFs(), found.clock) as stores:
        keyholders, public = stores.office.keyholders, stores.office.vault_public
        opened = [
            keyholders.unlock(OFFICER.name, OFFICER.password),
            keyholders.unlock(UNIT_HEAD.name, UNIT_HEAD.password),
            keyholders.unlock_with_envelope(found.told["handed out"]["shares"][1:]),
        ]
        for vault in opened:
            with vault:
                assert vault.public == public
        assert keyholders.has_slot("officer-1")
        with pytest.raises(Refused, match="suspended"):
            keyholders.unlock("officer-1", OWN)
        with pytest.raises(Refused, match="password"):
            keyholders.unlock(OFFICER.name, UNIT_HEAD.password)


def test_it_verifies_here_and_elsewhere(found: Found, keeper: Keeper) -> None:
    result = verified(keeper)
    assert result["ok"], result
    assert result["ring"]["segments"] == sum(len(each[3]) for ring in found.told["ring"].values() for each in ring)
    assert result["ledger"]["entries"] >= found.told["ledger"]["size"]
    elsewhere = verified_elsewhere(found)
    assert elsewhere.returncode == 0, elsewhere.stdout + elsewhere.stderr


class _Filming:
    """What ``film_past`` needs of a box."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def client(self, timeout_seconds: float = 30.0) -> Client:
        return Client(self.settings.layout.socket("keeper"), timeout_seconds=timeout_seconds)

    def call(self, verb: str, **arguments: Any) -> dict[str, Any]:
        client = self.client()
        try:
            return client.call(verb, **arguments).head
        finally:
            client.close()


def test_it_goes_on_and_verifies_again(found: Found) -> None:
    """A case, a log-in and a segment more, after a day; then a start over both."""
    clock = found.clock
    clock.at_ns += DAY_NS
    start_ns = clock.at_ns // MINUTE_NS * MINUTE_NS
    with open_keeper(found.settings, RealFs(), clock) as keeper:
        server = serve(keeper, EVERYBODY)
        try:
            clock.at_ns += 15 * MINUTE_NS
            filmed = film_past(_Filming(found.settings), "02", start_ns, 4, **SMALL)  # type: ignore[arg-type]
            life = CaseLife(lambda verb, **asked: ask(keeper, verb, **asked), log_in(keeper), clock.wall_ns)
            key = life.receive(["02"], start_ns, start_ns + MINUTE_NS)
        finally:
            server.close()
        size = keeper.ledger.size
    assert size > found.told["ledger"]["size"] + 3
    with open_keeper(found.settings, RealFs(), clock) as keeper:
        assert keeper.cases.file(key).case.state == "received"
        assert [each.bucket_id for each in keeper.ring.find("02", Span(start_ns, clock.at_ns))] == filmed.buckets
        said = of_every_book(keeper, size)
        for number, case in found.told["cases"].items():
            assert said["cases"][number] == case
        for camera_no, buckets in found.told["ring"].items():
            assert said["ring"][camera_no][: len(buckets)] == buckets
        result = verified(keeper)
        assert result["ok"], result
        assert result["ledger"]["entries"] >= size
    elsewhere = verified_elsewhere(found)
    assert elsewhere.returncode == 0, elsewhere.stdout + elsewhere.stderr
