"""The office's certificate authority and its certificates, judged by OpenSSL's rules and by a real handshake."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from appliance.core.clock import local_time
from appliance.core.errors import UsageError
from appliance.vault.tls import Authority, SiteCertificate, fingerprint, is_due, issue, make_authority
from tests.vault.keycases import drawn

DAY_NS = 86_400 * 10**9
NOW_NS = 1_795_000_000 * 10**9
HOSTS = ("Recorder.local", "recorder.hro.example", "192.168.10.20")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority("信義戶政事務所", HOSTS, NOW_NS, drawn("tls"))


@pytest.fixture(scope="module")
def leaf(authority: Authority) -> SiteCertificate:
    return issue(authority, HOSTS, NOW_NS, drawn("leaf"))


def _shake_hands(authority: bytes, leaf: SiteCertificate, name: str, tmp_path: object, at_ns: int = NOW_NS) -> None:
    """A TLS handshake in memory, verified by OpenSSL as a client with this authority."""
    chain, key = f"{tmp_path}/chain", f"{tmp_path}/key"
    for path, data in ((chain, leaf.chain), (key, leaf.key)):
        with open(path, "wb") as file:
            file.write(data)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, key)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cadata=authority.decode())
    a_in, a_out, b_in, b_out = ssl.MemoryBIO(), ssl.MemoryBIO(), ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        (client.wrap_bio(a_in, a_out, server_hostname=name), a_out, b_in),
        (server.wrap_bio(b_in, b_out, server_side=True), b_out, a_in),
    ]
    done = [False, False]
    for _ in range(10):
        for number, (end, out, other) in enumerate(ends):
            try:
                if not done[number]:
                    end.do_handshake()
                    done[number] = True
            except ssl.SSLWantReadError:
                pass
            other.write(out.read())
    assert done == [True, True]


def test_a_client_with_the_authority_trusts_every_name(tmp_path: object) -> None:
    now_ns = _real_now()
    made = make_authority("Office", HOSTS, now_ns, drawn(1))
    served = issue(made, HOSTS, now_ns, drawn(2))
    for name in ("recorder.local", "recorder.hro.example", "192.168.10.20", "localhost", "127.0.0.1", "::1"):
        _shake_hands(made.certificate, served, name, tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        _shake_hands(made.certificate, served, "elsewhere.example", tmp_path)


@pytest.mark.parametrize("name", ["bank.example", "recorder.local.evil.example", "8.8.8.8"])
def test_the_authority_can_vouch_for_nobody_else_even_with_its_key(name: str, tmp_path: object) -> None:
    now_ns = _real_now()
    made = make_authority("Office", HOSTS, now_ns, drawn(1))
    with pytest.raises(UsageError):
        issue(made, (name,), now_ns, drawn(2))
    key = ec.generate_private_key(ec.SECP256R1())
    signer = serialization.load_der_private_key(made.key, None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    parent = x509.load_pem_x509_certificate(made.certificate)
    as_name: x509.GeneralName = x509.DNSName(name)
    if name[0].isdigit():
        as_name = x509.IPAddress(ipaddress.ip_address(name))
    forged = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(parent.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(parent.not_valid_before_utc)
        .not_valid_after(parent.not_valid_before_utc + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([as_name]), critical=True)
        .sign(signer, hashes.SHA256())
    )
    pem = forged.public_bytes(serialization.Encoding.PEM) + made.certificate
    served = SiteCertificate(
        pem,
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        _shake_hands(made.certificate, served, name, tmp_path)


def _real_now() -> int:
    from appliance.core.clock import SystemClock

    return SystemClock().wall_ns()


def test_the_authority_is_what_the_page_for_administrators_says(authority: Authority) -> None:
    certificate = x509.load_pem_x509_certificate(authority.certificate)
    basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical
    assert basic.value.ca
    assert basic.value.path_length == 0
    constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    names = {str(name.value) for name in constraints.value.permitted_subtrees or ()}
    assert {"recorder.local", "recorder.hro.example", "localhost", "192.168.0.0/16", "127.0.0.0/8"} <= names
    assert certificate.not_valid_after_utc - local_time(NOW_NS) > timedelta(days=3650)
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA256)


def test_a_certificate_lasts_397_days_and_is_due_two_months_before_its_end(leaf: SiteCertificate) -> None:
    certificate = x509.load_pem_x509_certificates(leaf.chain)[0]
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=397)
    assert not is_due(leaf.chain, NOW_NS)
    assert not is_due(leaf.chain, NOW_NS + 330 * DAY_NS)
    assert is_due(leaf.chain, NOW_NS + 340 * DAY_NS)
    assert is_due(leaf.chain, NOW_NS - 30 * DAY_NS), "the clock was wrong when it was issued"


def test_no_certificate_outlives_the_authority(authority: Authority) -> None:
    late = issue(authority, HOSTS, NOW_NS + 3500 * DAY_NS, drawn(3))
    certificate = x509.load_pem_x509_certificates(late.chain)[0]
    parent = x509.load_pem_x509_certificate(authority.certificate)
    assert certificate.not_valid_after_utc <= parent.not_valid_after_utc


def test_the_fingerprint_reads_as_browsers_show_it(authority: Authority) -> None:
    text = fingerprint(authority.certificate)
    pairs = text.split(":")
    assert len(pairs) == 32
    assert text == text.upper()
    assert bytes.fromhex("".join(pairs)) == x509.load_pem_x509_certificate(authority.certificate).fingerprint(
        hashes.SHA256()
    )


@pytest.mark.parametrize("host", ["has space.local", "-x.local", "a" * 64 + ".local", "", "8.8.8.8", "*.local"])
def test_a_name_that_cannot_stand_in_a_certificate_is_refused(host: str) -> None:
    with pytest.raises(UsageError):
        make_authority("Office", (host,), NOW_NS, drawn(1))
