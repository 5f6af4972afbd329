"""The office's certificates judged by programs of others: OpenSSL's strict rules, GnuTLS, and Python's default context.

Each speaks to the product's own site over a real socket, and each is shown to refuse what it should: the same site
under an authority of another office.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.core.clock import SystemClock
from appliance.vault.tls import make_authority
from tests.patience import PATIENCE_SECONDS
from tests.vault.keycases import drawn
from tests.web.site import RunningSite

Judge = Callable[[RunningSite, Path], tuple[int, str]]
"""A program that asks the site with one authority trusted: its exit status and all it said."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """The product's site, whose certificates ``make_authority`` and ``issue`` made; nothing behind it is asked."""
    with RunningSite(tmp_path_factory.mktemp("judged")) as running:
        yield running


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stranger") / "ca.crt"
    made = make_authority("Another office", ("localhost",), SystemClock().wall_ns(), drawn("stranger"))
    path.write_bytes(made.certificate)
    return path


def _port(site: RunningSite) -> str:
    return site.address.rpartition(":")[2]


def _openssl(site: RunningSite, authority: Path) -> tuple[int, str]:
    return _asked(
        "openssl", "s_client", "-connect", f"127.0.0.1:{_port(site)}", "-servername", "localhost", "-verify_hostname",
        "localhost", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile", str(authority), "-verify_return_error",
    )  # fmt: skip


def _gnutls(site: RunningSite, authority: Path) -> tuple[int, str]:
    return _asked(
        "gnutls-cli", "--x509cafile", str(authority), "--verify-hostname", "localhost", "--sni-hostname", "localhost",
        "--port", _port(site), "127.0.0.1",
    )  # fmt: skip


_PYTHON = """
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[1])
assert sys.version_info < (3, 13) or context.verify_flags & ssl.VERIFY_X509_STRICT
print(urllib.request.urlopen(sys.argv[2], context=context, timeout=60).status)
"""


def _python(site: RunningSite, authority: Path) -> tuple[int, str]:
    return _asked(sys.executable, "-I", "-c", _PYTHON, str(authority), f"{site.address}/trust/ca.crt")


def _asked(*command: str) -> tuple[int, str]:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    return done.returncode, done.stdout + done.stderr


JUDGES = [
    pytest.param(_openssl, "Verify return code: 0 (ok)", "verify failed", id="openssl-x509-strict"),
    pytest.param(_gnutls, "Status: The certificate is trusted.", "NOT trusted", id="gnutls-cli"),
    pytest.param(_python, "200", "CERTIFICATE_VERIFY_FAILED", id="python-default-context"),
]


@pytest.mark.tls
@pytest.mark.parametrize(("judge", "trusted", "distrusted"), JUDGES)
def test_another_s_program_trusts_the_site_under_its_authority(
    site: RunningSite, judge: Judge, trusted: str, distrusted: str
) -> None:
    status, said = judge(site, site.authority)
    assert status == 0, said
    assert trusted in said
    assert distrusted not in said


@pytest.mark.tls
@pytest.mark.parametrize(("judge", "trusted", "distrusted"), JUDGES)
def test_it_does_not_trust_the_site_under_another_office_s_authority(
    site: RunningSite, stranger: Path, judge: Judge, trusted: str, distrusted: str
) -> None:
    status, said = judge(site, stranger)
    assert status != 0, said
    assert distrusted in said
