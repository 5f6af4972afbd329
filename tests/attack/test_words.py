"""Hostile words in every text field of every form, by real submits; then every page, paper and file that shows them: as
they were typed and nothing else, also in a real browser."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlencode
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page

from appliance.rules.cases.checklist import LINES
from appliance.rules.scans import CameraPaper, camera_papers
from appliance.web.site.routes import ROUTES
from tests.attack.client import Answer, Attacker
from tests.attack.forms import SUBMITS, camera_act, intake, register_line
from tests.attack.office import OTHER, AttackedOffice, act_id
from tests.attack.tally import Tally, row_of
from tests.attack.words import HostileWords, PageReader
from tests.box import OFFICER, UNIT_HEAD, until
from tests.browser.chromium import chromium
from tests.caselife import doc_no
from tests.footage import film_past
from tests.rules.packcases import successor
from tests.scanfiles import png

pytestmark = [pytest.mark.browser, pytest.mark.papers]

MOST_PAGES = 160
_SHOWN = re.compile(r"\d+|[0-9a-f]{32,}")
"""What tells two pages of one template apart."""


class Planted(NamedTuple):
    """An office in which everything that people can type is hostile, and what its site shows of it."""

    office: AttackedOffice
    words: HostileWords
    pages: dict[str, str]
    files: dict[str, Answer]


@pytest.fixture(scope="module")
def planted(office: AttackedOffice) -> Planted:
    words, attacker = HostileWords(), office.attacker()
    film_past(office.box, "01", office.span[0], 150)
    _plant(office, attacker, words)
    pages, files = _walk(attacker, words)
    attacker.close()
    return Planted(office, words, pages, files)


def _took(answer: Answer, what: str) -> Answer:
    refused = "again=" in answer.goes_to
    said = [answer.goes_to] if refused else []
    said += re.findall(r"<li>.{0,90}", answer.text.partition('id="problems"')[2][:1500], re.DOTALL)
    said += re.findall(r'notice-(?:title|detail)"[^>]*>[^<]*', answer.text)
    assert answer.status in ((200,) if refused else (200, 303)), f"{what}: {answer.status} {said[:9]}"
    return answer


def _plant(office: AttackedOffice, attacker: Attacker, words: HostileWords) -> None:
    for act in ("move", "pledge", "grant"):
        typed = {**SUBMITS["/people/new"](office, words), "role": "archivist"}
        _took(attacker.post(f"/people/{OTHER.name}/{act}", typed, "hostile words"), act)
    handed = SUBMITS["/people/{name}/handover"](office, words)
    _took(attacker.post(f"/people/{OTHER.name}/handover", handed, "hostile words"), "handover")
    _took(attacker.post("/cameras/new", SUBMITS["/cameras/new"](office, words), "hostile words"), "camera")
    named = {**SUBMITS["/cameras/new"](office, words), "camera": "78", "area": "一樓大廳"}  # none hostile is published
    _took(attacker.post("/cameras/new", named, "hostile words"), "another camera")
    for paper in (CameraPaper.SKETCH, CameraPaper.PHOTO):
        _scan(attacker, words, camera_papers("78", 1), paper)
    for event, seat, fields in (("submit", 1, ()), ("return", 2, ("note",)), ("drop", 1, ("note",))):
        typed = camera_act(event, seat, words, *fields)
        _took(attacker.post("/cameras/78/act", typed, "hostile words"), event)
    cases: dict[str, str] = {}
    applicant = office.attacker(office.log_in())
    for form in ("citizen", "staff", "letter", "call"):
        by, typed = applicant if form == "staff" else attacker, intake(form)(office, words)
        kept = by.post(f"/cases/new/{form}/draft", {**typed, "act": act_id()}, "hostile words")
        assert kept.status == 200
        cases[form] = _took(by.post(f"/cases/new/{form}", typed, "hostile words"), form).goes_to.split("?")[0]
    applicant.close()
    _through_the_chain(office, attacker, words, cases["citizen"])
    for ground in ("preserve", "remedy", "invest"):
        typed = {**SUBMITS["/holds/new"](office, words), "ground": ground}
        attacker.post("/holds/new/draft", {**typed, "act": act_id()}, "hostile words")
        _took(attacker.post("/holds/new", typed, "hostile words"), ground)
    slip = attacker.post("/people/new", SUBMITS["/people/new"](office, words), "hostile words")
    assert "newcomer" in _took(slip, "newcomer").text
    _took(attacker.post("/people/review", SUBMITS["/people/review"](office, words), "hostile words"), "review")
    _took(attacker.post("/rules/policy", SUBMITS["/rules/{rule}"](office, words), "hostile words"), "policy")
    _registers(office, attacker, words)
    _strike(attacker, words, _scan(attacker, words, unquote(cases["citizen"]).replace("/cases/", "case/"), "form"))
    _pack(office, attacker, words)


def _registers(office: AttackedOffice, attacker: Attacker, words: HostileWords) -> None:
    for register in ("incidents", "vendors"):
        made = attacker.post(f"/register/{register}/new", register_line(register, words), "hostile words")
        page = _took(made, register).goes_to.split("?")[0]
        if register == "incidents":
            told = {"act": act_id(), "seat": "1", "event": "confirm", "cyber": "1", "personal": "yes",
                    "password": OFFICER.password}  # fmt: skip
            _took(attacker.post(f"{page}/act", {**told, "why": words("why")}, "hostile words"), "confirm")
    medium = attacker.post("/register/media/new", SUBMITS["/register/{register}/new"](office, words), "hostile words")
    page = _took(medium, "medium").goes_to.split("?")[0]
    typed = SUBMITS["/register/{register}/{item}/act"](office, words)
    _took(attacker.post(f"{page}/act", typed, "hostile words"), "moved")


def _through_the_chain(office: AttackedOffice, attacker: Attacker, words: HostileWords, page: str) -> None:
    """From the counter to a refusal that was told, with words wherever the case's forms take some."""
    case, life = unquote(page).removeprefix("/cases/"), office.life
    _took(attacker.post(f"{page}/act", SUBMITS["/cases/{case}/act"](office, words), "hostile words"), "formal")
    life.act("propose", case, checklist={line.code: "yes" for line in LINES}, words={"opinion": words("opinion")},
             proposal={"result": "refused", "article": words("article")})  # fmt: skip
    life.act("stamp", case, seat=2, words={"comment": words("comment")})
    life.act("stamp", case, seat=2, double=True, words={"comment": words("comment")})
    life.decide(case, "refuse", reason=words("reason"), article=words("article"), agency_consulted=True)
    today = life.today().isoformat()
    life.act("issue", case, dispatch={"day": today, "doc_no": doc_no(), "signer": life.signer})
    life.act("notify", case, service={"means": "handed", "day": today, "proof_no": "1", "proof_day": today})


