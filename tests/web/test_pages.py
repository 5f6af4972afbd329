"""The pages over a keeper's double: what is asked of the keeper, what is shown, and that nothing typed is lost."""

from __future__ import annotations

import re

from appliance.errors import Damaged, NotWritable, Unavailable
from tests.web.keeper_double import PASSWORDS, START_NS, KeeperDouble
from tests.web.site import RunningSite
from tests.web.visitor import Visitor

SECOND = 1_000_000_000
ACT = "a" * 32


# --- the door ---


def test_logging_in_sets_one_strict_cookie_and_leads_to_the_page_asked_for(visitor: Visitor) -> None:
    assert visitor.get("/ledger?page=1").goes_to == "/login?next=%2Fledger%3Fpage%3D1"
    answer = visitor.post("/login", {"name": " officer ", "password": PASSWORDS["officer"], "next": "/ledger?page=1"})
    assert (answer.status, answer.goes_to) == (303, "/ledger?page=1")
    (cookie,) = visitor.set_cookies
    assert re.fullmatch(r"__Host-sid=[0-9a-f]{64}; HttpOnly; Path=/; SameSite=Strict; Secure", cookie)
    assert visitor.get("/ledger").status == 200


def test_a_log_in_leads_to_no_other_site(visitor: Visitor) -> None:
    for following in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", ""):
        answer = visitor.post("/login", {"name": "officer", "password": PASSWORDS["officer"], "next": following})
        assert answer.goes_to == "/"


def test_wrong_name_and_wrong_password_read_the_same_and_set_no_cookie(visitor: Visitor) -> None:
    answers = [
        visitor.post("/login", {"name": name, "password": "wrong", "next": "/cases"}) for name in ("officer", "nobody")
    ]
    assert [answer.status for answer in answers] == [403, 403]
    assert answers[0].text.replace("officer", "") == answers[1].text.replace("nobody", "")
    assert "wrong" not in answers[0].text
    assert 'value="/cases"' in answers[0].text
    assert visitor.cookies == {}


