"""What people and logs see holds no credential, wherever a camera's address carries it."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.redaction import redact, url_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://admin:hunter2@10.0.0.5/live: refused", "rtsp://***@10.0.0.5/live: refused"),
        ("HTTP://a:b@c@host/x", "HTTP://***@host/x"),
        ("opening 'http://host/cgi?usr=admin&pwd=hunter2&ch=1'", "opening 'http://host/cgi?usr=***&pwd=***&ch=1'"),
        ("rtsp://host/user=admin&password=hunter2&channel=1", "rtsp://host/user=***&password=***&channel=1"),
        ("Authorization: Basic YWRtaW46aHVudGVyMg==\nnext", "Authorization: ***\nnext"),
        ("monkey=3 stays", "monkey=3 stays"),
        ("rtsp://host:554/stream1 stays", "rtsp://host:554/stream1 stays"),
    ],
)
def test_credentials_go_and_the_rest_stays(text: str, shown: str) -> None:
    assert redact(text) == shown


@given(st.text(st.characters(min_codepoint=33, max_codepoint=0x2FFF), min_size=4), st.text(max_size=20))
def test_a_known_secret_goes_in_every_usual_spelling(secret: str, around: str) -> None:
    coded = base64.b64encode(secret.encode()).decode()
    for form in (secret, quote(secret), quote(secret, safe=""), coded):
        assert secret not in redact(f"{around}{form}{around}", [secret]).replace("***", "")


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20))
def test_the_password_of_an_address_is_known_as_typed_and_as_coded(password: str) -> None:
    found = url_secrets(f"rtsp://admin:{quote(password, safe='')}@host/live?token=abcdef")
    assert password in found
    assert quote(password, safe="") in found
    assert "abcdef" in found
    assert url_secrets("rtsp://host/live") == ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a camera at the back was lost: no data", "a camera at the back was lost: no data"),
        ("rtsp://a:a@10.0.0.5/a: refused", "rtsp://***@10.0.0.5/a: refused"),
        ("settings {'password': 'a', 'label': 'back'}", "settings {'password': '***', 'label': 'back'}"),
        ('{"password":"a"}', '{"password":"***"}'),
        ("account admin:a is refused", "account admin:*** is refused"),
        ("Password a is refused", "Password *** is refused"),
        ("secret=a&channel=1", "secret=***&channel=1"),
    ],
)
def test_a_short_secret_goes_where_it_stands_and_leaves_the_words_whole(text: str, shown: str) -> None:
    assert redact(text, ["a"]) == shown


@given(st.text("abc01:@. /=", min_size=1, max_size=3), st.sampled_from(["admin", "u"]))
def test_a_short_password_of_an_address_never_shows_in_it(password: str, user: str) -> None:
    address = f"rtsp://{user}:{quote(password, safe='')}@192.0.2.7/live"
    assert redact(f"{address}: lost", url_secrets(address)) == "rtsp://***@192.0.2.7/live: lost"
