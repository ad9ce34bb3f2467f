"""The outgoing client meets hostile URLs, names and servers."""

import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from apps.gateway.client import FetchRefusedError, fetch_json, is_public, read_url
from tests.factories.web import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as started:
        yield started


@pytest.fixture
def public_only(settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = False


def test_json_of_this_machine_is_fetched_where_that_is_allowed(site: Site) -> None:
    site.body = b'{"keys": []}'

    found = fetch_json(site.url("/jwks?v=1"))

    assert found == {"keys": []}
    assert site.asked == [("/jwks?v=1", f"127.0.0.1:{site.address[1]}")]


@pytest.mark.usefixtures("public_only")
@pytest.mark.parametrize(
    "url",
    (
        "http://partner.example/jwks",
        "ftp://partner.example/jwks",
        "file:///etc/passwd",
        "https:///jwks",
        "https://partner.example:0/",
        "https://partner.example:99999/",
        "https://user@partner.example/",
        "https://user:word@partner.example/",
        "https://[::1/",
        "https://partner.example/a b",
        "https://partner.example/\r\nX-Evil: 1",
        "https://partner.example/\x00",
        "https://münchen.example/",
        "https://partner.example/" + "a" * 2000,
        "",
    ),
)
def test_what_is_no_plain_https_url_is_refused(url: str) -> None:
    with pytest.raises(FetchRefusedError):
        read_url(url)


@pytest.mark.usefixtures("public_only")
@pytest.mark.parametrize(
    "host",
    ("127.0.0.1", "localhost", "0x7f000001", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0"),
)
def test_no_writing_of_this_machines_address_is_followed(site: Site, host: str) -> None:
    with pytest.raises(FetchRefusedError):
        fetch_json(f"https://{host}:{site.address[1]}/")

    assert site.asked == []


@pytest.mark.parametrize(
    "text",
    (
        "93.184.216.34",
        "2606:2800:220:1:248:1893:25c8:1946",
        "::ffff:93.184.216.34",
        "64:ff9b::5db8:d822",
        "2002:5db8:d822::1",
    ),
)
def test_an_address_of_the_public_internet_is_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text",
    (
        "0.0.0.0",  # noqa: S104 -- nothing binds to it
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "233.252.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::1",
        "fc00::1",
        "fe80::1",
        "fe80::1%1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ),
)
def test_any_other_address_is_not_public(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.usefixtures("public_only")
@pytest.mark.parametrize(
    "addresses", (["10.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::ffff:127.0.0.1"], [], ["x"])
)
def test_one_address_that_is_not_public_refuses_the_name(addresses: list[str]) -> None:
    with pytest.raises(FetchRefusedError):
        fetch_json("https://partner.example/", resolve=lambda _host, _port: addresses)


def test_a_name_without_address_is_refused() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise socket.gaierror

    with pytest.raises(FetchRefusedError, match="no address"):
        fetch_json("https://partner.example/", resolve=resolve)


@pytest.mark.parametrize("host", ("a" * 64 + ".example", "a..example"))
def test_a_name_that_cannot_be_looked_up_is_refused(host: str) -> None:
    with pytest.raises(FetchRefusedError, match="no address"):
        fetch_json(f"https://{host}/")


def test_plain_http_goes_to_this_machine_alone_even_where_private_hosts_are_allowed() -> None:
    with pytest.raises(FetchRefusedError, match="http is for this machine"):
        fetch_json("http://partner.example/", resolve=lambda _host, _port: ["10.0.0.1"])


def test_a_name_is_resolved_once_and_the_address_that_was_checked_is_called(site: Site) -> None:
    site.body = b"[]"
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])

    found = fetch_json(site.url(host="rebound.example"), resolve=lambda _host, _port: next(answers))

    assert found == []
    assert site.asked == [("/", f"rebound.example:{site.address[1]}")]
    assert next(answers) == ["10.0.0.1"]


def test_the_next_address_is_called_when_one_does_not_answer(site: Site) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.2", 0))  # Nobody listens there on the site's port.
        found = fetch_json(
            site.url(host="two.example"), resolve=lambda _host, _port: ["127.0.0.2", "127.0.0.1"]
        )

    assert found == {}


def test_an_address_nobody_listens_at_is_refused() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

    with pytest.raises(FetchRefusedError, match="no connection"):
        fetch_json(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("status", (201, 204, 301, 302, 307, 308, 401, 404, 500))
def test_no_redirect_is_followed_and_nothing_but_200_is_read(site: Site, status: int) -> None:
    site.status, site.headers = status, {"Location": site.url("/elsewhere")}

    with pytest.raises(FetchRefusedError, match=str(status)):
        fetch_json(site.url())

    assert len(site.asked) == 1


def test_a_proxy_of_the_environment_is_not_used(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert fetch_json(site.url()) == {}


def test_an_answer_of_the_most_bytes_is_read_and_one_more_is_not(site: Site) -> None:
    site.body = json.dumps("x" * 98).encode()
    assert fetch_json(site.url(), max_bytes=100) == "x" * 98

    with pytest.raises(FetchRefusedError, match="longer than 99"):
        fetch_json(site.url(), max_bytes=99)


@pytest.mark.parametrize(
    "body", (b"", b"<html>", b"\xff\xfe", b"[" * 60_000, b'{"a": ' + b"9" * 5000 + b"}")
)
def test_what_is_not_json_is_refused(site: Site, body: bytes) -> None:
    site.body = body

    with pytest.raises(FetchRefusedError, match="not JSON"):
        fetch_json(site.url())


def test_a_compressed_answer_is_not_unpacked(site: Site) -> None:
    site.body, site.headers = b"\x1f\x8b\x08", {"Content-Encoding": "gzip"}

    with pytest.raises(FetchRefusedError, match="not JSON"):
        fetch_json(site.url())


def test_an_answer_that_trickles_in_ends_at_the_deadline(site: Site) -> None:
    site.body, site.seconds_per_byte = b"[" + b" " * 100 + b"]", 0.1
    begun = time.monotonic()

    with pytest.raises(FetchRefusedError):
        fetch_json(site.url(), seconds=0.4)

    assert time.monotonic() - begun < 3


def test_an_answer_of_unknown_length_that_trickles_in_is_not_taken_for_complete(
    site: Site,
) -> None:
    site.body, site.seconds_per_byte = b"1" * 100, 0.1
    site.headers = {"Content-Length": "", "Connection": "close"}

    with pytest.raises(FetchRefusedError):
        fetch_json(site.url(), seconds=0.4)


def test_an_answer_shorter_than_it_said_is_refused(site: Site) -> None:
    site.body, site.headers = b"1", {"Content-Length": "2", "Connection": "close"}

    with pytest.raises(FetchRefusedError):
        fetch_json(site.url(), seconds=1)


# --- TLS ----------------------------------------------------------------------------------------
def certificate(folder: Path, name: str) -> Path:
    """A certificate for one name that is its own authority, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(tz=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def secure_site(tmp_path: Path) -> Iterator[tuple[Site, ssl.SSLContext]]:
    """A site with a certificate for keys.example, and the trust of a client that knows it."""
    file = certificate(tmp_path, "keys.example")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    with serving(tls) as started:
        yield started, ssl.create_default_context(cafile=str(file))


def here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def test_the_certificate_is_checked_for_the_name_and_not_for_the_address(
    secure_site: tuple[Site, ssl.SSLContext],
) -> None:
    site, trust = secure_site
    asked = site.url("/jwks", host="keys.example")

    assert fetch_json(asked, resolve=here, tls=trust) == {}
    assert site.asked == [("/jwks", f"keys.example:{site.address[1]}")]


def test_a_certificate_for_another_name_is_refused(
    secure_site: tuple[Site, ssl.SSLContext],
) -> None:
    site, trust = secure_site

    with pytest.raises(FetchRefusedError, match="no connection"):
        fetch_json(site.url(host="other.example"), resolve=here, tls=trust)

    assert site.asked == []


def test_a_certificate_of_an_unknown_authority_is_refused(
    secure_site: tuple[Site, ssl.SSLContext],
) -> None:
    site, _ = secure_site

    with pytest.raises(FetchRefusedError, match="no connection"):
        fetch_json(site.url(host="keys.example"), resolve=here)

    assert site.asked == []
