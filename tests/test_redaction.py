"""What people and logs see holds no credential, wherever a camera's address carries it."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.redaction import redact, url_secrets


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