def _scan(attacker: Attacker, words: HostileWords, of: str, kind: str) -> str:
    """A scan with words in its note and in its file's name, brought in; its number."""
    note = words("note")
    name = words("file").translate(str.maketrans({"/": None, "\\": None, '"': None}))
    words.typed[name[-6:]] = ("file", name)
    fields = {"act": act_id(), "seat": "1", "password": OFFICER.password, "kind": kind, "note": note}
    parts = [(f'name="{field}"', value.encode()) for field, value in fields.items()]
    parts.append((f'name="file"; filename="{name}.png"', png(name)))
    body = b"".join(b"--b\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (head.encode(), content)
                    for head, content in parts) + b"--b--\r\n"  # fmt: skip
    headers = attacker.as_page() | {"Content-Type": "multipart/form-data; boundary=b"}
    taken = _took(attacker.ask("POST", f"/scans/{of}", headers, body, attack="hostile words"), "scan").goes_to
    number = re.search(r"scan=([^#]+)", taken)
    assert number
    return number[1]


def _strike(attacker: Attacker, words: HostileWords, scan: str) -> None:
    typed = {"act": act_id(), "seat": "1", "password": OFFICER.password, "reason": words("reason")}
    _took(attacker.post(f"/scan/{scan}/strike", typed, "hostile words"), "strike")


