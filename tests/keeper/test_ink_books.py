"""AT-73 in the books beside cases: holds, cameras, the daily inspection and the registers, over a real keeper.

Each book's signed steps are listed from its own table: what is added there without a way in ink fails here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from appliance.core.errors import NotAllowed
from appliance.keeper.composition import open_keeper
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.rows import Row as CameraRow
from appliance.rules.cameras.table import CAMERAS
from appliance.rules.deadlines import start_ns_of
from appliance.rules.holds import STEPS
from appliance.rules.inspection.rows import ROW_STEPS, SYSTEM
from appliance.rules.people import Role
from appliance.rules.registers.shape import NEW
from appliance.rules.registers.tables import REGISTERS
from appliance.rules.scans import camera_papers
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box, make_box, testcard
from tests.cameralife import TO_FORCE, CameraLife
from tests.footage import FilmClock
from tests.inkoffice import MINUTE_NS, InkOffice, act_id
from tests.keeper.test_cameras import taken

HOUR_NS = 60 * MINUTE_NS
SIGNERS = {"officer": "wang", "manager": "lin", "unit_head": "chen", "secretary": "hsu", "director": "tsai"}


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with make_box(tmp_path_factory.mktemp("ink") / "office", [testcard("01"), testcard("02")]) as made:
        yield made


@pytest.fixture(scope="module")
def office(box: Box) -> Iterator[InkOffice]:
    clock = FilmClock(box.made_ns)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        yield InkOffice(keeper, clock)


def signed(office: InkOffice, verb: str, of: str, kind: str, signer: str, **asked: Any) -> Any:
    """What ``signer`` signed a minute ago on a sheet, entered by the clerk with its scan."""
    at_ns = asked.pop("at_ns", 0) or office.minutes()
    ink = {"signer": signer, "at_ns": at_ns, "scan": asked.pop("scan", None) or office.filed(of, kind)}
    told = {"act": act_id(), "seat": 1, "password": OFFICER.password, "session": office.clerk(), **asked}
    return office.ask(verb, ink=ink, **told)


# --- holds ---


def held(office: InkOffice) -> str:
    """A hold that wang opened."""
    now_ns = office.clock.at_ns
    asked = {"cameras": ["01"], "start_ns": now_ns - 2 * HOUR_NS, "end_ns": now_ns - HOUR_NS, "reason": "櫃檯推擠受傷"}
    told = {"ground": "event", "agency": "", "statute": "", "document": "", "act": act_id(), "seat": 1}
    return str(office.ask("hold.set", session=office.clerk(), password=OFFICER.password, **told, **asked)["hold"])


@pytest.mark.parametrize("event", [step.event for step in STEPS])
def test_AT_73_each_act_of_the_director_on_a_hold_has_a_way_in_ink(office: InkOffice, event: str) -> None:
    number = held(office)
    if event != "confirm":
        signed(office, "hold.confirm", f"hold/{number}", "letter", "tsai", hold=number)
    signed(office, f"hold.{event}", f"hold/{number}", "letter", "tsai", hold=number, reason="續行保全")
    deed = office.keeper.holds.get(number).history[-1]
    assert deed.ink is not None
    assert (deed.by, deed.ink.by, deed.signed_ns < deed.at_ns) == ("tsai", OFFICER.name, True)
    entry = list(office.keeper.ledger.acts(deed.kind))[-1]
    assert entry.fields["ink"]["by"] == office.keeper.cases.pseudonym(OFFICER.name)


def test_AT_73_who_was_no_director_that_day_or_opened_it_confirms_no_hold_on_paper(office: InkOffice) -> None:
    number = held(office)
    with pytest.raises(NotAllowed, match="was not the director") as error:
        signed(office, "hold.confirm", f"hold/{number}", "letter", "chen", hold=number)
    assert error.value.details["code"] == "role"
    with pytest.raises(NotAllowed) as error:
        signed(office, "hold.confirm", f"hold/{number}", "letter", "tsai", hold=number,
               at_ns=office.keeper.holds.get(number).set_ns - MINUTE_NS)  # fmt: skip
    assert error.value.details["code"] == "order"
    assert not office.keeper.holds.get(number).confirmed


# --- registers ---


def _line_signs(step: Any) -> bool:
    people = [role for role in step.who if role != Role.SYSTEM]
    return bool(people) and NEW not in step.sources and bool(step.cell or step.password or step.event == "return")


REGISTER_STEPS = [
    (code, step.id) for code, register in REGISTERS.items() for step in register.steps if _line_signs(step)
]


@pytest.mark.parametrize(("code", "row"), REGISTER_STEPS)
def test_AT_73_each_signed_step_of_a_register_has_a_way_in_ink(code: str, row: str) -> None:
    assert next(step for step in REGISTERS[code].steps if step.id == row).on_sheet


def test_AT_73_a_medium_is_proposed_approved_destroyed_and_witnessed_on_one_sheet(office: InkOffice) -> None:
    told = {"medium_kind": "ssd", "make": "Kingston", "serial": "ZX-9", "encrypted": "yes", "place": "機房",
            "holds": "footage"}  # fmt: skip
    entered = office.ask("register.act", session=office.clerk(), act=act_id(), seat=1, register="media", item="",
                         event="enter", typed=told)  # fmt: skip
    number = str(entered["item"])

    def ink(event: str, signer: str, **typed: Any) -> Any:
        asked = {"register": "media", "item": number, "event": event, "typed": typed}
        return signed(office, "register.act", f"register/{number}", "signed", signer, **asked)

    ink("propose", "wang", aim="scrap", method="shred", why="逾使用年限")
    with pytest.raises(NotAllowed) as error:
        ink("approve", "lin")
    assert error.value.details["why"] == "role"
    with pytest.raises(NotAllowed) as error:
        ink("move", "wang", place="倉庫")
    assert error.value.details["why"] in ("ink_row", "no_row")
    ink("approve", "chen")
    ink(
        "perform",
        "wang",
        performed_at=office.clock.at_ns - MINUTE_NS,
        performed_where="機房",
        verified="已絞碎",
        label="檔 3",
    )
    with pytest.raises(NotAllowed) as error:
        ink("witness_destruction", "wang")
    assert error.value.details["why"] == "pair"
    ink("witness_destruction", "chen")
    file = office.keeper.registers.get("media", number)
    assert file.item.state == "destroyed"
    assert {cell.cell: (cell.account, cell.ink is not None) for cell in file.item.signatures} == {
        "entered": (OFFICER.name, False),
        "proposed": ("wang", True), "approved": ("chen", True),
        "performed": ("wang", True), "witnessed": ("chen", True),
    }  # fmt: skip


# --- inspection ---


def test_AT_73_a_day_s_row_is_signed_stamped_and_filed_in_ink(box: Box, office: InkOffice) -> None:
    keeper = office.keeper
    inked = {step.number for step in ROW_STEPS if step.on_sheet}
    assert inked == {step.number for step in ROW_STEPS if step.roles - SYSTEM} == {"L3", "L6", "L7", "L9"}
    first = (office.today.replace(day=28) + timedelta(days=10)).replace(day=1)
    office.clock.at_ns = start_ns_of(first) + 9 * HOUR_NS
    keeper.tasks.inspections.turn()
    signed_ns = office.minutes()
    day = first.isoformat()
    signed(office, "inspection.sign", f"inspection/{day}", "row", "wang", day=day, normal=True, at_ns=signed_ns)
    file = keeper.inspections.day(first)
    assert (file.row.inspector, file.ink["signed"].by, file.ink["signed"].at_ns) == ("wang", OFFICER.name, signed_ns)
    with pytest.raises(NotAllowed) as error:
        signed(office, "inspection.stamp", f"inspection/{day}", "other", "chen", days=[day], at_ns=signed_ns - HOUR_NS)
    assert error.value.details["code"] == "order"
    signed(office, "inspection.stamp", f"inspection/{day}", "other", "chen", days=[day])
    assert keeper.inspections.day(first).stamped_by == "chen"
    last = (first + timedelta(days=31)).replace(day=1)
    while (on := office.today) < last:
        office.wait(1)
        keeper.tasks.inspections.turn()
        for missed in (each for each in keeper.inspections.missed() if each >= first):
            asked = {"day": missed.isoformat(), "normal": True, "late": "holiday"}
            signed(office, "inspection.sign", f"inspection/{missed}", "row", "wang", **asked)
            signed(office, "inspection.stamp", f"inspection/{missed}", "other", "chen", days=[missed.isoformat()])
        assert office.today > on
    signed(office, "inspection.file", f"inspection/{day}", "other", "wang", month=f"{first:%Y-%m}")
    file = keeper.inspections.day(first + timedelta(days=1))
    assert (file.row.state, set(file.ink)) == ("filed", {"signed", "stamped", "filed"})


# --- cameras ---


def _version_signs(row: CameraRow) -> bool:
    return bool(set(row.who) - {Role.SYSTEM}) and bool(row.cell or row.password or row.event is Event.RETURN)


@pytest.mark.parametrize("row", [row.id for row in CAMERAS if _version_signs(row)])
def test_AT_73_each_signed_step_of_a_camera_has_a_way_in_ink(row: str) -> None:
    assert next(each for each in CAMERAS if each.id == row).on_sheet


def test_AT_73_a_camera_goes_from_its_draft_into_force_on_paper(office: InkOffice) -> None:
    keeper, founders = office.keeper, office.founders()
    done: list[str] = []

    def call(verb: str, **asked: Any) -> dict[str, Any]:
        row = next((row for row in CAMERAS if verb == "camera-act" and row.event == asked["event"]), None)
        if row is None or not row.on_sheet:
            return office.ask(verb, **asked)
        signer = UNIT_HEAD.name if row.event is Event.PUT_IN_FORCE else SIGNERS[row.who[0]]
        told = {name: asked[name] for name in ("camera", "version", "event", "facts")}
        of = camera_papers(asked["camera"], asked["version"])
        answer = dict(signed(office, verb, of, "other", signer, **told))
        done.append(str(answer["row"]))
        return answer

    def refer(camera_no: str, version: int) -> str:
        return taken(keeper, camera_no, version).sha256

    life = CameraLife(call, founders, refer, lambda of, kind: _filed(office, of, kind))
    version = life.draft(testcard("07"))
    for event in TO_FORCE:
        office.minutes()
        life.session = office.founders()
        life.act(event, "07", version)
    assert done == ["K2", "K3a", "K3b", "K3c", "K4a", "K4b", "K6a", "K6b"]
    made = keeper.cameras.fleet.get("07", version)
    assert made.state == "in_force"
    assert [cell.ink is not None for cell in made.signatures] == [True] * 8
    assert {cell.ink.by for cell in made.signatures if cell.ink} == {OFFICER.name}
    with pytest.raises(NotAllowed) as error:
        signed(office, "camera-act", camera_papers("07", version), "other", "chen", camera="07", version=version,
               event="retire", facts={"note": "拆除"})  # fmt: skip
    assert error.value.details["why"] == "role"


def _filed(office: InkOffice, of: str, kind: str) -> None:
    office.filed(of, kind)
