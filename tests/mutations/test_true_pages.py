"""Changes that would make a page, a promise or a log-in untrue, where no row of the rules stands behind it: each is
caught by the tests beside it (``running.check``)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mutations.changes import Change
from tests.mutations.running import CAUGHT, Copy, check
from tests.mutations.table import Mutation

_FIRST = "tests/browser/test_status_whole_way.py::"
_BLACK = f"{_FIRST}test_a_camera_whose_picture_turned_black_is_well_nowhere_on_the_page"
_WELL = "tests/web/status/test_view.py::test_all_well_is_green"
_CASES = "tests/web/cases/test_page.py::"
_LOGIN = "tests/services/test_login.py::"
_PEOPLE = "tests/keeper/test_people.py::"
_NO_COPY = f"{_CASES}test_AT_56_no_copy_can_be_chosen_for_an_agency_and_the_intake_says_to_promise_none"
_UNPINNED = f"{_CASES}test_where_nothing_is_pinned_no_form_speaks_of_a_pin_that_stays_or_ends"
_ELSEWHERE = "tests/browser/test_player_elsewhere.py::"
_COVERED = f"{_ELSEWHERE}test_T_26_a_mask_lies_on_every_frame_that_began_in_it_after_any_seek"
_BOARD = "tests/services/test_case_book.py::"
_RECTIFY = "tests/services/test_case_rectify.py::"
_STATION = "tests/keeper/test_cases.py::test_nobody_says_that_a_station_checked_itself_while_none_does"
_CLEARED = "tests/keeper/test_cases.py::test_that_no_copy_was_made_is_entered_by_the_recorder_and_by_nobody_else"
_NUMBER = "tests/keeper/test_cases.py::test_a_case_is_named_by_its_number_and_one_that_is_not_yours_by_what_you_asked"

CHANGES = {
    "a copy is promised to an agency": (
        "appliance.web.pages.cases.fields:GIVEN_WITHOUT_COPIES", "set ('viewing', 'copy', 'both')", _NO_COPY, _UNPINNED,
    ),
    "nobody says that no copy was made": (
        "appliance.services.cases.clockwork:Clockwork.cleared", "return file", _CLEARED, _STATION,
    ),
    "people say that no copy was made": (
        "appliance.rules.cases.citizen:_VIEWING", "put SYS shared.DESK", _CLEARED, _STATION,
    ),
    "a browser's word is taken for the time of a frame": (
        "appliance/web/static/player/frames.js:FrameTimes.at", "return [mediaTime, mediaTime + 0.04]", _COVERED,
        "tests/browser/test_player_masks.py::test_a_case_without_masks_has_nothing_over_its_pictures",
    ),
    "a pin ends where none was": (
        "appliance.web.pages.cases.page:_lead", "force pinned True", _UNPINNED,
        f"{_CASES}test_a_case_of_which_no_copy_ever_was_is_not_called_cleaned",
    ),
    "the headline is green above what is red": (
        "appliance.web.pages.status.view:_worst", "return 'live'", _BLACK, _WELL,
    ),
    "a camera that records black pictures is called well": (
        "appliance.web.pages.status.view:_of_cameras", "return {}", _BLACK, _WELL,
    ),
    "a role that needs a second factor is let in without": (
        "appliance.services.people.login:Logins.log_in", "drop raise FactorDue",
        "tests/services/test_second_factor.py::test_a_log_in_whose_role_needs_a_factor_leads_to_setting_one_up",
        "tests/services/test_second_factor.py::test_nobody_is_given_a_role_that_takes_a_second_factor_without_having_one",
    ),
    "a computer counts anew under another of its addresses": (
        "appliance.services.people.throttle:_site_of", "return source",
        f"{_LOGIN}test_wrong_tries_at_one_computer_lock_nobody_at_another",
        f"{_LOGIN}test_after_up_to_four_wrong_passwords_the_right_one_is_taken_at_once",
    ),
    "an idle account is not suspended": (
        "appliance.services.people.accounts:Accounts.set_suspended", "return None",
        f"{_PEOPLE}test_the_duty_suspends_what_nobody_uses_and_two_people_reopen_it",
        f"{_PEOPLE}test_the_next_process_knows_everybody",
    ),
    "an appointment that is none is told": (
        "appliance.services.cases.board:_holds", "return True",
        f"{_BOARD}test_I7_I10_an_applicant_is_told_of_an_appointment_only_while_there_is_one",
        f"{_BOARD}test_T_33_notices_stand_on_the_board_of_those_whom_they_are_for",
    ),
    "a name is put right for the applicant and not for the same person as a viewer": (
        "appliance.services.cases.rectifying:_same", "return one == other",
        f"{_RECTIFY}test_T_80_a_name_is_put_right_where_an_appointment_names_the_same_person",
        f"{_RECTIFY}test_T_80_nobody_signs_what_they_put_right_themselves",
    ),
    "a case's scans are named by its key": (
        "appliance.keeper.adapters.scan:_case_number", "return key", _NUMBER,
        "tests/keeper/test_cases.py::test_a_wrong_password_performs_nothing",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    made = Copy(tmp_path_factory.mktemp("true-pages") / "copy")
    yield made
    made.restore()


@pytest.mark.parametrize("untruth", CHANGES)
def test_each_untruth_is_caught(copy: Copy, untruth: str) -> None:
    of, what, test, neighbour = CHANGES[untruth]
    assert check(copy, Mutation(untruth, Change(of, what), test, neighbour)) == CAUGHT