def _pack(office: AttackedOffice, attacker: Attacker, words: HostileWords) -> None:
    """A version of the office's rules in whose words somebody hid something."""
    text = successor("130-01-01", "2041-01-01").decode()
    office_name = re.search(r'^name = "([^"]+)"', text, re.MULTILINE)
    assert office_name
    hostile = words("office").replace("\\", "\\\\").replace('"', '\\"')
    client = office.box.client()
    try:
        body = text.replace(office_name[0], f'name = "{hostile}"').encode()
        client.call("pack.propose", body, session=office.session, act=act_id(), seat=2, password=UNIT_HEAD.password)
    except Exception:  # the words of an office may be checked: then nothing is there to show
        pass
    finally:
        client.close()


def _walk(attacker: Attacker, words: HostileWords) -> tuple[dict[str, str], dict[str, Answer]]:
    """Every page that a link leads to, each template with the first few of its things, and every file but the PDFs."""
    query = urlencode({name: words(name) for name in ("text", "person", "camera", "from", "to", "order", "state")})
    asked = [
        route.path for route in ROUTES if route.method == "GET" and "{" not in route.path and route.answers == "page"
    ]
    waiting = [*asked, f"/cases?{query}", f"/login?{urlencode({'next': words('next')})}", "/nowhere/" + "%3Cscript%3E",
               f"/statements?{urlencode({'month': words('month')})}"]  # fmt: skip
    pages: dict[str, str] = {}
    files: dict[str, Answer] = {}
    seen: dict[str, int] = {}
    while waiting and len(pages) < MOST_PAGES:
        path = waiting.pop(0).split("#")[0]
        shape = _SHOWN.sub("0", path.split("?")[0]) + "?" * ("?" in path)
        if path in pages or path in files or seen.get(shape, 0) >= 6 or path.endswith("pdf"):
            continue
        seen[shape] = seen.get(shape, 0) + 1
        answer = attacker.get(path, "page that shows them")
        assert 0 < answer.status < 500, f"{path}: {answer.status}"
        if not answer.headers.get("content-type", "").startswith("text/html"):
            files[path] = answer
            continue
        pages[path] = answer.text
        links = sorted(PageReader(answer.text).links)
        waiting += [link if link.startswith("/") else path.split("?")[0] + link for link in links if link[:1] in "/?"]
    return pages, files


@pytest.mark.parametrize(
    "page",
    ["<p onclick=x()>", "<script>x()</script>", "<a href=' javascript:x()'>", "<img src=//evil.example/x>",
     "<p style='x'>", "<iframe srcdoc='x'>", "<base href=//evil>", "<form action=https://evil.example>"],
)  # fmt: skip
def test_what_would_run_is_found_in_a_page(page: str) -> None:
    assert PageReader(f"<html><body>{page}").runs


def test_every_page_shows_hostile_words_as_they_were_typed(planted: Planted) -> None:
    shown: set[str] = set()
    for path, page in planted.pages.items():
        found = PageReader(page)
        assert not found.runs, f"{path}: {found.runs}"
        shown |= {mark for mark, word in planted.words.within(found.text) if word in found.text}
        for mark, word in planted.words.within(found.text):
            whole = word in found.text or word[:12] in found.text or (mark in found.text and len(word) > 200)
            assert whole, f"{path}: {word!r} is shown otherwise"
    missed = {mark: planted.words.typed[mark][0] for mark in planted.words.typed if mark not in shown}
    assert len(shown) > len(planted.words.typed) / 2, missed
    assert len(planted.pages) > 40