def test_a_one_time_code_may_hold_spaces(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.post("/login", {"name": "officer", "password": PASSWORDS["officer"], "totp": "123 456"})
    assert keeper.told("login")[0]["totp"] == "123456"


def test_the_second_person_joins_the_same_session_under_a_new_token(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    first = visitor.cookies["__Host-sid"]
    answer = visitor.post("/join", {"name": "head", "password": PASSWORDS["head"], "next": "/cases"})
    assert answer.goes_to == "/cases"
    assert visitor.cookies["__Host-sid"] != first
    page = visitor.get("/").text
    assert "陳怡君" in page
    assert "林志明" in page


def test_the_same_person_or_a_wrong_password_does_not_join(visitor: Visitor) -> None:
    visitor.log_in()
    for name, password in (("officer", PASSWORDS["officer"]), ("head", "wrong")):
        answer = visitor.post("/join", {"name": name, "password": password, "next": "/cases"})
        assert answer.status == 403
        assert "第二人登入" in answer.text
    assert "林志明" not in visitor.get("/").text


def test_logging_out_ends_the_session_at_the_keeper_and_clears_the_browser(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    answer = visitor.post("/logout")
    assert keeper.sessions == {}
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert "__Host-sid" not in visitor.cookies


def test_logging_out_of_a_session_that_is_over_is_no_error(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    keeper.drop_sessions()
    answer = visitor.post("/logout")
    assert (answer.status, answer.goes_to) == (303, "/login")
    assert "__Host-sid" not in visitor.cookies


def test_a_session_that_is_over_says_so_at_the_door(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    keeper.drop_sessions()
    assert visitor.get("/").goes_to == "/login"
    assert "登入已結束" in visitor.get("/login").text
    assert "__Host-sid" not in visitor.cookies


# --- language, trial, errors ---


def test_the_language_stays_chosen_and_the_page_says_which_it_is(visitor: Visitor) -> None:
    assert '<html lang="zh-Hant-TW">' in visitor.get("/login").text
    assert visitor.post("/language", {"lang": "en", "next": "/trust"}).goes_to == "/trust"
    page = visitor.get("/login").text
    assert '<html lang="en">' in page
    assert "Log in" in page
    visitor.post("/language", {"lang": "xx"})
    assert visitor.cookies["__Host-lang"] == "en"


def test_a_trial_says_so_on_every_page_and_an_office_does_not(visitor: Visitor, keeper: KeeperDouble) -> None:
    assert "訓練" not in visitor.get("/login").text
    keeper.trial = True
    assert "訓練" in visitor.get("/login").text
    visitor.log_in()
    for path in ("/", "/cases", "/cases/new", "/ledger", "/trust", "/nowhere"):
        assert 'class="trial"' in visitor.get(path).text, path


def test_errors_of_the_keeper_are_pages_in_the_readers_language(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    for error, status, words in (
        (Unavailable("status: keeper does not answer"), 503, "系統暫時無法回應"),
        (NotWritable("ledger: disk full"), 503, "無法寫入紀錄"),
        (Damaged("ledger: entry 7 is damaged"), 500, "資料驗證不符"),
        (ValueError("inner words"), 500, "系統內部錯誤"),
    ):
        keeper.fail_next["status"] = error
        answer = visitor.get("/")
        assert answer.status == status
        assert words in answer.text
        assert "inner words" not in answer.text


def test_without_the_keeper_there_is_a_page_that_says_recording_goes_on(site: RunningSite) -> None:
    visitor = Visitor(site)
    for path in ("/", "/login", "/trust"):
        answer = visitor.get(path)
        assert answer.status in (303, 503)
    assert "錄影不受影響" in visitor.get("/trust").text


# --- the certificate ---


def test_the_certificate_is_offered_without_a_log_in_with_its_fingerprint(visitor: Visitor, site: RunningSite) -> None:
    import hashlib
    import ssl

    page = visitor.get("/trust").text
    pem = visitor.get("/trust/ca.crt").body
    digits = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode())).hexdigest().upper()
    shown = "".join(re.findall(r"<span>([0-9A-F:]{23})</span>", page)).replace(":", "")
    assert pem == site.authority.read_bytes()
    assert shown == digits


# --- status ---


def test_status_shows_every_camera_by_word_and_the_data_says_the_same(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    keeper.states["1-02"] = "lost"
    page, data = visitor.get("/").text, visitor.get("/status/now", fetched=True).data
    assert "2 支監視器中僅 1 支錄影中" in page
    assert data["headline"] == "2 支監視器中僅 1 支錄影中"
    for camera in data["cameras"]:
        for field in ("state_text", "written", "held", "earliest", "gaps"):
            assert camera[field] in page
    assert [call["active"] for call in keeper.told("status")] == [True, False]


# --- a request ---


def test_a_request_is_received_once_however_often_it_is_sent(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    assert [visitor.receive().goes_to for _ in range(3)] == ["/cases/113-0001?received=1"] * 3
    told = keeper.told("case.receive")[0]
    assert told["cameras"] == ["1-01", "1-02"]
    assert (told["start_ns"], told["end_ns"]) == (START_NS, START_NS + 2400 * SECOND)
    assert len(keeper.cases) == 1


def test_a_form_with_mistakes_comes_back_whole_with_each_named_and_linked(visitor: Visitor) -> None:
    visitor.log_in()
    answer = visitor.receive(reason="皮夾 <b>遺失</b>", cameras=[], **{"to.year": "113/9/27 13:00"})
    assert answer.status == 400
    assert "皮夾 &lt;b&gt;遺失&lt;/b&gt;" in answer.text
    for target in re.findall(r'<li><a href="#([^"]+)"', answer.text):
        assert f'id="{target}"' in answer.text
    assert 'aria-describedby="to-hint to-problem"' in answer.text
    assert 'value="113"' in answer.text
    assert f'name="act" value="{ACT}"' in answer.text


def test_what_was_typed_is_a_draft_until_it_is_sent(visitor: Visitor) -> None:
    visitor.log_in()
    saved = visitor.post("/cases/new/draft", {"act": ACT, "reason": "半途", "cameras": "1-02"})
    assert saved.data == {"saved": True}
    assert f"/cases/new?draft={ACT}" in visitor.get("/cases/new").text
    again = visitor.get(f"/cases/new?draft={ACT}").text
    assert "半途" in again
    assert re.search(r'value="1-02" checked', again)
    visitor.receive()
    assert ACT not in visitor.get("/cases/new").text


def test_a_submit_after_the_log_in_ran_out_keeps_what_was_typed_for_the_next_log_in(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    visitor.post("/cases/new/draft", {"act": ACT, "reason": "半途"})
    keeper.drop_sessions()
    answer = visitor.receive(reason="全部寫完了")
    assert answer.goes_to == f"/login?next=/cases/new%3Fdraft%3D{ACT}"
    visitor.cookies.clear()
    visitor.log_in()
    assert "全部寫完了" in visitor.get(f"/cases/new?draft={ACT}").text
    assert keeper.cases == {}


def test_a_draft_is_nobody_elses_and_can_be_thrown_away(visitor: Visitor, site: RunningSite) -> None:
    visitor.log_in()
    visitor.post("/cases/new/draft", {"act": "c" * 32, "reason": "秘密"})
    other = Visitor(site)
    other.log_in("head")
    assert "秘密" not in other.get(f"/cases/new?draft={'c' * 32}").text
    visitor.post("/cases/new/discard", {"act": "c" * 32})
    assert "秘密" not in visitor.get("/cases/new").text


def test_a_keeper_that_cannot_write_keeps_the_draft(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    visitor.post("/cases/new/draft", {"act": ACT, "reason": "半途"})
    keeper.fail_next["case.receive"] = NotWritable("ledger: disk full")
    assert visitor.receive().status == 503
    assert "半途" in visitor.get("/cases/new").text


# --- a case ---


def test_a_case_asks_for_a_second_person_and_then_for_that_persons_decision(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    case = visitor.receive().goes_to.split("?")[0]
    assert 'action="/join"' in visitor.get(case).text
    visitor.join()
    page = visitor.get(case).text
    assert "由 林志明 核定" in page
    assert 'name="seat" value="2"' in page
    form = {"act": "d" * 32, "result": "granted", "seat": "2", "password": PASSWORDS["head"]}
    assert visitor.post(f"{case}/decide", form).goes_to == case
    assert keeper.cases["113-0001"]["state"] == "granted"
    assert "准予調閱" in visitor.get(case).text


def test_a_refusal_needs_its_reason_and_a_wrong_password_decides_nothing(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    case = visitor.receive().goes_to.split("?")[0]
    visitor.join()
    form = {"act": "d" * 32, "result": "refused", "seat": "2", "password": "wrong"}
    assert "請填寫否准原因" in visitor.post(f"{case}/decide", form).text
    assert "請選擇准予或否准" in visitor.post(f"{case}/decide", form | {"result": ""}).text
    wrong = visitor.post(f"{case}/decide", form | {"reason": "與事由不符"})
    assert wrong.status == 403
    assert "與事由不符" in wrong.text
    assert "密碼或驗證碼不符" in wrong.text
    assert keeper.cases["113-0001"]["state"] == "received"
    visitor.post(f"{case}/decide", form | {"reason": "與事由不符", "password": PASSWORDS["head"]})
    page = visitor.get(case).text
    assert "與事由不符" in page
    assert "否准調閱" in page


def test_two_who_may_not_decide_are_told_who_may(visitor: Visitor) -> None:
    visitor.log_in()
    case = visitor.receive().goes_to.split("?")[0]
    visitor.join("third")
    assert "核定人須為單位主管或主任" in visitor.get(case).text


def test_a_case_is_closed_by_an_officer(visitor: Visitor, keeper: KeeperDouble) -> None:
    path = visitor.open_viewing()
    visitor.post(f"{path}/end", {"case": "113-0001"})
    assert "結案" in visitor.get("/cases/113-0001").text
    assert visitor.post("/cases/113-0001/close", {"act": "e" * 32}).goes_to == "/cases/113-0001"
    assert keeper.cases["113-0001"]["state"] == "closed"


def test_cases_are_searched_by_words_and_state(visitor: Visitor) -> None:
    visitor.log_in()
    visitor.receive("1" * 32, reason="皮夾遺失")
    visitor.receive("2" * 32, reason="櫃檯爭議")
    page = visitor.get("/cases?q=%E7%88%AD%E8%AD%B0").text
    assert "113-0002" in page
    assert "113-0001" not in page
    assert "查無符合" in visitor.get("/cases?state=granted").text


def test_an_unknown_case_is_not_found(visitor: Visitor) -> None:
    visitor.log_in()
    assert visitor.get("/cases/113-9999").status == 404


# --- a viewing ---


def test_opening_needs_two_people_and_a_keyholders_password(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    case = visitor.receive().goes_to.split("?")[0]
    visitor.join()
    visitor.post(f"{case}/decide", {"act": "d", "result": "granted", "seat": "2", "password": PASSWORDS["head"]})
    wrong = visitor.post(f"{case}/view", {"seat": "1", "password": "wrong"})
    assert (wrong.status, keeper.grants) == (403, {})
    opened = visitor.post(f"{case}/view", {"seat": "1", "password": PASSWORDS["officer"]})
    assert re.fullmatch(r"/viewing/[0-9a-f]{32}", opened.goes_to)
    assert opened.goes_to in visitor.get(case).text


def test_at_41_without_the_second_log_in_the_play_button_stays_off(visitor: Visitor, keeper: KeeperDouble) -> None:
    path = visitor.open_viewing()
    assert "<or-player" in visitor.get(path).text
    session = visitor.cookies["__Host-sid"]
    keeper.sessions[session] = keeper.sessions[session][:1]
    page = visitor.get(path).text
    assert "<or-player" not in page
    assert re.search(r"<button[^>]* disabled>播放</button>", page)
    assert visitor.get(f"{path}/media?camera=1-01&start_ns={START_NS}&seconds=5", fetched=True).status == 403
    assert visitor.get(f"{path}/here", fetched=True).status == 401


def test_the_viewing_page_lists_its_gaps_with_their_causes(visitor: Visitor) -> None:
    page = visitor.get(visitor.open_viewing()).text
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>.*?</tr>', page)
    assert rows == ["1-01", "1-02", "1-01", "1-02"]
    assert "監視器連線中斷" in page
    assert "停電" in page


def test_ending_says_why_and_kills_every_address(visitor: Visitor, keeper: KeeperDouble) -> None:
    path = visitor.open_viewing()
    media = f"{path}/media?camera=1-01&start_ns={START_NS}&seconds=5"
    assert visitor.get(media, fetched=True).status == 200
    assert visitor.post(f"{path}/end", {"reason": "filming", "case": "113-0001"}).goes_to == "/cases/113-0001"
    assert keeper.told("viewing.end")[0]["reason"] == "filming"
    for address in (media, f"{path}/key?camera=1-01&at_ns={START_NS}"):
        assert visitor.get(address, fetched=True).status == 404
    assert visitor.get(path).status == 404


def test_the_end_leads_nowhere_but_to_a_case(visitor: Visitor) -> None:
    path = visitor.open_viewing()
    assert visitor.post(f"{path}/end", {"case": "../../evil?x"}).goes_to == "/cases"


# --- media ---


def test_media_passes_through_as_the_keeper_streams_it(visitor: Visitor, keeper: KeeperDouble) -> None:
    path = visitor.open_viewing()
    answer = visitor.get(
        f"{path}/media?camera=1-01&start_ns={START_NS + 5 * SECOND}&seconds=4&codecs=hevc,h264,vp9", fetched=True
    )
    assert answer.status == 200
    assert answer.headers["content-type"].startswith('video/mp4; codecs="avc1.')
    assert answer.body[4:8] == b"ftyp"
    assert answer.body.count(b"moof") >= 8
    assert int(answer.headers["x-start-ns"]) == START_NS + 4 * SECOND
    assert int(answer.headers["x-next-ns"]) == int(answer.headers["x-end-ns"])
    told = keeper.told("viewing.media")[0]
    assert (told["seconds"], told["video_codecs"]) == (4.0, ["hevc", "h264"])


def test_at_40_one_second_past_the_approved_end_there_is_nothing(visitor: Visitor) -> None:
    path = visitor.open_viewing()
    end = START_NS + 2400 * SECOND
    for at in (START_NS - SECOND, end, end + SECOND):
        answer = visitor.get(f"{path}/media?camera=1-01&start_ns={at}&seconds=1", fetched=True)
        assert (answer.status, b"moof" in answer.body) == (403, False)
    last = visitor.get(f"{path}/media?camera=1-01&start_ns={end - SECOND}&seconds=10", fetched=True)
    assert last.headers["x-next-ns"] == ""


def test_at_most_ten_seconds_and_only_well_formed_questions_are_passed_on(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    path = visitor.open_viewing()
    keeper.calls.clear()
    for query in (
        f"camera=1-01&start_ns={START_NS}&seconds=10.5",
        f"camera=1-01&start_ns={START_NS}&seconds=0",
        f"camera=1-01&start_ns={START_NS}&seconds=nan",
        f"camera=1-01&start_ns={START_NS}&seconds=inf",
        f"camera=1-01&start_ns={START_NS}",
        "camera=1-01&start_ns=-1&seconds=1",
        "camera=1-01&start_ns=1e9&seconds=1",
        f"camera=1-01&start_ns={'9' * 30}&seconds=1",
        f"start_ns={START_NS}&seconds=1",
        f"camera={'x' * 65}&start_ns={START_NS}&seconds=1",
    ):
        assert visitor.get(f"{path}/media?{query}", fetched=True).status == 400, query
    assert keeper.calls == []


def test_the_key_picture_comes_with_the_time_of_its_frame(visitor: Visitor) -> None:
    path = visitor.open_viewing()
    answer = visitor.get(f"{path}/key?camera=1-02&at_ns={START_NS + 3 * SECOND}", fetched=True)
    assert answer.headers["content-type"] == "image/jpeg"
    assert int(answer.headers["x-at-ns"]) <= START_NS + 3 * SECOND
    assert answer.body[:2] == b"\xff\xd8"


def test_what_was_shown_is_handed_on_and_nonsense_is_not(visitor: Visitor, keeper: KeeperDouble) -> None:
    path = visitor.open_viewing()
    span = {"camera_no": "1-01", "start_ns": str(START_NS), "end_ns": str(START_NS + SECOND)}
    assert visitor.post_data(f"{path}/shown", {"spans": [span]}).status == 200
    assert keeper.told("viewing.shown")[0]["spans"] == [
        {"camera_no": "1-01", "start_ns": START_NS, "end_ns": START_NS + SECOND}
    ]
    for wrong in ([], {"spans": [{**span, "start_ns": "x"}]}, {"spans": [{**span, "more": 1}]}, {"spans": 1}):
        assert visitor.post_data(f"{path}/shown", wrong).status == 400
    assert len(keeper.told("viewing.shown")) == 1


# --- the ledger ---


def test_the_ledger_is_paged_newest_first_with_its_head(visitor: Visitor, keeper: KeeperDouble) -> None:
    for number in range(60):
        keeper._enter("case.received", case=f"113-{number:04d}", asked=[])
    visitor.log_in()
    first, second = visitor.get("/ledger").text, visitor.get("/ledger?page=2").text
    indexes = [int(found) for found in re.findall(r'id="entry-(\d+)"', first + second)]
    assert indexes == list(range(61, -1, -1))
    assert len(re.findall(r'id="entry-', first)) == 50
    assert keeper._root() in first
    assert "office.example/recorder" in first
    for odd in ("0", "-1", "x", "9" * 20, "7"):
        assert visitor.get(f"/ledger?page={odd}").status == 200
