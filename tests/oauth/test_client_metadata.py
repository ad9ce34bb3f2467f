"""What may be said of a client beside the necessary: each rule, and that no fault is kept back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from apps.oauth.models.clients import AuthMethod, IdTokenAlgorithm, Profile
from apps.oauth.policy.client_keys import kept_members, key_address_faults, key_set_faults
from apps.oauth.policy.cors import origin_is_acceptable
from apps.oauth.policy.metadata import (
    ClientMetadata,
    expiry_faults,
    metadata_faults,
    network_is_acceptable,
    resource_is_acceptable,
    settled,
)
from tests.factories.client_keys import jwks, private_jwk, public_jwk

AT = datetime(2026, 11, 20, tzinfo=UTC)
KEYED = AuthMethod.PRIVATE_KEY_JWT
DAY = 24 * 3600


def faults(
    auth_method: AuthMethod = AuthMethod.SECRET_BASIC, *, is_rs: bool = False, **values: Any
) -> list[tuple[str, str]]:
    wanted = settled(ClientMetadata(**values), is_resource_server=is_rs)
    found = metadata_faults(wanted, auth_method=auth_method, is_resource_server=is_rs)
    return [(fault.pointer, fault.code) for fault in found]


def key_faults(jwks: object, profile: Profile = Profile.STANDARD) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in key_set_faults(jwks, profile)]


@pytest.mark.parametrize(
    "key",
    (
        public_jwk(),
        public_jwk("RSA"),
        public_jwk("RSA", alg="PS256"),
        public_jwk("OKP", alg="EdDSA", use="sig"),
        public_jwk("EC", kid=None),
        public_jwk("EC", x5c=["ignored"], key_ops=["verify"]),
    ),
)
def test_public_signature_key_may_be_registered(key: dict[str, Any]) -> None:
    assert key_faults(jwks(key)) == []


@pytest.mark.parametrize(
    "key",
    (
        private_jwk(),
        private_jwk("RSA"),
        private_jwk("OKP"),
        public_jwk(d=""),
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "oct"},
        {},
        "a key",
        None,
        public_jwk(use="enc"),
        public_jwk(alg="RS256"),
        public_jwk(alg="none"),
        public_jwk(alg="HS256"),
        public_jwk(crv="P-384"),
        public_jwk("P-384"),
        public_jwk(crv=None),
        public_jwk(y=public_jwk()["x"]),
        public_jwk(x=None),
        public_jwk(x="!"),
        public_jwk(x=5),
        public_jwk(kid=""),
        public_jwk(kid="a\x00b"),
        public_jwk(kid="\ud800"),
        public_jwk(kid="k" * 1025),
        public_jwk(kid=["a"]),
        public_jwk("RSA", n="AQAB"),
        public_jwk("RSA", n="!!"),
        public_jwk("RSA", n="_" * 1024, e="AA"),
        public_jwk("RSA", n=None),
        public_jwk("RSA", e="AQ"),
    ),
)
def test_other_key_is_refused_with_its_place(key: object) -> None:
    assert key_faults({"keys": [public_jwk("OKP"), key]}) == [
        ("/client_jwks/keys/1", "key-not-allowed")
    ]


def test_modulus_beyond_what_we_would_compute_is_refused() -> None:
    too_long = public_jwk("RSA", n="_" * 1026)
    assert key_faults(jwks(too_long)) == [("/client_jwks/keys/0", "key-not-allowed")]


@pytest.mark.parametrize(
    "given", (None, [], "", {}, {"keys": {}}, {"keys": []}, {"keys": [public_jwk()] * 21})
)
def test_set_of_keys_has_1_to_20_keys(given: object) -> None:
    assert key_faults(given) == [("/client_jwks", "not-a-jwk-set")]


def test_two_keys_cannot_have_the_same_kid() -> None:
    same = jwks(public_jwk(kid="a"), public_jwk("OKP", kid="a"))
    assert key_faults(same) == [("/client_jwks/keys", "duplicate-kid")]


def test_fapi_client_has_no_key_for_rs256() -> None:
    only_rs256 = jwks(public_jwk("RSA", alg="RS256"))
    assert key_faults(only_rs256) == []
    assert key_faults(only_rs256, Profile.FAPI) == [("/client_jwks/keys/0", "key-not-allowed")]
    assert key_faults(jwks(public_jwk("RSA"), public_jwk("EC")), Profile.FAPI) == []


def test_of_a_key_only_what_we_read_is_kept() -> None:
    odd = public_jwk(x5u="https://evil.example", key_ops=["verify"])
    assert kept_members(jwks(odd)) == jwks(public_jwk())


@pytest.mark.parametrize(
    ("uri", "good"),
    (
        ("https://acme.example/jwks.json", True),
        ("https://acme.example:8443/jwks?tenant=1", True),
        ("http://acme.example/jwks", False),
        ("http://127.0.0.1:9000/jwks", False),
        ("https://acme.example/jwks#x", False),
        ("https://user@acme.example/jwks", False),
        ("https://acme.example:port/jwks", False),
        ("https:///jwks", False),
        ("https://acme.example/a b", False),
        ("https://acme.example/\x00", False),
        ("https://acmé.example/", False),
        ("file:///etc/passwd", False),
        ("https://a.example/" + "a" * 500, False),
        ("", False),
    ),
)
def test_address_of_keys_rule(
    settings: Settings,
    uri: str,
    good: bool,  # noqa: FBT001 -- a test's parameter
) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = False
    assert (key_address_faults(uri) == []) is good


def test_laptop_may_serve_keys_to_itself(settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = True
    assert key_address_faults("http://127.0.0.1:9000/jwks") == []
    assert key_address_faults("http://10.0.0.1/jwks") != []


@pytest.mark.parametrize(
    ("auth_method", "values"),
    (
        (KEYED, {}),
        (KEYED, {"client_jwks": jwks(), "client_jwks_uri": "https://acme.example/jwks"}),
        (AuthMethod.SECRET_BASIC, {"client_jwks": jwks()}),
        (AuthMethod.NONE, {"client_jwks_uri": "https://acme.example/jwks"}),
    ),
)
def test_keys_go_with_private_key_jwt_in_one_place(
    auth_method: AuthMethod, values: dict[str, Any]
) -> None:
    assert faults(auth_method, **values) == [("/client_jwks", "keys-mismatch")]


@pytest.mark.parametrize(
    "values", ({"client_jwks": jwks()}, {"client_jwks_uri": "https://acme.example/jwks"})
)
def test_private_key_jwt_with_keys_is_good(values: dict[str, Any]) -> None:
    assert faults(KEYED, **values) == []


def test_bad_address_of_keys_is_told() -> None:
    assert faults(KEYED, client_jwks_uri="http://acme.example/") == [
        ("/client_jwks_uri", "uri-not-allowed")
    ]


def test_fapi_client_proves_itself_by_a_key() -> None:
    """FAPI 2.0 Security Profile 5.3.2.1 no. 6."""
    assert faults(profile=Profile.FAPI) == [("/auth_method", "profile-mismatch")]


def test_fapi_client_gets_nothing_signed_with_rs256() -> None:
    """FAPI 2.0 Security Profile 5.4.1 no. 1."""
    rs256 = IdTokenAlgorithm.RS256
    found = faults(
        KEYED,
        profile=Profile.FAPI,
        client_jwks=jwks(),
        id_token_signed_response_alg=rs256,
        userinfo_signed_response_alg=rs256,
    )
    assert found == [
        ("/id_token_signed_response_alg", "profile-mismatch"),
        ("/userinfo_signed_response_alg", "profile-mismatch"),
    ]


def test_fapi_brings_pushed_requests_bound_tokens_and_es256() -> None:
    """FAPI 2.0 Security Profile 5.3.2.1 nos. 4, 5; 5.3.2.2 no. 2."""
    wanted = settled(ClientMetadata(profile=Profile.FAPI), is_resource_server=False)
    assert (
        wanted.require_pushed_authorization_requests,
        wanted.dpop_bound_access_tokens,
        wanted.id_token_signed_response_alg,
    ) == (True, True, IdTokenAlgorithm.ES256)


def test_standard_demands_nothing_by_itself() -> None:
    wanted = settled(ClientMetadata(), is_resource_server=False)
    assert (
        wanted.require_pushed_authorization_requests,
        wanted.dpop_bound_access_tokens,
        wanted.id_token_signed_response_alg,
        wanted.audience,
    ) == (False, False, IdTokenAlgorithm.RS256, "")


@pytest.mark.parametrize(
    ("origin", "good"),
    (
        ("https://app.example", True),
        ("https://app.example:8443", True),
        ("http://localhost:5173", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:3000", True),
        ("https://xn--acm-dma.example", True),
        ("http://app.example", False),
        ("https://app.example/", False),
        ("https://app.example/path", False),
        ("https://app.example?", False),
        ("https://APP.example", False),
        ("https://app.example:443", False),
        ("https://app.example:0", False),
        ("http://localhost:80", False),
        ("https://app.example:", False),
        ("https://app.example:08443", False),
        ("https://app.example:port", False),
        ("https://user@app.example", False),
        ("https://*.example", False),
        ("https://acmé.example", False),
        ("https://app.example https://b.example", False),
        ("https://app.example\x00", False),
        ("https://" + "a" * 250 + ".example", False),
        ("https://", False),
        ("ftp://app.example", False),
        ("null", False),
        ("*", False),
        ("", False),
    ),
)
def test_origin_rule(origin: str, good: bool) -> None:  # noqa: FBT001 -- a test's parameter
    assert origin_is_acceptable(origin) is good


@pytest.mark.parametrize(
    ("uri", "good"),
    (
        ("https://api.acme.example/v1", True),
        ("https://api.acme.example/v1?tenant=1", True),
        ("https://buyer.example/api/v1", True),
        ("urn:acme:api", False),
        ("http://api.acme.example/", False),
        ("https://api.acme.example/#x", False),
        ("https://user@api.acme.example/", False),
        ("https://api.acme.example:port/", False),
        ("https:///v1", False),
        ("https://a b.example/", False),
        ("https://api.acme.example/\x00", False),
        ("https://acmé.example/", False),
        ("https://a.example/" + "a" * 500, False),
        ("/api/v1", False),
        ("", False),
    ),
)
def test_resource_rule(uri: str, good: bool) -> None:  # noqa: FBT001 -- a test's parameter
    assert resource_is_acceptable(uri) is good


@pytest.mark.parametrize(
    ("network", "good"),
    (
        ("192.0.2.0/24", True),
        ("192.0.2.7", True),
        ("2001:db8::/32", True),
        ("192.0.2.1/24", False),
        ("192.0.2.0/33", False),
        ("fe80::1%eth0", False),
        ("acme.example", False),
        ("", False),
    ),
)
def test_network_rule(network: str, good: bool) -> None:  # noqa: FBT001 -- a test's parameter
    assert network_is_acceptable(network) is good


def test_single_address_is_kept_as_a_network() -> None:
    wanted = settled(
        ClientMetadata(networks=["192.0.2.7", "2001:DB8::/32", "x"]), is_resource_server=False
    )
    assert wanted.networks == ["192.0.2.7/32", "2001:db8::/32", "x"]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    (
        ("post_logout_redirect_uris", "https://app.example/bye", "http://app.example/bye"),
        ("cors_origins", "https://app.example", "null"),
        ("allowed_resources", "https://api.acme.example/", "api"),
        ("networks", "192.0.2.0/24", "192.0.2.1/24"),
    ),
)
def test_each_bad_entry_of_a_list_is_told_with_its_place(name: str, good: str, bad: str) -> None:
    assert faults(**{name: [good]}) == []
    assert faults(**{name: [bad, good, bad]}) == [
        (f"/{name}/0", "not-allowed"),
        (f"/{name}/2", "not-allowed"),
    ]
    assert faults(**{name: [good] * 51}) == [(f"/{name}", "too-many")]


def test_resource_server_has_our_api_as_audience_unless_told() -> None:
    usual = settled(ClientMetadata(), is_resource_server=True)
    own = settled(ClientMetadata(audience="https://erp.example/"), is_resource_server=True)
    assert (usual.audience, own.audience) == (
        "https://buyer.example/api/v1",
        "https://erp.example/",
    )
    assert faults(is_rs=True) == []
    assert faults(is_rs=True, audience="https://erp.example/") == []


@pytest.mark.parametrize("audience", ("erp", "https://erp.example/" + "a" * 255))
def test_audience_is_an_address_that_fits(audience: str) -> None:
    assert faults(is_rs=True, audience=audience) == [("/audience", "not-allowed")]


def test_client_that_is_no_resource_server_has_no_audience() -> None:
    assert faults(audience="https://erp.example/") == [("/audience", "audience-mismatch")]


@pytest.mark.parametrize(
    ("values", "expected"),
    (
        ({"access_token_seconds": 60}, []),
        ({"access_token_seconds": 3600}, []),
        ({"access_token_seconds": 59}, ["/access_token_seconds"]),
        ({"access_token_seconds": 3601}, ["/access_token_seconds"]),
        ({"session_seconds": 90 * DAY + 1}, ["/session_seconds"]),
        ({"session_seconds": DAY, "refresh_idle_seconds": DAY}, []),
        ({"session_seconds": DAY, "refresh_idle_seconds": DAY + 1}, ["/refresh_idle_seconds"]),
        ({"refresh_idle_seconds": 0}, ["/refresh_idle_seconds"]),
        (
            {"session_seconds": 59, "refresh_idle_seconds": 60},
            ["/session_seconds", "/refresh_idle_seconds"],
        ),
    ),
)
def test_lifetimes_are_bounded_and_idleness_ends_within_the_session(
    values: dict[str, int], expected: list[str]
) -> None:
    assert faults(**values) == [(pointer, "out-of-range") for pointer in expected]


@pytest.mark.parametrize(
    ("expires_at", "codes"),
    ((None, []), (AT + timedelta(seconds=1), []), (AT, ["in-the-past"])),
)
def test_client_cannot_be_given_a_date_that_has_passed(
    expires_at: datetime | None, codes: list[str]
) -> None:
    assert [fault.code for fault in expiry_faults(expires_at, at=AT)] == codes


def test_every_fault_is_told_at_once() -> None:
    found = faults(
        networks=["x"], cors_origins=["*"], access_token_seconds=0, audience="https://a.example/"
    )
    assert len(found) == 4
