"""Every operation of the site's description, with what a program makes up for it, well-formed and not: no defect, no
status that is not described, no trace of a program. Schemathesis makes the requests up, seeded."""

from __future__ import annotations

import random
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from appliance.web.site.middlewares import HEADERS
from appliance.web.site.openapi import described
from appliance.web.site.routes import ROUTES, Route
from tests.attack.office import AttackedOffice, act_id
from tests.attack.tally import Tally, row_of
from tests.box import OFFICER, UNIT_HEAD

SCHEMA = schemathesis.openapi.from_dict(described())
OPERATIONS = {(found.ok().method.upper(), found.ok().path): found.ok() for found in SCHEMA.get_all_operations()}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance]
ENDS = frozenset({"/logout", "/join", "/account/password"})
"""What a made-up submit could end the session by; it is asked without one."""
SECRETS = {"password": OFFICER.password, "password-1": OFFICER.password, "password-2": UNIT_HEAD.password}


def _sensible(case: Any, office: AttackedOffice, route: Route) -> None:
    """Some of what was made up is put right, so that the rest of it is looked at further inside."""
    real = office.names(route)
    for name in case.path_parameters or {}:
        case.path_parameters[name] = real[name]
    if isinstance(case.body, dict):
        case.body |= {name: secret for name, secret in SECRETS.items() if name in case.body}
        if "act" in case.body:
            case.body["act"] = act_id()
        if "seat" in case.body:
            case.body["seat"] = "1"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_no_made_up_request_finds_a_defect_or_a_status_that_is_not_described(
    office: AttackedOffice, tally: Tally, long_run: bool, route: Route
) -> None:
    operation = OPERATIONS[route.method, route.path]
    site = f"https://localhost:{office.box.port}"
    with requests.Session() as browser:
        browser.trust_env, authority = False, f"{office.box.settings.layout.web}/ca.crt"
        sent = {"Origin": site, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}
        if route.needs != "nobody" and route.path not in ENDS:
            sent["Cookie"] = f"__Host-sid={office.session}"

        modes = list(schemathesis.GenerationMode)
        made = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))

        @seed(20)
        @settings(
            max_examples=200 if long_run else 12, phases=[Phase.generate], deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=made, sensible=st.sampled_from([True, True, False]))
        def try_one(case: Any, sensible: bool) -> None:
            if sensible:
                _sensible(case, office, route)
            tally.count(operation.label)
            how = {"verify": authority, "allow_redirects": False, "timeout": 60}
            answer = case.call(base_url=site, session=browser, headers=sent, **how)
            case.validate_response(answer, checks=CHECKS)
            assert b"Traceback" not in answer.content
            assert {name.lower() for name in HEADERS} <= set(answer.headers)

        random.seed(20)
        try_one()


def test_the_page_of_figures_tells_no_more_than_was_tried_and_no_operation_was_left_out(tally: Tally) -> None:
    tried, _, left = row_of("tests/attack/test_described.py")
    print(f"{tally.total} requests for {len(tally.tried)} operations, at least {min(tally.tried.values())} for each")
    assert {operation.label for operation in OPERATIONS.values()} == set(tally.tried)
    assert len(OPERATIONS) == len(ROUTES)
    assert tried <= tally.total, f"{tally.total}: {dict(tally.tried)}"
    assert left == 0
