"""What the metadata documents advertise is compared with what the server does, value by value.

The tests are made from the documents: a member without a probe fails, and so does a value that a
probe does not find by trying.
"""

from typing import Any

import pytest
from django.test import Client as Browser

from apps.oauth.views.metadata import server_metadata
from tests.conformance.compliance import conforms
from tests.conformance.rfc8414 import probes
from tests.conformance.rfc8414.probes import Probe, Stage
from tests.conformance.stage import ISSUER, told
from tests.factories.world import World

pytestmark = pytest.mark.django_db

DOCUMENT = "/.well-known/oauth-authorization-server"
RESOURCE = "/.well-known/oauth-protected-resource/api/v1"
TOKEN_FORM = {"token": "nothing"}
GRANT = {"grant_type": "client_credentials"}

# What each address answers to somebody who comes with nothing.
ADDRESSES = {
    "authorization_endpoint": 400,
    "token_endpoint": 405,
    "pushed_authorization_request_endpoint": 405,
    "device_authorization_endpoint": 405,
    "revocation_endpoint": 405,
    "introspection_endpoint": 405,
    "userinfo_endpoint": 401,
    "end_session_endpoint": 200,
    "jwks_uri": 200,
    "service_documentation": 200,
}
PROBES: dict[str, Probe] = {
    "issuer": probes.issuer,
    "scopes_supported": probes.scopes,
    "response_types_supported": probes.response_types,
    "response_modes_supported": probes.response_modes,
    "grant_types_supported": probes.grant_types,
    "code_challenge_methods_supported": probes.challenge_methods,
    "authorization_response_iss_parameter_supported": probes.names_issuer,
    "require_pushed_authorization_requests": probes.must_push,
    "authorization_details_types_supported": probes.details_types,
    "dpop_signing_alg_values_supported": probes.proof_algorithms,
    "token_endpoint_auth_methods_supported": probes.auth_methods("/oauth/token", GRANT),
    "revocation_endpoint_auth_methods_supported": probes.auth_methods("/oauth/revoke", TOKEN_FORM),
    "introspection_endpoint_auth_methods_supported": probes.auth_methods(
        "/oauth/introspect", TOKEN_FORM
    ),
    "token_endpoint_auth_signing_alg_values_supported": probes.assertion_algorithms(
        "/oauth/token", GRANT
    ),
    "revocation_endpoint_auth_signing_alg_values_supported": probes.assertion_algorithms(
        "/oauth/revoke", TOKEN_FORM
    ),
    "introspection_endpoint_auth_signing_alg_values_supported": probes.assertion_algorithms(
        "/oauth/introspect", TOKEN_FORM
    ),
    "introspection_signing_alg_values_supported": probes.introspection_algorithms,
    "subject_types_supported": probes.subject_types,
    "id_token_signing_alg_values_supported": probes.id_token_algorithms,
    "userinfo_signing_alg_values_supported": probes.userinfo_algorithms,
    "claim_types_supported": lambda _stage: ["normal"],  # No claim of ours comes from elsewhere.
    "claims_supported": probes.claims,
    "claims_parameter_supported": probes.hears_claims,
    "request_parameter_supported": probes.hears_request,
    "request_uri_parameter_supported": probes.hears_request_uri,
    "prompt_values_supported": probes.prompts,
    "acr_values_supported": probes.acr_values,
    "ui_locales_supported": probes.languages,
    "backchannel_logout_supported": lambda stage: "events" in probes.logout_token(stage),
    "backchannel_logout_session_supported": lambda stage: "sid" in probes.logout_token(stage),
}


@pytest.fixture
def stage(world: World) -> Stage:
    return Stage(world)


def in_order(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


@conforms("RFC 8414", "2", "Every value that is advertised is so, and no other value works.")
@pytest.mark.parametrize("name", sorted(server_metadata()))
def test_what_is_advertised_is_so(name: str, stage: Stage) -> None:
    advertised = told(Browser().get(DOCUMENT))[name]

    if name in ADDRESSES:
        answer = Browser().get(advertised.removeprefix(ISSUER))
        assert answer.status_code == ADDRESSES[name]
    else:
        assert in_order(PROBES[name](stage)) == in_order(advertised)


@conforms("RFC 9700", "2.6", "Metadata is published.", level="SHOULD")
@conforms("RFC 8414", "5", "Both documents say the same.")
def test_both_documents_say_the_same(world: World) -> None:
    del world
    other = told(Browser().get("/.well-known/openid-configuration"))

    assert told(Browser().get(DOCUMENT)) == other == server_metadata()
