"""Daily statements by a real keeper: made after midnight, late when they are late, signed, and complete."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.core.clock import SLOT_NS
from appliance.core.errors import Broken, Damaged, NotFound, NotLoggedIn
from appliance.core.model import Allocation, BucketOpening, Gap, Manifest, SealedBucketKey, SegmentFile
from appliance.formats.segment_files import segment_name
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.keeper.verifying import verification
from appliance.protocol.statements import Certificate, StatementMonth, StatementView, Statistics
from appliance.protocol.transport import Message
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from appliance.rules.yearly import SECTIONS
from appliance.services.statements.daily import KIND, READY_NS, Statements, file_name
from appliance.storage.files import RealFs
from tests.box import OFFICER, Box
from tests.footage import FilmClock
from tests.ledger.box import load_verifier
from tests.verbs import VERBS

SECOND = 1_000_000_000


def record(keeper: Keeper, camera_no: str, start_ns: int, *, trusted: bool = True) -> str:
    """Ten minutes of a camera closed into the ring; its bytes are no footage."""
    bucket_id = hashlib.sha256(f"{camera_no} {start_ns}".encode()).hexdigest()[:32]
    slot_ns = start_ns - start_ns % SLOT_NS
    key = SealedBucketKey(bucket_id=bucket_id, camera_no=camera_no, slot_start_ns=slot_ns, wrapped=b"w" * 48)
    allocation = Allocation(allocation_id=bucket_id, sealed_key=b"s" * 60, buckets=(key,))
    keeper.stores.office.key_store.add(allocation)
    keeper.ring.allocated(allocation)
    common: dict[str, Any] = {
        "bucket_id": bucket_id,
        "camera_no": camera_no,
        "slot_start_ns": slot_ns,
        "start_ns": start_ns,
        "boot_id": keeper.clock.boot_id(),
        "boot_ns": start_ns,
        "trusted": trusted,
    }
    keeper.ring.opened(BucketOpening(**common))
    data = bucket_id.encode()
    Path(keeper.settings.layout.open, segment_name(bucket_id, 0)).write_bytes(data)
    segment = SegmentFile(
        number=0,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        frames=10,
        start_ns=start_ns,
        end_ns=start_ns + SLOT_NS,
    )
    keeper.ring.take(Manifest(**common, end_ns=start_ns + SLOT_NS, segments=(segment,)))
    return bucket_id


@pytest.fixture
def first(box: Box) -> date:
    """The day on which the office was set up."""
    return day_of(box.made_ns)


def go_to(clock: FilmClock, day: date, hours: float = 0) -> None:
    clock.at_ns = start_ns_of(day) + int(hours * 3600 * SECOND)


def ask(keeper: Keeper, verb: str, **arguments: Any) -> dict[str, Any]:
    return VERBS[verb](keeper, arguments, Message({}, b"")).head


def made(keeper: Keeper) -> list[str]:
    return [entry.fields["day"] for entry in keeper.ledger.entries() if entry.kind == KIND]


def test_yesterdays_statement_is_made_once_shortly_after_midnight(
    keeper: Keeper, clock: FilmClock, first: date
) -> None:
    house = housekeeping(keeper)
    clock.at_ns = start_ns_of(first) + DAY_NS + READY_NS - SECOND
    house.turn()
    assert made(keeper) == []
    for _ in range(5):
        clock.at_ns += 60 * SECOND
        house.turn()
    assert made(keeper) == [first.isoformat()]
    assert keeper.statements.of(first).fields["late_days"] == 0


def test_days_missed_are_made_at_start_and_say_that_they_are_late(box: Box, clock: FilmClock, first: date) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        go_to(clock, first + timedelta(days=1), 1)
        housekeeping(keeper).turn()
    go_to(clock, first + timedelta(days=5), 9)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        housekeeping(keeper).turn()
        assert made(keeper) == [(first + timedelta(days=n)).isoformat() for n in range(5)]
        assert [keeper.statements.of(first + timedelta(days=n)).fields["late_days"] for n in range(5)] == [
            0,
            3,
            2,
            1,
            0,
        ]


@pytest.mark.parametrize("change", [{"day": "no day"}, {"day": 7}, {"certificates": [7]}, {"clock_steps": None}])
def test_a_statement_that_was_rewritten_is_damage_and_no_defect(
    keeper: Keeper, clock: FilmClock, first: date, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    go_to(clock, first + timedelta(days=1), 1)
    (entry,) = keeper.statements.make_due()
    rewritten = entry._replace(fields={**entry.fields, **change})
    statements = Statements(
        keeper.fs,
        keeper.settings.layout.heads,
        keeper.ring,
        keeper.ledger,
        clock,
        policy=lambda: keeper.policy,
        registry=lambda: keeper.registry,
        trusted=lambda: True,
    )
    monkeypatch.setattr(keeper.ledger, "entries", lambda start, end: iter([rewritten]))
    with pytest.raises(Damaged, match=f"ledger entry {entry.index}: is no statement of a day"):
        statements.days()


def test_in_untrusted_time_nothing_is_stated_and_it_is_made_up_for(
    keeper: Keeper, clock: FilmClock, first: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_to(clock, first + timedelta(days=3), 9)
    with monkeypatch.context() as unsure:
        unsure.setattr(clock, "trusted", lambda: False)
        assert keeper.statements.make_due() == []
    assert [entry.fields["late_days"] for entry in keeper.statements.make_due()] == [2, 1, 0]


def test_what_a_camera_holds_lacks_and_lost(keeper: Keeper, clock: FilmClock, first: date) -> None:
    noon_ns = start_ns_of(first) + DAY_NS // 2
    for number in range(6):
        if number != 2:
            record(keeper, "01", noon_ns + number * SLOT_NS)
    keeper.ring.gap(
        Gap(camera_no="01", start_ns=noon_ns + 2 * SLOT_NS, end_ns=noon_ns + 3 * SLOT_NS, cause="lost: 10.0.0.9")
    )
    record(keeper, "01", noon_ns + DAY_NS, trusted=False)
    record(keeper, "99", noon_ns)
    go_to(clock, first + timedelta(days=2), 1)
    keeper.statements.make_due()
    lines = {each["camera_no"]: each for each in keeper.statements.of(first).fields["cameras"]}
    assert set(lines) == {"01", "02", "99"}
    assert (lines["99"]["floor"], lines["99"]["gaps"]) == ("retired", 0)
    assert (lines["01"]["floor"], lines["01"]["days"], lines["01"]["earliest"]) == ("young", 1, first.isoformat())
    assert {"cause": "lost", "count": 1, "seconds": 600} in lines["01"]["causes"]
    in_force_ns = min(keeper.registry.since_ns, noon_ns)
    assert lines["01"]["gap_seconds"] == pytest.approx((start_ns_of(first) + DAY_NS - in_force_ns) / 1e9 - 3000, abs=2)
    second = {each["camera_no"]: each for each in keeper.statements.of(first + timedelta(days=1)).fields["cameras"]}
    assert (second["01"]["untrusted"], second["01"]["days"]) == (1, 2)


def test_it_says_how_many_days_the_disk_will_hold(keeper: Keeper, clock: FilmClock, first: date) -> None:
    for number in range(4):
        record(keeper, "01", start_ns_of(first) + DAY_NS // 2 + number * SLOT_NS)
    go_to(clock, first + timedelta(days=1), 1)
    keeper.statements.make_due()
    days = keeper.space.days
    assert days is not None
    assert keeper.statements.of(first).fields["forecast_days"] == int(days)


def test_every_certificate_stands_in_exactly_one_statement(keeper: Keeper, clock: FilmClock, first: date) -> None:
    made_ids = [record(keeper, "01", start_ns_of(first) + n * SLOT_NS) for n in range(4)]
    go_to(clock, first + timedelta(days=33), 3)
    keeper.statements.make_due()
    keeper.destruction.destroy(made_ids[:1], "ordered")
    go_to(clock, first + timedelta(days=34), 1)
    keeper.statements.make_due()
    keeper.destruction.destroy(made_ids[1:3], "routine")
    for days in (35, 36):
        go_to(clock, first + timedelta(days=days), 1)
        keeper.statements.make_due()
    named = [
        (entry.fields["day"], each["done"])
        for entry in keeper.ledger.entries()
        if entry.kind == KIND
        for each in entry.fields["certificates"]
    ]
    done = [entry.index for entry in keeper.ledger.entries() if entry.kind == "destroy.done"]
    assert [(day, index) for day, index in named] == [
        ((first + timedelta(days=33)).isoformat(), done[0]),
        ((first + timedelta(days=34)).isoformat(), done[1]),
    ]
    line = keeper.statements.of(first + timedelta(days=34)).fields["cameras"][0]
    assert [(each["done"], each["buckets"], each["bytes"]) for each in line["destroyed"]] == [(done[1], 2, 64)]
    assert line["destroyed"][0]["first_ns"] == start_ns_of(first) + SLOT_NS
    assert line["destroyed"][0]["last_ns"] == start_ns_of(first) + 3 * SLOT_NS


def test_what_is_too_much_for_one_statement_stands_in_the_next(keeper: Keeper, clock: FilmClock, first: date) -> None:
    made_ids = [record(keeper, "01", start_ns_of(first) + n * SLOT_NS) for n in range(130)]
    go_to(clock, first + timedelta(days=33), 3)
    keeper.statements.make_due()
    for bucket_id in made_ids:
        keeper.destruction.destroy([bucket_id], "routine")
    for days in (34, 35, 36):
        go_to(clock, first + timedelta(days=days), 1)
        keeper.statements.make_due()
    told = [
        len(entry.fields["certificates"])
        for entry in keeper.ledger.entries()
        if entry.kind == KIND and entry.fields["certificates"]
    ]
    assert told == [120, 10]


def test_footage_that_is_gone_by_the_time_of_a_late_statement_is_no_gap(
    keeper: Keeper, clock: FilmClock, first: date
) -> None:
    day = first + timedelta(days=1)
    ids = [record(keeper, "01", start_ns_of(day) + n * SLOT_NS) for n in range(144)]
    go_to(clock, first + timedelta(days=40), 3)
    keeper.destruction.destroy(ids, "routine")
    keeper.statements.make_due()
    lines = {each["camera_no"]: each for each in keeper.statements.of(day).fields["cameras"]}
    assert (lines["01"]["gaps"], lines["02"]["gap_seconds"]) == (0, 86_400)


def test_the_file_is_signed_and_anyone_can_check_it(keeper: Keeper, clock: FilmClock, first: date) -> None:
    go_to(clock, first + timedelta(days=1), 1)
    (entry,) = keeper.statements.make_due()
    path = Path(keeper.settings.layout.heads, file_name(first))
    note = path.read_text(encoding="utf-8")
    assert keeper.ledger.check_extract(note).raw == entry.raw
    assert path.stat().st_mode & 0o777 == 0o644
    verifier = load_verifier()
    data = Path(keeper.settings.layout.keeper, "ledger/ledger.log").read_bytes()
    key = verifier.parse_key(keeper.ledger.verifier_keys[0])
    report = verifier.verify(data, [key], [], [(path.name, note)])
    assert (report.problems, report.extracts) == ([], [{"file": path.name, "entry": entry.index}])
    assert list(verification(keeper.stores))[-1]["found"]["ledger"]["ok"]
    path.write_text(note.replace('"late_days":0', '"late_days":9'), encoding="utf-8")
    assert path.name in list(verification(keeper.stores))[-1]["found"]["ledger"]["what"]


def test_a_file_that_an_interruption_left_out_is_written_later(box: Box, clock: FilmClock, first: date) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        go_to(clock, first + timedelta(days=1), 1)
        keeper.statements.make_due()
        path = Path(keeper.settings.layout.heads, file_name(first))
        before = path.read_bytes()
        path.unlink()
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        housekeeping(keeper).turn()
        assert path.read_bytes() == before


def test_an_office_whose_first_entry_is_of_a_dead_clock_begins_with_yesterday(
    keeper: Keeper, clock: FilmClock, first: date
) -> None:
    go_to(clock, first + timedelta(days=5_000), 9)
    assert len(keeper.statements.make_due()) == 1
    go_to(clock, first + timedelta(days=5_002), 9)
    assert len(keeper.statements.make_due()) == 2


def test_the_verbs_show_months_a_day_and_a_certificate(keeper: Keeper, clock: FilmClock, first: date) -> None:
    bucket_id = record(keeper, "01", start_ns_of(first))
    go_to(clock, first + timedelta(days=40), 3)
    keeper.destruction.destroy([bucket_id], "ordered")
    go_to(clock, first + timedelta(days=41), 1)
    keeper.statements.make_due()
    session = keeper.logins.log_in(OFFICER.name, OFFICER.password).token
    day = first + timedelta(days=40)
    listed = ask(keeper, "statements", session=session)
    assert listed["month"] == f"{day:%Y-%m}" == listed["months"][0]
    assert listed["statements"][0]["fields"]["day"] == day.isoformat()
    shown = ask(keeper, "statement", session=session, day=day.isoformat())
    assert keeper.ledger.check_extract(shown["extract"]).index == shown["entry"]
    assert (shown["before"], shown["after"]) == ((day - timedelta(days=1)).isoformat(), "")
    done = shown["fields"]["certificates"][0]["done"]
    whole = ask(keeper, "certificate", session=session, done=done)
    assert (whole["day"], [item["bucket_id"] for item in whole["items"]]) == (day.isoformat(), [bucket_id])
    assert whole["cameras"][0]["bytes"] == 32
    one = ask(keeper, "certificate", session=session, done=done, bucket=bucket_id)
    closed = keeper.ledger.entry(one["closed"]["entry"])
    assert closed.fields["manifests"][bucket_id] == one["closed"]["sha256"]
    assert one["intent"]["fields"]["reason"] == "ordered"
    kinds = {StatementMonth: listed, StatementView: shown, Certificate: one}
    assert all(msgspec.convert(answer, kind) for kind, answer in kinds.items()), "the pages read what the keeper says"
    for wrong in ({"done": done, "bucket": "0" * 32}, {"done": 0}, {"done": 10**9}):
        with pytest.raises(NotFound):
            ask(keeper, "certificate", session=session, **wrong)
    with pytest.raises(NotFound):
        ask(keeper, "statement", session=session, day="2020-01-01")
    for verb, arguments in (("statements", {}), ("statement", {"day": "x"}), ("certificate", {"done": done})):
        with pytest.raises(NotLoggedIn):
            ask(keeper, verb, session="f" * 64, **arguments)


def test_a_page_gets_no_statement_that_was_rewritten(
    keeper: Keeper, clock: FilmClock, first: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_to(clock, first + timedelta(days=1), 1)
    (entry,) = keeper.statements.make_due()
    session = keeper.logins.log_in(OFFICER.name, OFFICER.password).token
    rewritten = entry._replace(fields={**entry.fields, "cameras": "none"})
    monkeypatch.setattr(keeper.ledger, "entry", lambda index: rewritten)
    for verb, arguments in (("statements", {}), ("statement", {"day": first.isoformat()})):
        with pytest.raises(Damaged, match=f"ledger entry {entry.index}: is no statement of a day"):
            ask(keeper, verb, session=session, **arguments)


def test_the_statistics_are_of_a_year_of_the_office(keeper: Keeper, clock: FilmClock, first: date) -> None:
    go_to(clock, date(first.year + 1, 3, 1))
    session = keeper.logins.log_in(OFFICER.name, OFFICER.password).token
    shown = msgspec.convert(ask(keeper, "statistics", session=session), Statistics)
    assert (shown.year, shown.years, shown.as_of) == (
        first.year + 1, (first.year + 1, first.year), f"{first.year + 1}-03-01"
    )  # fmt: skip
    assert [section.code for section in shown.sections] == list(SECTIONS)
    former = msgspec.convert(ask(keeper, "statistics", session=session, year=str(first.year)), Statistics)
    assert (former.year, former.as_of) == (first.year, "")
    for year in ("x", str(first.year - 1), str(first.year + 2)):
        with pytest.raises(NotFound, match="is no year of this office"):
            ask(keeper, "statistics", session=session, year=year)
    with pytest.raises(Broken, match="statistics"):
        ask(keeper, "statistics", session=session, year=first.year)
