"""The table of cameras: its rows as a graph, and each rule of 五 that a row or a guard holds."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from appliance.rules.cameras.duties import duties_of, event_of
from appliance.rules.cameras.facts import CameraTyped, Filing
from appliance.rules.cameras.judging import Refusal
from appliance.rules.cameras.places import PRIVATE_KINDS
from appliance.rules.cameras.rows import Effect, Event, Row
from appliance.rules.cameras.states import ENDS, LIVE, Cell, State
from appliance.rules.cameras.table import CAMERAS
from appliance.rules.cameras.version import Acceptance, Answer, CameraVersion, Device, Matters, Review, Wiring
from appliance.rules.scans import CameraPaper
from tests.rules.cameradesk import DAY, DEVICE, PEOPLE, Desk, draft, typed_for


def missing(found: Row | Refusal) -> tuple[str, ...]:
    assert isinstance(found, Refusal), found
    return found.missing


def test_the_table_has_every_row_of_the_rules_and_names_each_act_once() -> None:
    numbers = {f"K{number}" for number in range(1, 16)}
    assert {row.id.rstrip("abcde") for row in CAMERAS if row.id.startswith("K")} == numbers
    assert len({row.id for row in CAMERAS}) == len(CAMERAS)
    pairs = [(state, row.event) for row in CAMERAS for state in row.sources]
    assert len(set(pairs)) == len(pairs)


def test_every_state_is_reached_and_every_state_but_an_end_has_a_way_to_one() -> None:
    def nexts(state: State) -> set[State]:
        rows = [row for row in CAMERAS if state in row.sources]
        return {row.target for row in rows if row.target} | (LIVE if any(row.back for row in rows) else set())

    def reach(start: State) -> set[State]:
        seen, left = {start}, [start]
        while left:
            new = nexts(left.pop()) - seen
            seen |= new
            left += new
        return seen

    assert reach(State.NONE) == set(State)
    for state in set(State) - ENDS:
        assert reach(state) & ENDS, state
    assert not any(nexts(state) for state in ENDS), "an end is an end"


def test_what_is_recorded_changes_only_with_an_entry_that_says_so() -> None:
    as_it_is = {Event.SUPERSEDE, Event.PIN, Event.RECOGNISE}
    for row in CAMERAS:
        changes = any((source in LIVE) != (row.target in LIVE) for source in row.sources if row.target)
        assert (Effect.REGISTRY in row.effects) == changes or row.event in as_it_is, row.id


def test_AT_08_without_a_confirmed_approval_with_its_number_no_version_is_put_in_force() -> None:
    desk = Desk()
    desk.do(Event.DRAFT)
    stages = (Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE, Event.SEND, Event.ENTER_ANSWER)
    for event in stages:
        assert desk.ask(Event.PUT_IN_FORCE) == Refusal(
            Event.PUT_IN_FORCE, "no_row", missing(desk.ask(Event.PUT_IN_FORCE))
        )
        desk.do(event)
    assert desk.version().state is State.SUBMITTED
    bare = Answer(kind="approved", agency="警察局", day=DAY)
    none = frozenset[str]()
    asked = desk.ask(Event.ENTER_ANSWER, typed=CameraTyped(answer=bare), scans=none)
    assert missing(asked) == ("answer_number", "answer_scan")
    for event in (Event.REJECT, Event.CONFIRM_APPROVAL):
        assert missing(desk.ask(event, scans=none)) == ("answer_scan",), "a struck scan is none"
    desk.lead(Event.CONFIRM_APPROVAL, Event.ACCEPT)
    assert not desk.fleet.recorded()
    assert desk.do(Event.PUT_IN_FORCE).state is State.IN_FORCE
    assert [each.camera_no for each in desk.fleet.recorded()] == ["01"]


def test_AT_08_an_approval_that_was_entered_is_confirmed_by_another_person() -> None:
    desk = Desk()
    desk.lead(Event.DRAFT, Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE, Event.SEND)
    both = {**PEOPLE, "wang": ("officer", "unit_head")}
    desk.do(Event.ENTER_ANSWER, people=both)
    found = desk.ask(Event.CONFIRM_APPROVAL, "wang", people=both)
    assert (found.why, found.missing) == ("pair", (Cell.ANSWER_ENTERED,)) if isinstance(found, Refusal) else None
    assert desk.do(Event.CONFIRM_APPROVAL).state is State.APPROVED


def test_AT_08_what_is_refused_by_the_police_leaves_the_old_version_in_force() -> None:
    desk = Desk()
    old = desk.in_force()
    version = desk.do(Event.DRAFT, typed=draft("change", matters={"sound": True}))
    version = desk.lead(
        Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE, Event.SEND, Event.REJECT, version=version
    )
    assert version.state is State.REJECTED
    assert desk.fleet.in_force() == (old,)


@pytest.mark.parametrize(
    "change",
    [{"sound": True}, {"place": "二樓"}, {"view": "櫃檯"}, {"lens": "12 mm"}, {"ptz": True}, {"mode": "motion"},
     {"purposes": ("archives",)}, {"area": "二樓大廳"}, {"public_area": False}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_AT_09_a_change_of_what_was_approved_is_a_new_version_and_the_old_stays_until_that_is_in_force(
    change: dict[str, object],
) -> None:
    desk = Desk()
    old = desk.in_force()
    new = desk.approved("01", draft("change", matters=change))
    assert new.version == 2
    assert desk.fleet.recorded() == (old.recorded_as(),), "nothing is applied before it is approved and accepted"
    new = desk.lead(Event.ACCEPT, Event.PUT_IN_FORCE, version=new)
    assert desk.fleet.get("01", 1).state is State.SUPERSEDED
    assert desk.fleet.recorded() == (new.recorded_as(),)
    assert new.recorded_as().sound is bool(change.get("sound", False))


def test_AT_09_no_act_changes_the_matters_of_a_version_that_left_its_draft() -> None:
    desk = Desk()
    desk.lead(Event.DRAFT, Event.SUBMIT)
    assert isinstance(desk.ask(Event.REVISE, typed=draft(matters={"sound": True})), Refusal)
    desk.do(Event.RETURN)
    desk.do(Event.REVISE, typed=draft(matters={"sound": True}))
    assert [cell.superseded for cell in desk.version().signatures] == [True]


def test_AT_10_a_like_for_like_replacement_asks_for_reason_and_photo_and_keeps_the_number() -> None:
    desk = Desk()
    old = desk.in_force()
    typed = draft("replacement", device={"serial": "S-2"}, alternative="", reason="")
    version = desk.do(Event.DRAFT, typed=typed)
    assert version.filing == "exempt"
    only = frozenset({CameraPaper.SKETCH})
    assert missing(desk.ask(Event.SUBMIT, version=version, scans=only)) == ("reason", "photo")
    typed = msgspec.structs.replace(typed, reason="故障")
    version = desk.do(Event.REVISE, version=version, typed=typed)
    version = desk.lead(
        Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE_EXEMPT, Event.ACCEPT, Event.PUT_IN_FORCE,
        version=version,
    )  # fmt: skip
    assert (version.camera_no, version.version, version.state) == ("01", 2, State.IN_FORCE)
    assert desk.fleet.get("01", 1).state is State.SUPERSEDED
    assert version.matters == old.matters


def test_AT_10_what_differs_in_an_approved_matter_is_no_replacement() -> None:
    desk = Desk()
    desk.in_force()
    version = desk.do(Event.DRAFT, typed=draft("replacement", matters={"lens": "12 mm", "sound": True}))
    assert missing(desk.ask(Event.SUBMIT, version=version)) == ("differs_lens", "differs_sound")


def with_approval_that_ends(desk: Desk) -> CameraVersion:
    """01, in force under an approval with a condition and a last day."""
    desk.lead(Event.DRAFT, Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE, Event.SEND)
    answer = msgspec.structs.replace(
        typed_for(desk.version(), Event.ENTER_ANSWER).answer, conditions=("不得攝入隔壁",), expires=date(2028, 1, 1)
    )
    desk.do(Event.ENTER_ANSWER, typed=CameraTyped(answer=answer))
    return desk.lead(Event.CONFIRM_APPROVAL, Event.ACCEPT, Event.PUT_IN_FORCE)


def test_AT_10_T_68_a_replacement_stays_under_the_approval_with_its_conditions_and_its_last_day() -> None:
    desk = Desk()
    old = with_approval_that_ends(desk)
    version = desk.approved(typed=draft("replacement", device={"serial": "S-2"}))
    unmet = msgspec.structs.replace(typed_for(version, Event.ACCEPT).acceptance, conditions=0)
    assert missing(desk.ask(Event.ACCEPT, version=version, typed=CameraTyped(acceptance=unmet))) == ("conditions",)
    version = desk.lead(Event.ACCEPT, Event.PUT_IN_FORCE, version=version)
    assert version.answer == old.answer
    assert [duty.code for duty in duties_of(desk.fleet.all(), date(2027, 12, 1))] == ["expires"]
    changed = desk.do(Event.DRAFT, typed=draft("change", matters={"lens": "12 mm"}))
    assert changed.answer == Answer(), "what changes an approved matter has an answer of its own"


def test_AT_10_T_69_an_existing_camera_is_replaced_like_for_like_and_owes_its_papers_as_before() -> None:
    desk = Desk()
    desk.do(Event.ADOPT, typed=CameraTyped(origin="existing", matters=Matters(area="大廳", place="大廳")))
    due = desk.do(Event.SIGN_PLAN).plan_due
    known = {"area": "大廳", "place": "大廳", "public_area": False}
    other = desk.do(Event.DRAFT, typed=draft("replacement", matters=known | {"place": "二樓", "public_area": True}))
    assert missing(desk.ask(Event.SUBMIT, version=other)) == ("differs_place", "differs_public_area")
    desk.do(Event.DROP, version=other)
    version = desk.approved(typed=draft("replacement", matters=known))
    assert not version.signed(Cell.ANSWER_CONFIRMED)
    version = desk.lead(Event.ACCEPT, Event.PUT_IN_FORCE, version=version)
    assert (version.papers_lack, version.plan_due) == (True, due)
    assert not desk.lead(Event.FILE_EVIDENCE, Event.CONFIRM_EVIDENCE, version=version).papers_lack


def test_T_68_an_approval_that_ends_is_asked_for_anew_though_nothing_else_changes() -> None:
    desk = Desk()
    desk.in_force("02")
    same = desk.do(Event.DRAFT, version=desk.fleet.next_of("02"), typed=draft("change"))
    assert missing(desk.ask(Event.SUBMIT, version=same)) == ("nothing_differs",)
    with_approval_that_ends(desk)
    version = desk.lead(Event.ACCEPT, Event.PUT_IN_FORCE, version=desk.approved(typed=draft("change")))
    assert (version.version, version.answer.expires) == (2, None)


def test_AT_72_the_letter_to_the_police_authority_has_its_number_written_as_one() -> None:
    desk = Desk()
    desk.lead(Event.DRAFT, Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE)
    assert missing(desk.ask(Event.SEND, typed=CameraTyped(letter_no="第1號"))) == ("doc_no_form",)
    full_width = CameraTyped(letter_no="北市戶字第\uff11\uff12號")
    taken = desk.ask(Event.SEND, typed=full_width, letter_of="115調-民-0003", letter_word="北市")
    assert missing(taken) == ("doc_no_taken:115調-民-0003",), "one number is of one letter, whatever it is about"
    assert missing(desk.ask(Event.SEND, typed=full_width, letter_word="北市萬")) == ("doc_no_form:北市萬",)
    assert desk.do(Event.SEND, typed=full_width).letter_no == "北市戶字第12號"


def test_AT_10_another_address_of_the_same_device_needs_no_photo() -> None:
    desk = Desk()
    desk.in_force()
    typed = draft("replacement", wiring=Wiring(source="testcard", settings={"label": "y"}))
    version, only = desk.do(Event.DRAFT, typed=typed), frozenset({CameraPaper.SKETCH})
    assert isinstance(desk.ask(Event.SUBMIT, version=version, scans=only), Row)


def test_AT_10_a_filing_does_only_where_the_office_s_rules_say_so() -> None:
    strict, mild = Desk(), Desk(Filing(new="filing"))
    for desk in (strict, mild):
        desk.lead(Event.DRAFT, Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE, Event.SEND)
        filed = msgspec.structs.replace(typed_for(desk.version(), Event.ENTER_ANSWER).answer, kind="filed")
        desk.do(Event.ENTER_ANSWER, typed=CameraTyped(answer=filed))
    assert missing(strict.ask(Event.CONFIRM_FILING)) == ("approval_needed",)
    assert missing(strict.ask(Event.CONFIRM_APPROVAL)) == ("answer_kind",)
    assert mild.do(Event.CONFIRM_FILING).state is State.ACK


def test_K6_nothing_of_the_acceptance_may_lack() -> None:
    desk = Desk()
    version = desk.approved()
    found = missing(desk.ask(Event.ACCEPT, version=version, typed=CameraTyped(acceptance=Acceptance())))
    assert set(found) == {
        "sound_as_approved", "masks_set", "time_checked", "recorded", "played", "sign_on_wall", "picture"
    }  # fmt: skip
    assert missing(desk.ask(Event.PUT_IN_FORCE, version=version)) == ("cell_accepted",)


def test_T_09_a_camera_that_the_disk_would_not_hold_is_not_put_in_force() -> None:
    desk = Desk()
    version = desk.lead(Event.ACCEPT, version=desk.approved())
    assert missing(desk.ask(Event.PUT_IN_FORCE, version=version, short="38.0 days")) == ("disk_short",)
    assert isinstance(desk.ask(Event.PUT_IN_FORCE, version=version, short="38.0 days", trial=True), Row)
    desk.do(Event.PUT_IN_FORCE, version=version)
    desk.do(Event.SUSPEND, version=desk.fleet.get("01", 1))
    suspended = desk.fleet.get("01", 1)
    assert missing(desk.ask(Event.RESUME, version=suspended, short="38.0 days")) == ("disk_short",), "nor resumed"


def test_AT_13_a_review_with_one_difference_is_closed_only_by_a_change_putting_back_or_publishing() -> None:
    desk = Desk()
    version = desk.announced()
    assert missing(desk.ask(Event.FALL_DUE)) == ("not_due",)
    desk.wait(93)
    desk.do(Event.FALL_DUE)
    unticked = CameraTyped(review=Review(exists="yes"))
    assert missing(desk.ask(Event.REVIEW, typed=unticked)) == ("line_place", "line_view", "line_sign", "line_listed")
    one = Review(exists="yes", place="yes", view="yes", sign="yes", listed="no")
    assert missing(desk.ask(Event.REVIEW, typed=CameraTyped(review=one))) == ("differs_listed",)
    assert missing(desk.ask(Event.STAMP_REVIEW)) == ("cell_reviewed",)
    version = desk.do(Event.MISMATCH, typed=CameraTyped(review=one))
    assert (version.state, version.drifts[-1].cause) == (State.DRIFT, "listed")
    assert isinstance(desk.ask(Event.STAMP_REVIEW), Refusal)
    version = desk.do(Event.REPUBLISH)
    assert version.state is State.REVIEW_DUE
    version = desk.lead(Event.REVIEW, Event.STAMP_REVIEW)
    assert (version.state, version.reviewed_on) == (State.ANNOUNCED, desk.today)


def test_AT_13_the_reviewer_does_not_stamp_the_review() -> None:
    desk = Desk()
    desk.announced()
    desk.wait(93)
    both = {**PEOPLE, "wang": ("officer", "unit_head")}
    desk.do(Event.FALL_DUE)
    desk.do(Event.REVIEW, people=both)
    found = desk.ask(Event.STAMP_REVIEW, "wang", people=both)
    assert isinstance(found, Refusal)
    assert found.why == "pair"


def test_AT_74_T_71_a_banned_make_is_neither_submitted_accepted_nor_put_in_force() -> None:
    desk = Desk()
    desk.do(Event.DRAFT, typed=draft(device={"banned": "yes"}))
    assert missing(desk.ask(Event.SUBMIT)) == ("banned",)
    desk.do(Event.REVISE, typed=draft(device={"banned": "", "make": ""}))
    assert missing(desk.ask(Event.SUBMIT)) == ("make", "banned_check")


def test_AT_74_what_was_banned_on_its_way_is_neither_accepted_nor_put_in_force() -> None:
    """The list grew while the camera was with the police authority, or between its acceptance and its last step."""
    desk = Desk()
    sound = desk.approved()
    banned = msgspec.structs.replace(sound, checked=Device(banned="yes", checked_on=DAY))
    desk.fleet = desk.fleet.with_version(banned)
    assert missing(desk.ask(Event.ACCEPT)) == ("banned",)
    desk.fleet = desk.fleet.with_version(sound)
    accepted = desk.do(Event.ACCEPT)
    desk.fleet = desk.fleet.with_version(msgspec.structs.replace(accepted, checked=banned.checked))
    assert missing(desk.ask(Event.PUT_IN_FORCE)) == ("banned",)
    assert desk.fleet.recorded() == ()


def test_T_71_a_make_that_is_banned_later_is_recorded_on_owes_a_replacement_and_is_not_resumed() -> None:
    desk = Desk()
    version = desk.in_force()
    ahead = CameraTyped(device=Device(banned="no", checked_on=DAY + timedelta(days=1)))
    assert missing(desk.ask(Event.RECHECK, version=version, typed=ahead)) == ("banned_check",)
    banned = CameraTyped(device=Device(banned="yes", checked_on=DAY))
    version = desk.do(Event.RECHECK, version=version, typed=banned)
    assert (version.live, version.device.banned, version.listed.banned) == (True, "no", "yes")
    assert (version.listed.make, version.listed.checked_on) == (DEVICE.make, DAY)
    (duty,) = duties_of(desk.fleet.all(), DAY)
    assert (duty.code, duty.mark, event_of(version, duty)) == ("banned", "red", Event.DRAFT)
    version = desk.do(Event.SUSPEND, version=version)
    assert "banned" in missing(desk.ask(Event.RESUME, version=version))
    version = desk.do(Event.RECHECK, version=version)
    assert desk.do(Event.RESUME, version=version).live
    assert duties_of(desk.fleet.all(), DAY) == ()


def test_T_71_AT_74_whoever_brought_an_existing_camera_owes_a_look_at_the_banned_list() -> None:
    desk = Desk()
    version = desk.do(Event.ADOPT, typed=CameraTyped(origin="existing", matters=Matters(area="大廳", place="大廳")))
    assert "unchecked" in [duty.code for duty in duties_of(desk.fleet.all(), DAY)]
    assert missing(desk.ask(Event.RECHECK, version=version)) == ("make", "maker_origin", "model")
    version = desk.do(Event.RECHECK, version=version, typed=CameraTyped(device=DEVICE))
    assert (version.listed.make, version.device.make) == (DEVICE.make, "")
    assert "unchecked" not in [duty.code for duty in duties_of(desk.fleet.all(), DAY)]


def test_T_64_a_view_that_moved_goes_on_being_recorded_and_is_marked_until_it_is_put_back() -> None:
    desk = Desk()
    recorded = desk.announced().recorded_as()
    version = desk.do(Event.DRIFTED)
    assert (version.state, desk.fleet.recorded()) == (State.DRIFT, (recorded,))
    began = version.drifts[-1]
    assert began.end_ns == 0
    desk.wait(1)
    version = desk.do(Event.PUT_BACK)
    assert version.state is State.ANNOUNCED
    assert version.drifts[-1].start_ns == began.start_ns < version.drifts[-1].end_ns


def test_T_65_an_innocent_change_of_the_scene_takes_two_people_and_a_new_picture() -> None:
    desk = Desk()
    desk.announced()
    desk.do(Event.DRIFTED)
    assert missing(desk.ask(Event.CONFIRM_FALSE)) == ("cell_explained",)
    assert missing(desk.ask(Event.EXPLAIN, typed=CameraTyped(note="聖誕樹"))) == ("picture",)
    version = desk.lead(Event.EXPLAIN, Event.CONFIRM_FALSE)
    assert (version.state, version.acceptance.picture) == (State.ANNOUNCED, "cd" * 32)


def test_T_68_the_conditions_of_an_approval_are_lines_of_acceptance_and_review() -> None:
    desk = Desk()
    desk.lead(Event.DRAFT, Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE, Event.SEND)
    answer = msgspec.structs.replace(
        typed_for(desk.version(), Event.ENTER_ANSWER).answer, conditions=("不得攝入隔壁",), expires=date(2028, 1, 1)
    )
    desk.do(Event.ENTER_ANSWER, typed=CameraTyped(answer=answer))
    version = desk.do(Event.CONFIRM_APPROVAL)
    seen = msgspec.structs.replace(typed_for(version, Event.ACCEPT).acceptance, conditions=0)
    assert missing(desk.ask(Event.ACCEPT, typed=CameraTyped(acceptance=seen))) == ("conditions",)
    desk.lead(Event.ACCEPT, Event.PUT_IN_FORCE, Event.ANNOUNCE)
    desk.wait(93)
    version = desk.do(Event.FALL_DUE)
    review = msgspec.structs.replace(typed_for(version, Event.REVIEW).review, conditions=0)
    assert missing(desk.ask(Event.REVIEW, typed=CameraTyped(review=review))) == ("conditions",)


def test_T_69_an_existing_camera_is_in_force_and_its_papers_are_owed_until_two_people_filed_them() -> None:
    desk = Desk()
    version = desk.do(Event.ADOPT)
    assert version.live
    assert version.papers_lack
    assert missing(desk.ask(Event.SIGN_PLAN, typed=CameraTyped(plan_due=DAY))) == ("plan_due_range",)
    assert desk.do(Event.SIGN_PLAN).plan_due == DAY + timedelta(days=90)
    assert missing(desk.ask(Event.CONFIRM_EVIDENCE)) == ("answer",)
    assert desk.do(Event.FILE_EVIDENCE).papers_lack, "entered by one is not filed by two"
    assert not desk.do(Event.CONFIRM_EVIDENCE).papers_lack
    assert missing(desk.ask(Event.SIGN_PLAN)) == ("papers_are_there",)


@pytest.mark.parametrize("kind", PRIVATE_KINDS)
def test_T_72_no_camera_is_drafted_for_a_place_of_high_privacy(kind: str) -> None:
    assert missing(Desk().ask(Event.DRAFT, typed=draft(matters={"place_kind": kind}))) == ("place_private",)


@pytest.mark.parametrize(
    "words",
    ["三樓女廁所門口", "二樓女廁門口", "男廁旁", "公廁", "盥洗台", "衛浴間", "員工更衣室", "哺集乳室", "值夜休息室"],
)
def test_T_72_a_place_of_high_privacy_is_known_by_its_name_as_well(words: str) -> None:
    desk = Desk()
    assert missing(desk.ask(Event.DRAFT, typed=draft(matters={"place": words}))) == ("place_private",)
    desk.do(Event.DRAFT)
    assert missing(desk.ask(Event.REVISE, typed=draft(matters={"area": words}))) == ("place_private",)
    assert missing(desk.ask(Event.REVISE, typed=draft(matters={"view": words}))) == ("place_private",)


def test_D_30_there_is_no_fourth_purpose_and_no_camera_outside_the_premises() -> None:
    desk = Desk()
    attendance = draft(matters={"purposes": ("service_quality", "attendance")})
    assert missing(desk.ask(Event.DRAFT, typed=attendance)) == ("purpose_unknown",)
    desk.do(Event.DRAFT, typed=draft(matters={"purposes": (), "in_premises": False}))
    assert missing(desk.ask(Event.SUBMIT)) == ("in_premises", "purpose")


def test_D_14_a_number_is_never_given_again_once_its_camera_was_removed() -> None:
    desk = Desk()
    desk.in_force()
    assert missing(desk.ask(Event.DRAFT, typed=draft("new"))) == ("number_taken",)
    desk.do(Event.RETIRE)
    assert not desk.fleet.recorded()
    for origin in ("new", "change", "replacement"):
        assert missing(desk.ask(Event.DRAFT, typed=draft(origin))) == ("number_retired",)


def test_D_14_a_change_on_its_way_dies_with_the_camera() -> None:
    desk = Desk()
    old = desk.in_force()
    new = desk.lead(Event.ACCEPT, version=desk.approved("01", draft("change", matters={"sound": True})))
    desk.do(Event.RETIRE, version=old)
    assert missing(desk.ask(Event.PUT_IN_FORCE, version=new)) == ("number_retired",)


def test_one_version_of_a_camera_is_on_its_way_at_a_time() -> None:
    desk = Desk()
    desk.in_force()
    desk.do(Event.DRAFT, typed=draft("change", matters={"sound": True}))
    assert missing(desk.ask(Event.DRAFT, typed=draft("change"))) == ("other_version_open",)


@pytest.mark.parametrize("broken", ["", "a b", "-1", "x" * 17, "一號", "01/2"])
def test_a_number_that_no_paper_could_print_is_refused(broken: str) -> None:
    desk = Desk()
    found = desk.ask(Event.DRAFT, version=desk.fleet.next_of(broken), typed=draft())
    assert missing(found) == ("camera_no",)


def test_K14_a_suspended_camera_is_not_recorded_and_comes_back_by_the_unit_head_s_word() -> None:
    desk = Desk()
    desk.announced()
    assert missing(desk.ask(Event.SUSPEND, typed=CameraTyped())) == ("note",)
    desk.do(Event.SUSPEND)
    assert not desk.fleet.recorded()
    assert missing(desk.ask(Event.RESUME, short="38 days")) == ("disk_short",)
    version = desk.do(Event.RESUME)
    assert (version.state, version.announced_on) == (State.IN_FORCE, None)


def test_D_10_the_chain_by_one_person_takes_the_mark_and_only_where_nobody_else_can_sign() -> None:
    desk = Desk()
    desk.lead(Event.DRAFT)
    small = {"wang": ("officer",), "chen": ("unit_head", "secretary", "director")}
    desk.do(Event.SUBMIT, people=small)
    desk.do(Event.STAMP, people=small)
    found = desk.ask(Event.STAMP_SECRETARY, "chen", people=small)
    assert isinstance(found, Refusal)
    assert found.why == "pair_unavoidable"
    version = desk.do(Event.STAMP_SECRETARY, "chen", typed=CameraTyped(double=True), people=small)
    assert version.signatures[-1].double
    large = {**small, "hsu": ("director",)}
    found = desk.ask(Event.APPROVE, "chen", typed=CameraTyped(double=True), people=large)
    assert found == Refusal(Event.APPROVE, "pair_marked", ("hsu",))


def test_D_09_an_office_without_a_secretary_signs_without_one() -> None:
    desk = Desk()
    desk.lead(Event.DRAFT, Event.SUBMIT, Event.STAMP)
    assert missing(desk.ask(Event.APPROVE)) == ("cell_secretary",)
    assert isinstance(desk.ask(Event.APPROVE, secretary=False), Row)


def test_a_password_is_typed_for_what_begins_or_ends_a_recording_for_good() -> None:
    wanted = {Event.APPROVE, Event.APPROVE_EXEMPT, Event.PUT_IN_FORCE, Event.SIGN_PLAN, Event.RESUME, Event.RETIRE}
    assert {row.event for row in CAMERAS if row.password} == wanted | {Event.RECOGNISE}


@pytest.mark.parametrize(
    ("size", "rate", "lacks"),
    [
        ("", "", ()), ("1920x1080", "15", ()), ("１９２０×１０８０", "29.97", ()), ("1920 * 1080", "１５", ()),
        ("1080p", "15", ("size_unread",)), ("1920x1080", "0", ("rate_unread",)),
        ("x", "fast", ("size_unread", "rate_unread")), ("", "1000", ("rate_unread",)),
    ],
)  # fmt: skip
def test_what_pictures_are_registered_to_be_is_written_as_a_size_and_a_rate(
    size: str, rate: str, lacks: tuple[str, ...]
) -> None:
    desk = Desk()
    version = desk.do(Event.DRAFT, typed=draft(device={"size": size, "rate": rate}))
    found = desk.ask(Event.SUBMIT, version=version)
    assert (missing(found) if lacks else found.event) == (lacks or Event.SUBMIT)


def test_the_recorder_is_told_what_pictures_are_registered_to_be() -> None:
    device = Device(size="１９２０×１０８０", rate="12.5")
    camera = CameraVersion(camera_no="01", version=1, device=device).recorded_as()
    assert (camera.width, camera.height, camera.fps) == (1920, 1080, 12.5)
    bare = CameraVersion(camera_no="01", version=1).recorded_as()
    assert (bare.width, bare.height, bare.fps) == (0, 0, 0.0)


def test_AT_12_a_removal_that_is_filed_asks_for_the_number_and_the_scan_of_its_filing() -> None:
    desk = Desk(Filing(retired=True))
    desk.in_force()
    bare, none = CameraTyped(note="搬遷"), frozenset[str]()
    assert missing(desk.ask(Event.RETIRE, typed=bare, scans=none)) == ("removal_no", "removal_scan")
    filed = CameraTyped(note="搬遷", removal_no="北市戶字第2號")
    assert missing(desk.ask(Event.RETIRE, typed=filed, scans=none)) == ("removal_scan",)
    assert desk.do(Event.RETIRE, typed=filed).state is State.RETIRED
