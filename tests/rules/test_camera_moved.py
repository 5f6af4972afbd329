"""T-66: a camera whose address changed is known by its card, or by make and serial number; another device never is."""

from __future__ import annotations

from appliance.rules.cameras.moved import Registered, camera_at, moved_camera, same_device

CARD = "02:00:00:00:00:03"
DOOR = Registered("03", frozenset({"192.0.2.7"}), {"mac": CARD, "server": "x"}, "Axle Corp.", "S-77")
HALL = Registered("04", frozenset({"192.0.2.9"}), {"mac": "02:00:00:00:00:04"}, "Axle", "S-78")
CARD_OF_NONE = Registered("05", frozenset(), {"mac": "02:00:00:00:00:05"})
ALL = (DOOR, HALL, CARD_OF_NONE)


def test_T_66_a_card_that_answers_elsewhere_is_its_camera_at_another_address() -> None:
    assert moved_camera("rtsp://192.0.2.8/", CARD, ALL) == "03"


def test_T_66_a_camera_at_its_address_an_unknown_card_and_the_address_of_another_are_no_move() -> None:
    assert moved_camera("rtsp://192.0.2.7/", CARD, ALL) == ""
    assert moved_camera("rtsp://192.0.2.9/", CARD, ALL) == "", "camera 04 is registered there"
    assert moved_camera("rtsp://192.0.2.8/", "02:00:00:00:00:99", ALL) == ""
    assert moved_camera("rtsp://192.0.2.8/", "", ALL) == ""
    assert moved_camera("rtsp://192.0.2.8/", "02:00:00:00:00:05", ALL) == "", "it is reached by no network"
    assert moved_camera("rtsp://192.0.2.8/", CARD, (*ALL, DOOR._replace(camera_no="06"))) == "", "two have that card"


def test_T_66_make_and_serial_number_name_a_camera_and_another_serial_number_none() -> None:
    assert same_device("AXLE", " s-77 ", ALL) == "03"
    assert same_device("Axle", "S-79", ALL) == ""
    assert same_device("Other", "S-77", ALL) == "", "another make's numbers may be the same"
    assert same_device("Axle", "", ALL) == ""
    assert same_device("", "", ALL) == ""
    assert same_device("Axle", "S-77", (*ALL, DOOR._replace(camera_no="06"))) == ""


def test_a_host_names_the_camera_that_is_registered_at_it() -> None:
    assert [camera_at(host, ALL) for host in ("192.0.2.9", "192.0.2.8", "")] == ["04", "", ""]