def test_every_odt_has_them_as_text_and_no_element_more(planted: Planted) -> None:
    seen: set[str] = set()
    odts = {
        path: answer for path, answer in planted.files.items() if answer.body.startswith(b"PK") and path.endswith("odt")
    }
    for path, answer in odts.items():
        with zipfile.ZipFile(io.BytesIO(answer.body)) as package:
            assert not any(re.search("script|basic|object", name, re.IGNORECASE) for name in package.namelist())
            for name in (name for name in package.namelist() if name.endswith(".xml")):
                root = ElementTree.fromstring(package.read(name))
                kinds = {element.tag.rpartition("}")[2].lower() for element in root.iter()}
                assert not kinds & {"script", "scripts", "event-listener", "object", "applet", "plugin"}, path
                assert not any("javascript" in value for each in root.iter() for value in each.attrib.values())
                seen |= {mark for mark, word in planted.words.within("".join(root.itertext()))}
        assert "attachment" in answer.headers["content-disposition"]
    assert len(odts) >= 5
    assert len(seen) >= 8, seen


def _printed(attacker: Attacker, path: str) -> Answer | None:
    """None while the press is busy."""
    answer = attacker.get(path, "paper that shows them")
    return None if answer.status == 503 else answer


def test_every_pdf_has_them_as_text_and_nothing_that_runs(planted: Planted, tmp_path: Path) -> None:
    seen: set[str] = set()
    attacker = planted.office.attacker()
    wanted = [path.removesuffix("odt") + "pdf" for path in planted.files if "/cases/" in path and path.endswith("odt")]
    for path in sorted(wanted)[:3]:
        answer = until(partial(_printed, attacker, path), seconds=120, what=path)
        said = re.findall(r'notice-detail">[^<]*', answer.text)
        assert (answer.status, said) == (200, []), path
        assert answer.headers["content-type"] == "application/pdf"
        for name in (b"/JavaScript", b"/JS ", b"/Launch", b"/SubmitForm", b"/EmbeddedFile", b"/OpenAction"):
            assert name not in answer.body, f"{path}: {name!r}"
        file = tmp_path / "paper.pdf"
        file.write_bytes(answer.body)
        words = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, check=True).stdout.decode()
        seen |= {mark for mark, _ in planted.words.within("".join(words.split()))}
    attacker.close()
    assert len(seen) >= 8, seen


def test_no_table_that_is_saved_begins_a_cell_with_a_formula(planted: Planted) -> None:
    """``tests/rules/test_publication.py`` has hostile words in the list of cameras itself."""
    tables = {path for path, answer in planted.files.items() if "csv" in answer.headers.get("content-type", "")}
    assert "/cameras/list.csv" in tables
    for path in tables:
        text = planted.files[path].body.decode("utf-8-sig")
        assert not [cell for row in csv.reader(text.splitlines()) for cell in row if cell[:1] in tuple("=+-@")]


def test_no_name_that_was_typed_comes_into_a_header(planted: Planted) -> None:
    for path, answer in planted.files.items():
        for name, value in answer.fields:
            assert not re.search(r"planted|植入|<|\{\{", value), f"{path}: {name}: {value}"


@pytest.fixture(scope="module")
def page(office: AttackedOffice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    authority = Path(office.box.settings.layout.web, "ca.crt")
    with chromium(tmp_path_factory.mktemp("home"), authority) as browser:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        yield context.new_page()
        context.close()


def test_in_a_real_browser_nothing_of_it_runs_and_no_policy_is_broken(
    planted: Planted, page: Page, tally: Tally
) -> None:
    address = f"https://localhost:{planted.office.box.port}"
    cookie = {"name": "__Host-sid", "value": planted.office.session, "url": address, "secure": True, "httpOnly": True}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda told: said.append(told.text) if "Content Security" in told.text else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.add_init_script("window.planted = () => { window.wasPlanted = true; }")
    shapes: set[str] = set()
    for path, text in planted.pages.items():
        shape = _SHOWN.sub("0", path.split("?")[0])
        if "植入" not in text or shape in shapes:
            continue
        shapes.add(shape)
        tally.count("page in a browser")
        page.goto(address + path, wait_until="load")
        assert not page.evaluate("window.wasPlanted === true"), path
        assert not said, f"{path}: {said}"
    assert len(shapes) > 12, shapes


def test_the_page_of_figures_tells_no_more_than_was_tried(tally: Tally) -> None:
    tried, _, left = row_of("tests/attack/test_words.py")
    assert tried <= tally.total, f"{tally.total}: {dict(tally.tried)}"
    assert left == 0
