"""Scans at the real keeper with a real darkroom: taken in, looked at, given out and struck by whoever may, each use
entered; a bad file, a full disk or a dead child leaves nothing behind."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from appliance.core.errors import (
    Damaged,
    NotAllowed,
    NotFound,
    NotWritable,
    RecorderError,
    Refused,
    Unavailable,
    UsageError,
)
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.ledger.entry import Entry
from appliance.ledger.records import Acts
from appliance.protocol.transport import Message, Reply
from appliance.rules.deadlines import DAY_NS, start_ns_of
from appliance.rules.people import ROLES
from appliance.sandbox.client import SandboxClient
from appliance.sandbox.service import Limits
from appliance.services.scans.check import ScanChecker
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.caselife import facts_of_receipt
from tests.footage import FilmClock
from tests.keeper.looking import look_with
from tests.keeper.proved import proved
from tests.keeper.test_cases import life, life_of, span
from tests.keeper.test_people import add, enter, two
from tests.keeper.test_registers import Desk
from tests.sandbox.test_service import Running
from tests.scanfiles import BAD, endless, jpeg, pdf, png
from tests.verbs import VERBS

__all__ = ["life"]

PIECE = 300_000
NAMED: dict[str, dict[str, Any]] = {
    "scan": {},
    "scan.page": {"page": 1},
    "scan.original": {},
    "scan.strike": {"act": "a", "reason": "x"},
}
"""What is asked about a scan besides its number."""


@pytest.fixture(scope="module")
def darkroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    running = Running(tmp_path_factory.mktemp("darkroom"))
    yield running.darkroom
    running.stop()


@pytest.fixture
def keeper(box: Box, clock: FilmClock, darkroom: SandboxClient) -> Iterator[Keeper]:
    with open_keeper(box.settings, RealFs(), clock) as opened:
        look_with(opened, ScanChecker(darkroom, clock))
        yield opened


def ask(keeper: Keeper, verb: str, body: bytes = b"", **arguments: Any) -> Reply:
    return VERBS[verb](keeper, proved(keeper, verb, arguments), Message({}, body))


def case(keeper: Keeper, session: str) -> str:
    start_ns = keeper.clock.wall_ns() - 3600 * 10**9
    facts = facts_of_receipt(["01"], start_ns, start_ns + 10**9)
    act = {"act": "case", "case": "", "kind": "CIT", "event": "receive", "seat": 1, "facts": facts,
           "password": OFFICER.password if len(keeper.logins.session(session).seats) > 1 else ""}  # fmt: skip
    told = ask(keeper, "case-act", session=session, **act)
    return f"case/{told.head['case']}"


def bring(keeper: Keeper, session: str, of: str, data: bytes, **said: str) -> dict[str, Any]:
    begun = {"of": of, "kind": "form", "name": "", "note": ""} | {k: v for k, v in said.items() if k != "act"}
    upload = ask(keeper, "scan.begin", session=session, **begun).head["upload"]
    for at in range(0, len(data), PIECE):
        ask(keeper, "scan.more", data[at : at + PIECE], session=session, upload=upload)
    act = said.get("act", hashlib.sha256(data).hexdigest()[:32])
    return ask(keeper, "scan.put", session=session, upload=upload, act=act).head


def stored(keeper: Keeper) -> list[str]:
    return sorted(os.listdir(keeper.stores.office.places.scans))


def used(keeper: Keeper) -> list[str]:
    return [entry.fields["what"] for entry in keeper.ledger.entries() if entry.kind == "scan.used"]


def test_AT_38_each_kind_of_file_is_taken_in_looked_at_and_given_out_as_it_came(keeper: Keeper) -> None:
    session = two(keeper)
    of = case(keeper, session)
    for data, kind, name, pages in (
        (pdf(3), "pdf", "附件2.PDF", 3),
        (jpeg(), "jpeg", "IMG_0001.jpg", 1),
        (png(), "png", "", 1),
    ):
        number = bring(keeper, session, of, data, name=name)["scan"]
        shown = ask(keeper, "scan", session=session, scan=number).head
        assert (shown["scan"]["type"], shown["scan"]["pages"], shown["scan"]["taken_by"]) == (kind, pages, "王小明")
        page = Image.open(io.BytesIO(bytes(ask(keeper, "scan.page", session=session, scan=number, page=pages).body)))  # type: ignore[arg-type]
        assert (page.format, max(page.size)) == ("PNG", 1600 if kind == "pdf" else 877)
        original = ask(keeper, "scan.original", session=session, scan=number)
        assert b"".join(original.body) == data  # type: ignore[arg-type]
        assert original.head["name"].split(".") == [number, {"jpeg": "jpg"}.get(kind, kind)]
        with pytest.raises(NotFound, match="no page"):
            ask(keeper, "scan.page", session=session, scan=number, page=pages + 1)
    told = ask(keeper, "scans", session=session, of=of).head
    assert [scan["scan"] for scan in told["scans"]] == ["S115-0001", "S115-0002", "S115-0003"]
    assert used(keeper) == ["pages", "original"] * 3
    assert len(stored(keeper)) == 3


def test_every_bad_file_is_refused_at_the_keeper_and_nothing_is_left_of_it(keeper: Keeper) -> None:
    session = two(keeper)
    of, size = case(keeper, session), keeper.ledger.size
    for name, (make, words) in BAD.items():
        with pytest.raises(UsageError, match=words):
            bring(keeper, session, of, make(), act=hashlib.sha256(name.encode()).hexdigest()[:32])
    for name, data, words in (
        ("form.png", jpeg(), "content is JPEG"),
        ("form.jpg", pdf(), "content is PDF"),
        ("form.pdf.exe", pdf(), r"ends in \.exe"),
        ("../../../etc/shadow.pdf", pdf(), "path or control"),
        ("C:\\form.pdf", pdf(), "path or control"),
        ("form\r\nSet-Cookie: x.pdf", pdf(), "path or control"),
    ):
        with pytest.raises(UsageError, match=words):
            bring(keeper, session, of, data, name=name)
    assert stored(keeper) == []
    assert keeper.ledger.size == size
    assert ask(keeper, "scans", session=session, of=of).head["scans"] == ()
    assert bring(keeper, session, of, pdf())["scan"] == "S115-0001", "and the next good one is taken in"


def test_a_file_over_which_two_children_die_is_refused(
    keeper: Keeper, tmp_path_factory: pytest.TempPathFactory
) -> None:
    slow = Running(tmp_path_factory.mktemp("slow"), Limits(request_seconds=1.0))
    look_with(keeper, ScanChecker(slow.darkroom, keeper.clock))
    session = two(keeper)
    of = case(keeper, session)
    try:
        with pytest.raises(UsageError, match="more time or memory"):
            bring(keeper, session, of, endless())
    finally:
        slow.stop()
    with pytest.raises(Unavailable, match="darkroom does not answer"):
        bring(keeper, session, of, pdf())
    assert stored(keeper) == []


def test_no_more_children_look_at_scans_than_may(keeper: Keeper, darkroom: SandboxClient) -> None:
    looker = ScanChecker(darkroom, keeper.clock, at_once=1, wait_seconds=0.0)

    def blocks() -> Iterator[bytes]:
        with pytest.raises(Unavailable, match="others are being looked at"):
            looker.page(lambda: iter([png()]), 1)
        yield png()

    assert looker.look_at(blocks) == ("png", 1)
    assert looker.page(lambda: iter([png()]), 1)[:4] == b"\x89PNG"


READERS = {"officer", "manager", "unit_head", "director", "secretary", "auditor"}
TAKE, GET = {"officer", "manager"}, READERS - {"secretary"}


@pytest.mark.parametrize("role", ROLES)
def test_who_takes_in_sees_gets_and_strikes_is_judged_by_the_keeper(keeper: Keeper, role: str) -> None:
    """``domain`` 4.3: papers of cases are read by whoever reads cases; the file itself and what was struck by fewer."""
    officer = two(keeper)
    of = case(keeper, officer)
    number, wrong = (bring(keeper, officer, of, data)["scan"] for data in (pdf(), png()))
    ask(keeper, "scan.strike", session=officer, act="s", scan=wrong, reason="誤")
    end = keeper.people.book.today().isoformat() if role == "live_viewer" else ""
    session = enter(keeper, add(keeper, officer, role=role, end=end))

    def may(verb: str, **arguments: Any) -> bool:
        try:
            ask(keeper, verb, session=session, **arguments)
        except (NotFound, Refused):  # of a case nobody is told that it is there
            return False
        return True

    assert may("scans", of=of) == (role in READERS)
    assert may("scan.page", scan=number, page=1) == (role in READERS and role != "auditor"), "it shows identifiers"
    if role == "auditor":
        assert not may("scan.original", scan=number)
        ask(keeper, "case.show", session=session, case=of.removeprefix("case/"), reason="年度稽核")
    assert may("scan.page", scan=number, page=1) == (role in READERS)
    assert may("scan.page", scan=wrong, page=1) == (role in GET), "a struck one may be somebody else's paper"
    assert may("scan.original", scan=number) == (role in GET)
    assert may("scan.begin", of=of, kind="form", name="", note="") == (role in TAKE)
    assert may("scan.strike", act="t", scan=number, reason="誤") == (role in TAKE)
    assert may("scans", of="person/chen") == (role in READERS)


def test_AT_08_the_papers_of_a_camera_are_scans_of_its_version_and_an_act_sees_those_that_are_on_file(
    keeper: Keeper,
) -> None:
    session = two(keeper)
    version = keeper.cameras.fleet.get("01", 1)
    told = ask(keeper, "scans", session=session, of="camera/01-1").head
    assert (told["kinds"], told["scans"]) == (("sketch", "photo", "answer", "removal", "other"), ())
    number = bring(keeper, session, "camera/01-1", pdf(1), kind="answer")["scan"]
    assert keeper.cameras.world.scans(version) == {"answer"}
    assert ask(keeper, "camera", session=session, camera="01").head["versions"][0]["scans"] == ("answer",)
    assert ask(keeper, "scan", session=session, scan=number).head["destroyed_from"] == "", "the version stands"
    ask(keeper, "scan.strike", act="s", session=session, scan=number, reason="掃錯")
    assert keeper.cameras.world.scans(version) == frozenset()


def test_AT_73_what_was_signed_in_ink_of_a_line_of_a_register_is_a_scan_of_that_line(keeper: Keeper) -> None:
    desk = Desk(keeper)
    visit = desk.visit(desk.firm())
    number = bring(keeper, desk.session, f"register/{visit}", pdf(1), kind="pledge")["scan"]
    told = ask(keeper, "scans", session=desk.session, of=f"register/{visit}").head
    assert [each["kind"] for each in told["scans"]] == ["pledge"]
    assert ask(keeper, "scan", session=desk.session, scan=number).head["destroyed_from"] == "", "the visit goes on"
    desk.act("visits", visit, "finish", password=True, work="更換鏡頭", tested="well", took="nothing")
    desk.act("visits", visit, "stamp", 2)
    assert ask(keeper, "scan", session=desk.session, scan=number).head["destroyed_from"]
    for missing in ("register/W115-0099", "register/X1", "register/visits"):
        with pytest.raises(NotFound):
            ask(keeper, "scans", session=desk.session, of=missing)


def test_what_is_not_there_and_whose_upload_it_is_not(keeper: Keeper) -> None:
    first, second = two(keeper), two(keeper)
    of = case(keeper, first)
    for missing in (
        "case/115-9999",
        "hold/H115-0001",
        "person/nobody",
        "camera/01",
        "camera/01-2",
        "camera/77-1",
        "case",
        "",
    ):
        with pytest.raises(NotFound):
            ask(keeper, "scans", session=first, of=missing)
        with pytest.raises(NotFound):
            ask(keeper, "scan.begin", session=first, of=missing, kind="form", name="", note="")
    for verb, more in NAMED.items():
        with pytest.raises(NotFound, match="no such scan"):
            ask(keeper, verb, session=first, scan="S115-0009", **more)
    upload = ask(keeper, "scan.begin", session=first, of=of, kind="form", name="", note="").head["upload"]
    for verb, more in (("scan.more", {}), ("scan.put", {"act": "a"})):
        with pytest.raises(Unavailable, match="upload is over"):
            ask(keeper, verb, b"x", session=second, upload=upload, **more)
    ask(keeper, "scan.drop", session=first, upload=upload)
    assert stored(keeper) == []


def test_staff_see_the_papers_of_their_own_request_and_of_no_other(keeper: Keeper) -> None:
    officer = two(keeper)
    life = life_of(keeper, officer)
    other = life.receive(["01"], *span(keeper))
    own = life_of(keeper, enter(keeper, add(keeper, officer, role="staff")))
    start_ns, end_ns = span(keeper)
    asked = [{"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}]
    form = {"reason": "property_lost", "reason_text": "皮夾遺失", "judicial": "no"}
    viewer = {"part": "viewer", "name": "陳雅君", "account": "chen"}
    key = own.act("submit", kind="INT", asked=asked, form=form, parties=[viewer])["case"]
    theirs, others = (bring(keeper, officer, f"case/{each}", png(each))["scan"] for each in (key, other))
    told = ask(keeper, "scans", session=own.session, of=f"case/{key}").head
    assert ([scan["scan"] for scan in told["scans"]], told["may_take"], told["may_get"]) == ([theirs], False, False)
    assert ask(keeper, "scan.page", session=own.session, scan=theirs, page=1).body
    for verb, arguments in (("scans", {"of": f"case/{other}"}), ("scan.page", {"scan": others, "page": 1})):
        with pytest.raises(NotFound):
            ask(keeper, verb, session=own.session, **arguments)
    with pytest.raises(Refused):
        ask(keeper, "scan.original", session=own.session, scan=theirs)


def test_a_thing_has_one_name_however_it_is_written(keeper: Keeper) -> None:
    session = two(keeper)
    assert bring(keeper, session, "person/OFFICER", pdf(), kind="appointment")["of"] == "person/officer"
    told = ask(keeper, "scans", session=session, of="person/Officer").head
    assert (told["of"], [scan["of"] for scan in told["scans"]]) == ("person/officer", ["person/officer"])


def test_a_file_that_is_altered_or_gone_is_a_finding_until_it_is_back(keeper: Keeper, clock: FilmClock) -> None:
    session = two(keeper)
    number = bring(keeper, session, case(keeper, session), pdf())["scan"]
    (name,) = stored(keeper)
    path = Path(keeper.stores.office.places.scans, name)
    whole = path.read_bytes()

    def found() -> list[str]:
        return [each.text for each in keeper.findings.all() if each.key == f"scan-file-{number}"]

    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    for verb in ("scan.page", "scan.original"):
        with pytest.raises(Damaged, match="altered"):
            ask(keeper, verb, session=session, scan=number, **NAMED[verb])
    assert "altered" in found()[0]
    assert "original" not in used(keeper), "nothing went out"
    path.write_bytes(whole)
    housekeeping(keeper).turn()
    assert found() == []
    path.unlink()
    clock.at_ns += DAY_NS
    housekeeping(keeper).turn()
    assert "missing" in found()[0]


def test_every_file_is_read_again_each_day(keeper: Keeper, clock: FilmClock) -> None:
    session = two(keeper)
    of = case(keeper, session)
    first, second = (bring(keeper, session, of, data)["scan"] for data in (pdf(), png()))
    watch = keeper.tasks.scans

    def found() -> set[str]:
        watch.look()
        return {each.key for each in keeper.findings.all() if each.key.startswith("scan-file-")}

    assert found() == set()
    for name in stored(keeper):
        Path(keeper.stores.office.places.scans, name).write_bytes(b"rot")
    assert found() == set(), "it was read just now"
    clock.at_ns += DAY_NS
    assert found() == {f"scan-file-{first}", f"scan-file-{second}"}


def test_a_start_opens_no_record_of_a_scan_and_one_that_does_not_open_is_found_by_and_by(
    box: Box, clock: FilmClock, darkroom: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_keeper(box.settings, RealFs(), clock) as first:
        look_with(first, ScanChecker(darkroom, clock))
        session = two(first)
        number = bring(first, session, case(first, session), pdf())["scan"]
        index, real = first.scans.get(number).index, Acts.sealed_of

    def sealed_of(acts: Acts, entry: Entry) -> dict[str, Any] | None:
        if entry.index == index:
            raise Damaged(f"ledger entry {index}: its sealed record is not the one that was entered")
        return real(acts, entry)

    monkeypatch.setattr(Acts, "sealed_of", sealed_of)
    with open_keeper(box.settings, RealFs(), clock) as second:
        assert not second.findings.is_open(f"scan-record-{number}")
        watch = second.tasks.scans
        watch.look()
        assert second.findings.is_open(f"scan-record-{number}")
        assert second.scans.kinds_of(second.scans.get(number).of) == frozenset()
    monkeypatch.undo()
    with open_keeper(box.settings, RealFs(), clock) as restored:
        restored.tasks.scans.look()
        assert not restored.findings.is_open(f"scan-record-{number}")


def test_a_restart_has_the_same_scans_and_tells_of_what_nobody_entered(
    box: Box, clock: FilmClock, darkroom: SandboxClient
) -> None:
    with open_keeper(box.settings, RealFs(), clock) as first:
        look_with(first, ScanChecker(darkroom, clock))
        session = two(first)
        bring(first, session, case(first, session), pdf(2), note="櫃檯正本核對")
        begun = ask(first, "scan.begin", session=session, of="case/115-0001", kind="form", name="", note="").head[
            "upload"
        ]
        ask(first, "scan.more", bytes(PIECE), session=session, upload=begun)
        kept, folder = first.scans.of("case/115-0001"), Path(first.stores.office.places.scans)
        assert len(stored(first)) == 2
    (folder / f"{'ab' * 16}.scan").write_bytes(b"from elsewhere")
    with open_keeper(box.settings, RealFs(), clock) as second:
        assert second.scans.of("case/115-0001") == kept
        assert [scan.note for scan in kept] == ["櫃檯正本核對"]
        assert [each.key for each in second.findings.all() if each.key.startswith("scan-")] == [
            f"scan-stray-{'ab' * 16}.scan"
        ]
        assert len(stored(second)) == 2


def test_T_13_a_full_disk_refuses_a_scan_and_keeps_the_records_reserve(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = two(keeper)
    of = case(keeper, session)
    real = os.statvfs

    def full(path: str) -> Any:
        found = real(path)
        return os.statvfs_result((*found[:4], (21 << 20) // found.f_frsize, *found[5:])) if "scans" in path else found

    monkeypatch.setattr(os, "statvfs", full)
    assert bring(keeper, session, of, pdf())["scan"]
    monkeypatch.setattr(os, "statvfs", lambda path: os.statvfs_result((*real(path)[:4], 5000, *real(path)[5:])))
    with pytest.raises(NotWritable, match="kept for the ledger"):
        bring(keeper, session, of, png())
    assert len(stored(keeper)) == 1


def test_T_13_a_disk_that_is_full_after_all_gives_a_scan_none_of_the_last_blocks(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, real = two(keeper), os.write
    of = case(keeper, session)
    full = True

    def write(fd: int, data: Any) -> int:
        if full and "/scans/" in os.readlink(f"/proc/self/fd/{fd}"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd, data)

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(NotWritable, match="nothing of it was kept"):
        bring(keeper, session, of, pdf())
    assert stored(keeper) == []
    assert Path(keeper.settings.layout.keeper, "ballast").exists(), "the reserve was given up for a scan"
    full = False
    assert bring(keeper, session, of, pdf())["scan"] == "S115-0001"


def test_a_ledger_that_takes_nothing_gives_no_scan_out(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    session = two(keeper)
    number = bring(keeper, session, case(keeper, session), pdf())["scan"]

    def refuse(*_: object, **__: object) -> Any:
        raise NotWritable("act: an earlier act could not be entered")

    monkeypatch.setattr(keeper.stores.acts, "perform", refuse)
    for verb in ("scan.page", "scan.original"):
        with pytest.raises(RecorderError, match="could not be entered"):
            ask(keeper, verb, session=session, scan=number, **NAMED[verb])


def test_a_hold_and_a_person_have_their_papers_too(keeper: Keeper) -> None:
    session = two(keeper)
    now_ns = keeper.clock.wall_ns()
    asked = {"cameras": ["01"], "start_ns": now_ns - 2 * 10**9, "end_ns": now_ns - 10**9, "reason": "推擠受傷"}
    hold = ask(keeper, "hold.set", session=session, act="h", seat=1, ground="event", password=OFFICER.password,
               **asked).head["hold"]  # fmt: skip
    with pytest.raises(UsageError, match="a hold has no paper of kind"):
        bring(keeper, session, f"hold/{hold}", pdf(), kind="form")
    assert bring(keeper, session, f"hold/{hold}", pdf(), kind="letter")["of"] == f"hold/{hold}"
    assert bring(keeper, session, "person/head", pdf(), kind="appointment", act="p")["scan"] == "S115-0002"
    entry = [entry for entry in keeper.ledger.entries() if entry.kind == "scan.taken"][-1]
    assert (entry.fields["of"], OFFICER.name in str(entry.fields), UNIT_HEAD.name in str(entry.fields)) == (
        "person",
        False,
        False,
    )


def test_T_78_the_scan_of_a_row_kept_on_paper_hangs_on_its_day_and_the_row_is_signed_with_it(
    keeper: Keeper, clock: FilmClock
) -> None:
    """While the recorder was down nobody could sign; the paper is the original, and the row names no other."""
    first = keeper.people.book.today()
    clock.at_ns += 3 * 86_400 * 10**9
    keeper.inspections.turn()
    session, day = two(keeper), (first + timedelta(days=1)).isoformat()
    for wrong in ("inspection/2019-01-01", "inspection/monday"):
        with pytest.raises(RecorderError):
            bring(keeper, session, wrong, pdf(), kind="row")
    row = {"session": session, "seat": 1, "password": OFFICER.password, "day": day, "normal": True, "boxes": [],
           "judged": {}, "handling": "", "late": "paper", "late_words": "停機期間紙本"}  # fmt: skip
    asked = ask(keeper, "inspection.day", session=session, day=day).head["row"]["items"]
    for item in asked:
        ask(keeper, "inspection.opened", session=session, day=day, item=item["key"])
    row["judged"] = {item["key"]: {"fault": False, "reason": "停機"} for item in asked}
    with pytest.raises(NotAllowed) as bare:
        ask(keeper, "inspection.sign", act="1" * 32, **row)
    assert bare.value.details["missing"] == ["no_scan"]
    other = bring(keeper, session, f"inspection/{day}", jpeg(), kind="other")["scan"]
    with pytest.raises(NotAllowed):
        ask(keeper, "inspection.sign", act="1" * 32, **row)
    number = bring(keeper, session, f"inspection/{day}", pdf(), kind="row")["scan"]
    assert ask(keeper, "inspection.sign", act="1" * 32, **row).head["state"] == "inspected"
    told = ask(keeper, "scans", session=session, of=f"inspection/{day}").head
    assert [scan["scan"] for scan in told["scans"]] == [other, number]
    ask(keeper, "scan.strike", session=session, act="s", scan=number, reason="掃到別日")
    stamp = {"session": session, "seat": 2, "password": UNIT_HEAD.password, "days": [day]}
    with pytest.raises(NotAllowed) as struck:
        ask(keeper, "inspection.stamp", act="2" * 32, **stamp)
    assert struck.value.details["missing"] == ["no_scan"]
    bring(keeper, session, f"inspection/{day}", pdf(), kind="row", act="again")
    ask(keeper, "inspection.stamp", act="2" * 32, **stamp)
    with pytest.raises(Refused, match="its term has not begun"):
        ask(keeper, "scan.destroy", session=session, act="d", scan=number, **DESTROY)


# --- when its term is over ---

DESTROY = {"reason": "逾保存年限", "document": "萬戶行字第1200001號",
           "passwords": {"1": OFFICER.password, "2": UNIT_HEAD.password}}  # fmt: skip


def years_later(clock: FilmClock, keeper: Keeper, day: date) -> str:
    """The first instant of that day; both people log in anew, for every session is over."""
    clock.at_ns = start_ns_of(day)
    return two(keeper)


def test_T_62_the_papers_of_a_closed_case_stay_five_years_and_then_two_people_destroy_their_scans(
    keeper: Keeper, life: Any, clock: FilmClock
) -> None:
    key = life.viewing(["01"], *span(keeper))
    number = bring(keeper, life.session, f"case/{key}", pdf(), note="正本核對")["scan"]
    with pytest.raises(Refused, match="its term has not begun"):
        ask(keeper, "scan.destroy", session=life.session, act="d", scan=number, **DESTROY)
    life.finish(key)
    closed, (start_ns, end_ns) = keeper.people.book.today(), span(keeper)
    hold = ask(keeper, "hold.set", session=life.session, act="h", seat=1, ground="police", cameras=["01"], case=key,
               password=OFFICER.password,
               start_ns=start_ns, end_ns=end_ns, reason="待警方來函").head["hold"]  # fmt: skip
    with pytest.raises(Refused, match=f"hold {hold} is about its case"):
        ask(keeper, "scan.destroy", session=life.session, act="d", scan=number, **DESTROY)
    ask(keeper, "hold.release", session=life.session, act="r", seat=2, hold=hold, reason="不需",
        password=UNIT_HEAD.password)  # fmt: skip
    first = closed.replace(year=closed.year + 5) + timedelta(days=1)
    session = years_later(clock, keeper, first - timedelta(days=1))
    assert not ask(keeper, "scan", session=session, scan=number).head["term_over"]
    with pytest.raises(Refused, match=f"destroy it from {first} on"):
        ask(keeper, "scan.destroy", session=session, act="d", scan=number, **DESTROY)
    session = years_later(clock, keeper, first)
    told = ask(keeper, "scan", session=session, scan=number).head
    assert (told["destroyed_from"], told["term_over"], told["may_destroy"]) == (first.isoformat(), True, True)

    clock.is_trusted = False
    with pytest.raises(Refused, match="clock is not trusted"):
        ask(keeper, "scan.destroy", session=session, act="d", scan=number, **DESTROY)
    clock.is_trusted = True
    alone = ask(keeper, "login", name=OFFICER.name, password=OFFICER.password).head["session"]
    with pytest.raises(Refused, match="two people"):
        ask(keeper, "scan.destroy", session=alone, act="d", scan=number, **DESTROY)
    assert len(stored(keeper)) == 1

    for _ in range(2):
        ask(keeper, "scan.destroy", session=session, act="d", scan=number, **DESTROY)
    assert stored(keeper) == []
    (shown,) = ask(keeper, "scans", session=session, of=f"case/{key}").head["scans"]
    assert (shown["destroyed_by"], shown["destroyed_approver"]) == (OFFICER.display, UNIT_HEAD.display)
    assert (shown["destroyed_document"], shown["destroyed_reason"]) == (DESTROY["document"], DESTROY["reason"])
    assert (shown["pages"], shown["kind"], shown["name"], shown["note"]) == (1, "form", "", "")
    for verb in ("scan.page", "scan.original"):
        with pytest.raises(RecorderError):
            ask(keeper, verb, session=session, scan=number, **NAMED[verb])
    assert sum(entry.kind == "record.erased" for entry in keeper.ledger.entries()) == 1
