"""Scans in pages: the part that a case and a hold embed, a form that streams its file, pages as pictures, the file as
an attachment, and refusals that lose nothing that was typed."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from appliance.core.errors import NotWritable, UsageError
from appliance.rules.scans import MAX_SCAN_BYTES, SUBJECTS
from appliance.web.i18n.messages import Messages, read_messages
from tests.scanfiles import BAD, jpeg, pdf, png
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.site import RunningSite
from tests.web.visitor import Answer, Visitor

ACT = "a" * 32


def form(data: bytes | None, name: str = "scan.pdf", **fields: str) -> tuple[dict[str, str], bytes]:
    """(headers, body) of the form as a browser sends it: the fields, then both file inputs, the second one empty."""
    parts = [
        b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s' % (key.encode(), value.encode())
        for key, value in ({"act": ACT, "kind": "form", "note": ""} | fields).items()
    ]
    for chosen, content in ((name if data is not None else "", data or b""), ("", b"")):
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n' % chosen.encode()
        parts.append(head + b"Content-Type: application/octet-stream\r\n\r\n" + content)
    return {"Content-Type": "multipart/form-data; boundary=b"}, b"\r\n".join([*parts, b"--b--\r\n"])


def send(visitor: Visitor, path: str, data: bytes | None, name: str = "scan.pdf", **fields: str) -> Answer:
    headers, body = form(data, name, **fields)
    same = {"Sec-Fetch-Site": "same-origin", "Origin": visitor.origin}
    return visitor.ask("POST", path, headers | same, body)


def heads(site: RunningSite, visitor: Visitor, more: dict[str, str], length: int) -> str:
    """The header lines of a submit that promises ``length`` bytes."""
    lines = {"Host": f"localhost:{site.settings.web.port}", "Origin": visitor.origin, "Sec-Fetch-Site": "same-origin"}
    lines |= {"Cookie": f"__Host-sid={visitor.cookies['__Host-sid']}", "Content-Length": str(length), **more}
    return "".join(f"{name}: {value}\r\n" for name, value in lines.items())


@contextlib.contextmanager
def opened(site: RunningSite) -> Iterator[ssl.SSLSocket]:
    tls = ssl.create_default_context(cafile=str(site.authority))
    with (
        socket.create_connection(("localhost", site.settings.web.port), timeout=120) as raw,
        tls.wrap_socket(raw, server_hostname="localhost") as sock,
    ):
        yield sock


@pytest.fixture
def case(visitor: Visitor) -> str:
    """The path of a case's page, seen by its officer."""
    visitor.log_in()
    return visitor.receive()


@pytest.fixture
def scans(case: str) -> str:
    return case.replace("/cases/", "/scans/case/")


def test_AT_73_a_case_s_page_takes_in_a_scan_and_lists_it(
    visitor: Visitor, keeper: KeeperDouble, case: str, scans: str
) -> None:
    page = visitor.get(case).text
    assert f'action="{scans}" enctype="multipart/form-data"' in page
    assert 'capture="environment"' in page
    data = pdf(3)
    answer = send(visitor, scans, data, "附件2.pdf", note="櫃檯收件")
    assert answer.status == 303
    assert answer.goes_to == f"{case}?scan=S113-0001#scans"
    begun, put = keeper.told("scan.begin")[0], keeper.told("scan.put")[0]
    assert (begun["of"], begun["kind"], begun["name"], begun["note"]) == (
        case.replace("/cases/", "case/"),
        "form",
        "附件2.pdf",
        "櫃檯收件",
    )
    assert put["act"] == ACT
    assert keeper.brought[put["upload"]] == data
    page = visitor.get(answer.goes_to.split("#")[0]).text
    assert "已收存掃描檔 S113-0001" in page
    assert 'href="/scan/S113-0001"' in page
    assert "櫃檯收件" in page


def test_a_large_file_goes_on_piece_by_piece(visitor: Visitor, keeper: KeeperDouble, scans: str) -> None:
    data = b"%PDF-" + bytes(5_000_000)
    assert send(visitor, scans, data).status == 303
    pieces = len(keeper.told("scan.more"))
    assert pieces == 5
    assert keeper.brought[keeper.told("scan.put")[0]["upload"]] == data


