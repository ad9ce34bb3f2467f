"""Which claims exist, which scope carries them, and the `claims` parameter (OpenID Connect Core
section 5).
"""

import json
from typing import Any

import pytest

from apps.oauth.policy.claims import (
    CLAIMS_SUPPORTED,
    allowed_claims,
    names_person,
    read_claims,
    told,
    userinfo_claims,
    wanted_acr,
)
from apps.oauth.policy.requests import MalformedRequestError

OPTIONAL: dict[str, bool] = {"essential": False}


def test_claims_are_read_for_each_place() -> None:
    text = '{"id_token": {"email": {"essential": true}}, "userinfo": {"name": null, "acr": {}}}'

    found = read_claims(text)

    assert found.id_token == {"email": {"essential": True}}
    assert found.userinfo == {"name": OPTIONAL, "acr": OPTIONAL}


@pytest.mark.parametrize(
    "text",
    (
        "{}",
        '{"id_token": null}',
        '{"id_token": {"birthdate": null, "name#de": {"essential": true}, "aud": null}}',
        '{"verified_claims": {"any": ["thing"]}, "userinfo": {}}',
    ),
)
def test_unknown_claims_and_members_are_ignored(text: str) -> None:
    found = read_claims(text)

    assert (found.id_token, found.userinfo) == ({}, {})


def test_values_are_kept_where_they_matter_and_nowhere_else() -> None:
    asked = {
        "id_token": {
            "sub": {"value": "usr_1"},
            "acr": {"essential": True, "values": ["a", "b"], "unknown": 1},
            "email": {"value": "bo@acme.example"},
        }
    }

    found = read_claims(json.dumps(asked))

    assert found.id_token == {
        "sub": {"essential": False, "values": ["usr_1"]},
        "acr": {"essential": True, "values": ["a", "b"]},
        "email": OPTIONAL,
    }


@pytest.mark.parametrize(
    "text",
    (
        "",
        "nonsense",
        "[]",
        '"text"',
        "NaN",
        '{"id_token": {"acr": {"value": Infinity}}}',
        '{"id_token": {"name": null, "name": null}}',
        '{"id_token": []}',
        '{"userinfo": "name"}',
        '{"id_token": {"name": true}}',
        '{"id_token": {"name": {"essential": "yes"}}}',
        '{"id_token": {"acr": {"values": "a"}}}',
        '{"id_token": {"acr": {"values": [1]}}}',
        '{"id_token": {"acr": {"value": null}}}',
        '{"id_token": {"sub": {"value": "a\\u0000b"}}}',
        '{"id_token": {"sub": {"value": "\\ud800"}}}',
        json.dumps({"id_token": {"sub": {"value": "a" * 256}}}),
        json.dumps({"id_token": {"acr": {"values": ["a"] * 11}}}),
        "[" * 5000,
        "1" * 5000,
    ),
)
def test_malformed_claims_are_refused(text: str) -> None:
    with pytest.raises(MalformedRequestError):
        read_claims(text)


ABOUT_BO: dict[str, Any] = {"id_token": {"sub": {"essential": True, "values": ["bo"]}}}
ABOUT_CY: dict[str, Any] = {"userinfo": {"sub": {"essential": False, "values": ["cy"]}}}


@pytest.mark.parametrize(
    ("asked", "sub", "expected"),
    (
        ({}, "bo", True),
        ({"id_token": {"sub": OPTIONAL}}, "bo", True),
        (ABOUT_BO, "bo", True),
        (ABOUT_BO, "cy", False),
        (ABOUT_CY, "bo", False),
        ({**ABOUT_BO, **ABOUT_CY}, "bo", False),
    ),
)
def test_request_may_name_its_person(
    asked: dict[str, Any],
    sub: str,
    expected: bool,  # noqa: FBT001 -- the table's last column
) -> None:
    assert names_person(asked, sub) is expected


def test_acr_is_a_must_only_when_essential() -> None:
    voluntary = {"id_token": {"acr": {"essential": False, "values": ["a"]}}}
    essential = {"id_token": {"acr": {"essential": True, "values": ["a"]}}}

    assert wanted_acr({}) == []
    assert wanted_acr(voluntary) == ["a"]
    assert wanted_acr(voluntary, essential=True) == []
    assert wanted_acr(essential, essential=True) == ["a"]


def test_name_shows_nothing_that_no_scope_carries() -> None:
    names = ["email", "name", "acr", "birthdate"]

    assert allowed_claims(names, ["openid"]) == ["acr"]
    assert allowed_claims(names, ["openid", "email"]) == ["email", "acr"]


def test_userinfo_tells_what_the_scopes_carry() -> None:
    asked = {"userinfo": {"auth_time": OPTIONAL, "email": OPTIONAL, "name": OPTIONAL}}

    assert userinfo_claims(["openid", "orders:read"], {}) == ["sub"]
    assert userinfo_claims(["openid", "profile"], asked) == [
        "sub", "name", "partner", "role", "auth_time",
    ]  # fmt: skip


def test_claim_without_a_value_is_left_out() -> None:
    facts = {"name": "", "partner": None, "amr": [], "email_verified": False, "sub": "bo"}

    assert told(["name", "partner", "amr", "email_verified", "acr"], facts) == {
        "email_verified": False
    }


def test_supported_claims_are_listed() -> None:
    assert sorted(CLAIMS_SUPPORTED) == [
        "acr", "amr", "at_hash", "aud", "auth_time", "azp", "email", "email_verified", "exp",
        "iat", "iss", "name", "nonce", "partner", "role", "sid", "sub", "vendor",
    ]  # fmt: skip
