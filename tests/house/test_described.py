"""``docs/spec/openapi.json`` is what the program makes of the site, and no page reads what it does not describe."""

from __future__ import annotations

import re
from pathlib import Path

from appliance.web.site.openapi import FORMS, QUERIES, described, described_text
from appliance.web.site.routes import ROUTES

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs/spec/openapi.json"


def test_the_file_is_what_the_program_describes() -> None:
    assert FILE.read_text(encoding="utf-8") == described_text(), "write described_text() of site/openapi.py to it"


def test_every_route_is_described_and_nothing_else() -> None:
    described_routes = {
        (method.upper(), path) for path, operations in described()["paths"].items() for method in operations
    }
    assert described_routes == {(route.method, route.path) for route in ROUTES}
    assert set(QUERIES) <= {route.path for route in ROUTES if route.method == "GET"}
    assert set(FORMS) <= {route.path for route in ROUTES if route.method == "POST"}


def test_no_page_reads_a_query_or_a_field_that_is_not_described() -> None:
    queries = {name for names in QUERIES.values() for name in names}
    fields = {name for form in FORMS.values() for name in form}
    for file in sorted((ROOT / "appliance/web/pages").rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        assert set(re.findall(r'query\.get\("(\w+)"', text)) <= queries, file.name
        assert set(re.findall(r'posted\.get\("([\w-]+)"', text)) <= fields, file.name


def test_no_page_reads_a_body_but_by_the_door_that_bounds_it() -> None:
    """``forms/body.py`` reads forms, ``scans/upload.py`` a scan piece by piece; nothing else asks for a body."""
    for file in sorted((ROOT / "appliance/web").rglob("*.py")):
        if (file.parent.name, file.name) not in (("forms", "body.py"), ("scans", "upload.py")):
            found = re.findall(r"request\.(?:post|read|text|json|multipart)\(\)", file.read_text(encoding="utf-8"))
            assert not found, f"{file.name}: read it with forms.body.read_form"
