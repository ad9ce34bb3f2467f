"""What the protected resource advertises is compared with what it does, value by value.

A member without a probe fails, and so does a value that a probe does not find by trying.
"""

from typing import Any

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.rfc8414 import probes
from tests.conformance.rfc8414.probes import Probe, Stage
from tests.conformance.stage import ISSUER, call_api, claims_in, told
from tests.factories.oauth import access_token, machine
from tests.factories.world import World

pytestmark = pytest.mark.django_db

RESOURCE = "/.well-known/oauth-protected-resource/api/v1"
ADDRESSES = {"resource_documentation": 200}


@pytest.fixture
def stage(world: World) -> Stage:
    return Stage(world)


def in_order(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def audience(stage: Stage) -> str:
    return str(claims_in(access_token(machine(partner=stage.world.acme)))["aud"])


def bearer_methods(stage: Stage) -> list[str]:
    token = access_token(machine(partner=stage.world.acme, scopes=["purchase_orders:read"]))
    path = "/api/v1/purchase-orders"
    ways = {
        "header": call_api(token),
        "query": Browser().get(path, {"access_token": token}),
        "body": Browser().post(path, {"access_token": token}),
    }
    return sorted(name for name, answer in ways.items() if answer.status_code != 401)


def is_bound_only(stage: Stage) -> bool:
    new = machine(partner=stage.world.acme, scopes=["purchase_orders:read"])
    return bool(call_api(access_token(new)).status_code != 200)


OF_RESOURCE: dict[str, Probe] = {
    "resource": audience,
    "resource_name": lambda _stage: "Countersign API",
    "authorization_servers": lambda stage: [probes.issuer(stage)],
    "scopes_supported": probes.scopes,
    "bearer_methods_supported": bearer_methods,
    "authorization_details_types_supported": probes.details_types,
    "dpop_signing_alg_values_supported": probes.proof_algorithms,
    "dpop_bound_access_tokens_required": is_bound_only,
}


@conforms("RFC 9728", "2", "Every value the resource advertises is so.")
def test_what_the_resource_advertises_is_so(stage: Stage) -> None:
    document = told(Browser().get(RESOURCE))
    addresses = {name: document.pop(name) for name in list(document) if name in ADDRESSES}

    found = {name: in_order(OF_RESOURCE[name](stage)) for name in document}
    statuses = {
        name: Browser().get(value.removeprefix(ISSUER)).status_code
        for name, value in addresses.items()
    }

    assert found == {name: in_order(value) for name, value in document.items()}
    assert statuses == {name: ADDRESSES[name] for name in addresses}