def test_a_hold_s_page_has_them_too(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    visitor.post(
        "/holds/new",
        {
            "act": visitor.act, "ground": "preserve", "cameras": ["1-01"], "from.year": "113/9/27 14:00",
            "to.year": "113/9/27 14:40", "reason": "口頭", "agency": "萬華分局", "seat": "1",
        },
    )  # fmt: skip
    (number,) = keeper.holds
    answer = send(visitor, f"/scans/hold/{number}", png(), "letter.png", kind="letter")
    assert answer.goes_to == f"/holds/{number}?scan=S113-0001#scans"
    page = visitor.get(f"/holds/{number}").text
    assert 'href="/scan/S113-0001"' in page
    assert f'action="/scans/hold/{number}"' in page


def test_what_is_refused_says_so_in_the_reader_s_language_and_keeps_what_was_typed(
    visitor: Visitor, keeper: KeeperDouble, scans: str
) -> None:
    keeper.fail_next["scan.put"] = UsageError.of("scan-encrypted")
    answer = send(visitor, scans, pdf(), kind="mandate", note="委託人親簽")
    assert answer.status == 400
    assert "PDF 有密碼或加密；請另存為未加密之 PDF 再送。" in answer.text
    assert "the PDF is encrypted" not in answer.text
    assert '<option value="mandate" selected>' in answer.text
    assert 'value="委託人親簽"' in answer.text
    assert keeper.dropped == ["upload-1"], "the keeper was told that nobody goes on"
    visitor.post("/language", {"lang": "en", "next": "/"})
    keeper.fail_next["scan.more"] = NotWritable(
        "scan: it cannot be stored (No space left on device); nothing of it was kept"
    )
    answer = send(visitor, scans, pdf())
    assert answer.status == 503
    assert "scan: it cannot be stored (No space left on device)" in answer.text


@pytest.mark.parametrize(
    ("data", "headers", "said"),
    [
        (None, {}, "未選擇檔案"),
        (b"x", {"Content-Type": "application/x-www-form-urlencoded"}, "表單未附檔案"),
        (b"x", {"Content-Type": "multipart/form-data; boundary=other"}, "未選擇檔案|表單無法讀取"),
        (b"x", {"Content-Type": "multipart/form-data"}, "表單無法讀取"),
        (b"x", {"Content-Type": "multipart/mixed; boundary=b"}, "表單未附檔案"),
    ],
)
def test_a_form_without_a_file_or_that_is_none_reaches_the_keeper_with_nothing(
    visitor: Visitor, keeper: KeeperDouble, scans: str, data: bytes | None, headers: dict[str, str], said: str
) -> None:
    sent, body = form(data)
    answer = visitor.ask(
        "POST", scans, {**sent, "Sec-Fetch-Site": "same-origin", "Origin": visitor.origin, **headers}, body
    )
    assert answer.status == 400
    assert any(words in answer.text for words in said.split("|")), answer.text[-3000:]
    assert keeper.told("scan.begin") == []


def test_a_form_without_its_act_or_with_a_field_without_end_is_refused(
    visitor: Visitor, keeper: KeeperDouble, scans: str
) -> None:
    assert send(visitor, scans, pdf(), act="../x").status == 400
    assert send(visitor, scans, pdf(), note="x" * 9_000).status == 400
    assert keeper.told("scan.begin") == []


def test_what_says_that_it_is_too_large_is_not_read(site: RunningSite, visitor: Visitor, scans: str) -> None:
    """No byte of the body was sent when the answer is there."""
    lines = heads(site, visitor, {"Content-Type": "multipart/form-data; boundary=b"}, MAX_SCAN_BYTES * 9)
    with opened(site) as sock:
        sock.sendall(f"POST {scans} HTTP/1.1\r\n{lines}\r\n".encode())
        assert sock.recv(64).startswith(b"HTTP/1.1 400")


def test_a_file_that_stops_coming_is_given_up_and_the_keeper_told(
    site: RunningSite, visitor: Visitor, keeper: KeeperDouble, scans: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.web.pages.scans.upload._SILENT_SECONDS", 0.2)
    headers, body = form(bytes(2_000_000))
    with opened(site) as sock:
        lines = heads(site, visitor, headers, len(body))
        sock.sendall(f"POST {scans} HTTP/1.1\r\n{lines}\r\n".encode() + body[:1_500_000])
        assert sock.recv(64).startswith(b"HTTP/1.1 503")
    assert keeper.dropped == ["upload-1"]
    assert keeper.scans == {}


def test_pages_are_pictures_that_were_drawn_and_the_file_goes_out_as_an_attachment_alone(
    visitor: Visitor, keeper: KeeperDouble, scans: str
) -> None:
    data = pdf(3)
    send(visitor, scans, data)
    page = visitor.get("/scan/S113-0001?page=2").text
    assert 'src="/scan/S113-0001/page/2"' in page
    assert 'rel="next" href="/scan/S113-0001?page=3"' in page
    assert "第 2 頁，共 3 頁" in page
    picture = visitor.get("/scan/S113-0001/page/2")
    assert (picture.status, picture.headers["content-type"], picture.body[:4]) == (200, "image/png", b"\x89PNG")
    assert visitor.get("/scan/S113-0001/original").status == 405, "no address shows the file"
    file = visitor.post("/scan/S113-0001/original")
    assert file.body == data
    assert file.headers["content-disposition"] == 'attachment; filename="S113-0001.pdf"'
    assert (file.headers["content-type"], file.headers["x-content-type-options"]) == ("application/pdf", "nosniff")
    assert file.headers["content-security-policy"].startswith("sandbox")
    assert file.headers["cache-control"] == picture.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/scan/S113-0009", "/scan/..%2F..%2Fetc%2Fpasswd", "/scan/S113-0001/page/0", "/scan/S113-0001/page/99",
        "/scan/S113-0001/page/1e3", "/scan/S113-0001/page/%C2%B2", "/scans/disk/1-01", "/scans/case/", "/scans/case",
        "/scan/S113-0001?page=x",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(visitor: Visitor, scans: str, path: str) -> None:
    send(visitor, scans, pdf(3))
    assert visitor.get(path).status == 404


def test_a_wrong_scan_is_struck_with_a_reason_and_stays_in_sight(
    visitor: Visitor, keeper: KeeperDouble, case: str, scans: str
) -> None:
    send(visitor, scans, jpeg(), "a.jpg")
    answer = visitor.post("/scan/S113-0001/strike", {"act": ACT, "reason": " "})
    assert answer.status == 403
    assert "未註記作廢" in answer.text
    answer = visitor.post("/scan/S113-0001/strike", {"act": ACT, "reason": "掃到別案"})
    assert answer.goes_to == f"{case}#scans"
    page = visitor.get(case).text
    assert "作廢之掃描檔（1）" in page
    assert "掃到別案" in page
    assert "/strike" not in visitor.get("/scan/S113-0001").text


def test_T_62_a_scan_whose_term_is_over_is_destroyed_by_two_and_stays_in_the_list(
    visitor: Visitor, keeper: KeeperDouble, case: str, scans: str
) -> None:
    send(visitor, scans, jpeg(), "a.jpg")
    visitor.post("/join", {"name": "head", "password": PASSWORDS["head"]})
    page = visitor.get("/scan/S113-0001").text
    assert "再保存 5 年" in page
    assert "/destroy" not in page
    keeper.term_from = "2024-09-01"
    assert "自 113/09/01 起得經核准銷毀" in visitor.get("/scan/S113-0001").text
    typed = {"act": ACT, "reason": "逾保存年限", "document": "", "password-1": PASSWORDS["officer"],
             "password-2": PASSWORDS["head"]}  # fmt: skip
    answer = visitor.post("/scan/S113-0001/destroy", typed)
    assert answer.status == 403
    assert "未銷毀" in answer.text
    assert "逾保存年限</textarea>" in answer.text
    answer = visitor.post("/scan/S113-0001/destroy", {**typed, "document": "萬戶行字第1號"})
    assert answer.goes_to == f"{case}#scans"
    assert "已銷毀" in visitor.get(case).text
    page = visitor.get("/scan/S113-0001").text
    assert "逾保存年限（萬戶行字第1號）" in page
    assert "/destroy" not in page
    assert "/original" not in page


def test_whoever_may_not_is_offered_nothing(visitor: Visitor, keeper: KeeperDouble, case: str, scans: str) -> None:
    send(visitor, scans, pdf())
    for seats in keeper.sessions.values():
        seats[0]["roles"] = ["secretary"]
    page = visitor.get(case).text
    assert 'enctype="multipart/form-data"' not in page
    assert 'href="/scan/S113-0001"' in page
    page = visitor.get("/scan/S113-0001").text
    assert "/original" not in page
    assert "/strike" not in page
    assert visitor.post("/scan/S113-0001/original").status == 403


def test_what_was_typed_is_text_and_nothing_else(visitor: Visitor, keeper: KeeperDouble, case: str, scans: str) -> None:
    send(visitor, scans, pdf(), "x.pdf", note='"><script>alert(1)</script>')
    for scan in keeper.scans.values():
        scan["name"] = "<img src=x onerror=alert(1)>.pdf"
    for page in (visitor.get(case).text, visitor.get("/scan/S113-0001").text):
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_every_refusal_of_a_file_is_said_in_chinese(messages: Messages, refusals: list[UsageError]) -> None:
    assert len(refusals) > 40
    for refusal in refusals:
        assert messages.said(refusal, "zh"), refusal


def test_every_kind_of_paper_has_its_word(messages: Messages) -> None:
    for row in SUBJECTS.values():
        assert all(f"scan-kind.{kind}" in messages for kind in row.kinds)


@pytest.fixture(scope="module")
def messages() -> Messages:
    return read_messages()


@pytest.fixture(scope="module")
def refusals() -> list[UsageError]:
    """What the decoders say of every bad file, and the names that are refused."""
    from appliance.rules.scans import check_name, check_type
    from appliance.sandbox.scan import Scan

    found: list[UsageError] = []

    def refused(ask: Any) -> None:
        with pytest.raises(UsageError) as error:
            ask()
        found.append(error.value)

    for make, _ in BAD.values():
        scan = Scan()
        scan.add(make())
        refused(scan.look)
    for name in ("a/b.pdf", "x" * 300, "a.exe"):
        refused(lambda name=name: check_name(name))
    refused(lambda: check_type("a.png", "pdf"))
    return found


def test_a_name_with_semicolons_is_the_files_own(visitor: Visitor, keeper: KeeperDouble, scans: str) -> None:
    assert send(visitor, scans, pdf(), "一;二;三.pdf").status == 303
    assert keeper.scans["S113-0001"]["name"] == "一;二;三.pdf"
