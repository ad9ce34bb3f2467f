"""Decentralised identifiers: each method's rules, and what a document may say."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey
from pytest_django import Settings

from apps.oauth.models.clients import Profile
from apps.oauth.policy.did_documents import keys_of_document
from apps.oauth.policy.dids import (
    DidRejectedError,
    as_named,
    did_faults,
    document_address,
    key_of_multibase,
    keys_of_did,
    thumbprints,
)
from tests.factories.client_keys import private_jwk
from tests.factories.client_keys import public_jwk as made_jwk
from tests.factories.dids import base58, did_jwk, did_key, document, method, multibase
from tests.factories.jose import client_key, public_jwk

DID = "did:web:acme.example"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)

# did:key specification, test vectors.
ED25519 = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
ED25519_X = "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik"
P256 = (
    (
        "zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
        "fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI",
        "hW2ojTNfH7Jbi8--CJUo3OCbH3y5n91g-IMA9MLMbTU",
    ),
    (
        "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv",
        "igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns",
        "efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM",
    ),
)
# did:jwk specification, example.
P256_JWK = (
    "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6"
    "OTFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9"
)


def faults(did: str, profile: Profile = Profile.STANDARD) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in did_faults(did, profile)]


REFUSED = [("/did", "did-not-allowed")]


# --- did:key ------------------------------------------------------------------------------------
def test_ed25519_key_of_the_specification() -> None:
    assert keys_of_did(f"did:key:{ED25519}") == {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "x": ED25519_X, "kid": f"did:key:{ED25519}#{ED25519}"}
        ]
    }


@pytest.mark.parametrize(("text", "x", "y"), P256)
def test_p256_key_of_the_specification(text: str, x: str, y: str) -> None:
    assert key_of_multibase(text) == {"kty": "EC", "crv": "P-256", "x": x, "y": y}


@pytest.mark.parametrize("alg", ("ES256", "EdDSA"))
def test_key_survives_the_way_there_and_back(alg: str) -> None:
    key = client_key(alg)

    (found,) = keys_of_did(did_key(key))["keys"]

    assert thumbprints({"keys": [found]}) == {key.thumbprint()}
    assert faults(did_key(key), Profile.FAPI) == []


@pytest.mark.parametrize(
    "did",
    (
        "did:key:",
        f"did:key:{ED25519[1:]}",
        f"did:key:m{ED25519[1:]}",
        f"did:key:{ED25519}#{ED25519}",
        f"did:key:{ED25519}0",
        f"did:key:1{ED25519}",
        f"did:key:z1{ED25519[1:]}",
        f"did:key:{ED25519[:-1]}",
        f"did:key:{ED25519}\x00",
        "did:key:z" + "2" * 400,
        "did:key:z" + base58(b"\xec\x01" + bytes(32)),
        "did:key:z" + base58(b"\xed\x01" + bytes(31)),
        "did:key:z" + base58(b"\x80\x24" + b"\x04" + bytes(32)),
        "did:key:z" + base58(b"\x80\x24" + b"\x02" + b"\xff" * 32),
        "did:key:z" + base58(b"\xe7\x01" + b"\x02" + bytes(32)),
        "did:example:123",
        "did:WEB:acme.example",
        "acme.example",
        "did:",
        "d" * 501,
    ),
)
def test_other_key_or_method_is_refused(did: str) -> None:
    assert faults(did) == REFUSED


@given(st.text(max_size=120))
def test_no_text_is_more_than_refused(text: str) -> None:
    for did in (text, f"did:key:{text}", f"did:jwk:{text}", f"did:web:{text}"):
        assert faults(did) in ([], REFUSED)


# --- did:jwk ------------------------------------------------------------------------------------
def test_did_jwk_of_the_specification() -> None:
    assert keys_of_did(P256_JWK) == {
        "keys": [
            {
                "kty": "EC",
                "crv": "P-256",
                "x": "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0",
                "y": "_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE",
                "kid": f"{P256_JWK}#0",
            }
        ]
    }
    assert faults(P256_JWK, Profile.FAPI) == []


@pytest.mark.parametrize(
    "jwk",
    (
        private_jwk("EC"),
        {"kty": "oct", "k": "c2VjcmV0"},
        made_jwk("P-384"),
        made_jwk(use="enc"),
        made_jwk(y=None),
        made_jwk(alg="none"),
        [],
        "text",
        None,
    ),
)
def test_did_jwk_of_another_key_is_refused(jwk: object) -> None:
    assert faults(did_jwk(jwk)) == REFUSED


@pytest.mark.parametrize("text", ("", "e30=", "!!", "e", "bm90IGpzb24", "é", "W1tbW1tb" * 50))
def test_did_jwk_that_is_no_json_is_refused(text: str) -> None:
    assert faults(f"did:jwk:{text}") == REFUSED


def test_did_jwk_keeps_its_name_to_itself() -> None:
    """The name inside is the sender's word; the one that counts is made of the identifier."""
    did = did_jwk(made_jwk(kid="did:web:other.example#key"))

    assert keys_of_did(did)["keys"][0]["kid"] == f"{did}#0"


def test_key_that_fapi_has_no_algorithm_for_is_refused() -> None:
    did = did_jwk({**made_jwk("EC"), "alg": "ES256"})
    assert faults(did, Profile.FAPI) == []
    assert faults(did_jwk({**made_jwk("EC"), "alg": "RS256"}), Profile.FAPI) == REFUSED


# --- did:web ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("did", "address"),
    (
        ("did:web:acme.example", "https://acme.example/.well-known/did.json"),
        ("did:web:acme.example:user:alice", "https://acme.example/user/alice/did.json"),
        ("did:web:acme.example%3A3000:a.b_c-D", "https://acme.example:3000/a.b_c-D/did.json"),
        ("did:web:xn--bcher-kva.example", "https://xn--bcher-kva.example/.well-known/did.json"),
    ),
)
def test_document_of_did_web_is_where_the_specification_says(did: str, address: str) -> None:
    assert document_address(did) == address
    assert faults(did) == []


@pytest.mark.parametrize(
    "place",
    (
        "",
        "127.0.0.1",
        "10.0.0.1%3A80",
        "2130706433",
        "0x7f.0.0.1",
        "127.1",
        "[::1]",
        "%5B%3A%3A1%5D",
        "localhost",
        "localhost%3A8000",
        "acme",
        "ACME.example",
        "acme.example.",
        "-acme.example",
        "acme..example",
        "a" * 64 + ".example",
        "a." * 130 + "example",
        "acmé.example",
        "user@acme.example",
        "user%40acme.example",
        "acme.example%3A",
        "acme.example%3A0",
        "acme.example%3A65536",
        "acme.example%3A80%3A80",
        "acme.example%3a80",
        "acme.example%2F",
        "acme.example/x",
        "acme.example?x",
        "acme.example#x",
        "acme.example:",
        "acme.example::x",
        "acme.example:..:x",
        "acme.example:.",
        "acme.example:%2e%2e",
        "acme.example:a%2Fb",
        "acme.example:a/b",
        "acme.example:a b",
        "acme.example:a\n",
        "acme.example\n",
        "acme.example:\x00",
    ),
)
def test_place_that_is_no_plain_name_is_refused(place: str, settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = False
    assert faults(f"did:web:{place}") == REFUSED


def test_laptop_may_serve_its_own_documents(settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = True
    assert document_address("did:web:localhost%3A80:a") == "http://localhost:80/a/did.json"
    assert faults("did:web:127.0.0.1") == REFUSED


# --- Documents ----------------------------------------------------------------------------------
def names(found: object, did: str = DID) -> list[str]:
    return [key["kid"] for key in keys_of_document(did, found, at=AT)["keys"]]


def test_document_gives_its_keys_under_their_did_urls() -> None:
    first, second = client_key("ES256"), client_key("EdDSA")
    multikey = method(
        DID, "b", second, type="Multikey", publicKeyJwk=None, publicKeyMultibase=multibase(second)
    )

    found = keys_of_document(DID, document(DID, method(DID, "a", first), multikey), at=AT)

    assert [key["kid"] for key in found["keys"]] == [f"{DID}#a", f"{DID}#b"]
    assert thumbprints(found) == {first.thumbprint(), second.thumbprint()}


def test_embedded_and_relative_methods_count() -> None:
    key = client_key()
    relative = method(DID, "", key, id="#a")
    embedded = method(DID, "b", key, type="JsonWebKey")

    found = document(DID, relative, authentication=["#a", embedded])

    assert names(found) == [f"{DID}#a", f"{DID}#b"]


def test_key_that_is_not_for_authentication_is_none() -> None:
    """Section 5.3.2: assertionMethod is for credentials, not for proving who one is."""
    entry = method(DID, "a", client_key())
    found = document(DID, entry, authentication=[], assertionMethod=[entry["id"]])

    assert names(found) == []
    assert names({"id": DID}) == []


@pytest.mark.parametrize(
    "reference",
    (
        "did:web:other.example#a",
        f"{DID}.evil#a",
        f"{DID}?x#a",
        f"{DID}#",
        "#",
        "a",
        "#b",
        f"{DID}#\x00",
        7,
        None,
    ),
)
def test_reference_out_of_the_document_leads_nowhere(reference: object) -> None:
    there = method(DID, "a", client_key(), id=reference)
    asked = document(DID, method(DID, "a", client_key()), authentication=[reference])

    assert names(asked) == []
    assert names(document(DID, authentication=[there])) == (
        [f"{DID}#b"] if reference == "#b" else []
    )


@pytest.mark.parametrize(
    "changes",
    (
        {"controller": "did:web:other.example"},
        {"controller": [DID]},
        {"controller": None},
        {"type": "Ed25519VerificationKey2018"},
        {"type": "Multikey"},
        {"type": ["JsonWebKey2020"]},
        {"type": "Multikey", "publicKeyMultibase": 7},
        {"type": "Multikey", "publicKeyMultibase": "z"},
        {"publicKeyJwk": private_jwk("EC")},
        {"publicKeyJwk": {"kty": "oct", "k": "c2VjcmV0"}},
        {"publicKeyJwk": made_jwk("P-384")},
        {"publicKeyJwk": made_jwk(use="enc")},
        {"publicKeyJwk": "text"},
        {"publicKeyJwk": None},
        {"privateKeyJwk": {}},
        {"secretKeyMultibase": "z"},
        {"revoked": "2026-11-20T11:59:59Z"},
        {"revoked": "some day"},
        {"expires": "2026-11-20T12:00:00"},
        {"expires": 7},
    ),
)
def test_method_that_cannot_count_is_left_out(changes: dict[str, Any]) -> None:
    bad = method(DID, "bad", client_key(), **changes)

    assert names(document(DID, bad, method(DID, "good", client_key()))) == [f"{DID}#good"]


def test_method_that_expires_later_still_counts() -> None:
    later = (AT + timedelta(seconds=1)).isoformat()
    assert names(document(DID, method(DID, "a", client_key(), expires=later))) == [f"{DID}#a"]


@pytest.mark.parametrize(
    "found",
    (
        None,
        [],
        "text",
        {},
        {"id": "did:web:other.example"},
        {"id": [DID]},
        {"id": f"{DID}#a"},
        {"id": DID, "verificationMethod": {}},
        {"id": DID, "authentication": "#a"},
        document(DID, method(DID, "a", client_key()), method(DID, "a", client_key())),
    ),
)
def test_other_document_is_refused(found: object) -> None:
    with pytest.raises(DidRejectedError):
        keys_of_document(DID, found, at=AT)


def test_methods_that_are_no_methods_are_passed_over() -> None:
    key = method(DID, "a", client_key())
    found = document(DID, key, verificationMethod=[7, None, {}, {"id": 7}, key])

    assert names({**found, "authentication": [7, None, {}, f"{DID}#a"]}) == [f"{DID}#a"]


def test_of_many_methods_the_first_fifty_are_read() -> None:
    key = client_key()
    many = [method(DID, f"k{number}", key) for number in range(60)]

    assert len(names(document(DID, *many))) == 50


# --- Names --------------------------------------------------------------------------------------
def test_key_goes_by_its_did_url_and_by_its_thumbprint() -> None:
    key = client_key()
    jwks = keys_of_document(DID, document(DID, method(DID, "a", key)), at=AT)

    assert as_named(jwks, None) == as_named(jwks, f"{DID}#a") == jwks
    assert [one["kid"] for one in (as_named(jwks, key.thumbprint()) or {})["keys"]] == [
        key.thumbprint()
    ]
    assert (as_named(None, "a"), thumbprints(None)) == (None, frozenset())


def test_vector_is_the_public_key_of_the_zero_seed() -> None:
    """So that the vector above is the specification's and no slip of ours."""
    d = base64.urlsafe_b64encode(bytes(32)).rstrip(b"=").decode()
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": ED25519_X, "d": d})

    assert multibase(key) == ED25519
    assert public_jwk(key)["x"] == ED25519_X
