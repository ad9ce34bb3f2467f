"""Whatever is sent to the API: no fault of ours, no status and no answer that its description does
not tell of. Generated from the description, with a token of each side.
"""

import copy
from functools import cache
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from django.test import Client as Browser
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.oauth.scopes import CATALOGUE, OFFLINE_ACCESS, ROLE_SCOPES
from apps.oauth.services.dpop import PATH_CHARACTERS
from apps.partners.models import Role
from apps.procurement.models import OrderRevision
from tests.factories.fulfilment import received, shipped
from tests.factories.gateway import Caller, new_key, problem
from tests.factories.invoices import credited, invoiced, taken
from tests.factories.partners import (
    address,
    buyer_machine,
    contact,
    machine_caller,
    tax_registration,
)
from tests.factories.partners import proposed as bank_change
from tests.factories.procurement import actor_for, answered, drafted, issued, proposed, session_of
from tests.factories.schemas import NASTY_TEXT, PLAIN, Described, Schema, spoiled
from tests.factories.world import World
from tests.flows.matrix import rows

pytestmark = pytest.mark.django_db
BODIES = {"post": "application/json", "patch": "application/merge-patch+json"}


@cache
def description() -> Schema:
    document: Schema = Browser().get("/api/v1/openapi.json").json()
    return document


def operation(method: str, route: str) -> tuple[str, Schema]:
    path = f"/api/v1/{route.replace('<str:', '{').replace('>', '}')}"
    return path, description()["paths"][path][method.lower()]


def scopes_of(role: Role) -> list[str]:
    """All that a machine of the role may have."""
    names = ROLE_SCOPES[role] - {OFFLINE_ACCESS}
    return sorted(name for name in names if not CATALOGUE[name].people_only)


@pytest.fixture
def callers(world: World) -> dict[Role, Caller]:
    """The strongest machine of each side."""
    buyer, vendor = Role.APPROVER_ADMIN, Role.ADMIN
    return {
        buyer: buyer_machine(world, buyer, *scopes_of(buyer)),
        vendor: machine_caller(world.acme, vendor, *scopes_of(vendor)),
    }


@pytest.fixture
def known(world: World) -> dict[str, str]:
    """What there is, by the names that paths and bodies have for it, or by where it is found."""
    order, acme = issued(world), actor_for(world.acme, world.office)
    shipment, invoice = shipped(order), invoiced(order)
    return {
        "addresses": address(world.acme).public_id,
        "contacts": contact(world.acme).public_id,
        "tax-registrations": tax_registration(world.acme).public_id,
        "bank-account-changes": bank_change(world.acme).public_id,
        "acknowledgement_id": answered(order, acme, "AB").public_id,
        "change_id": proposed(order, acme).public_id,
        "credit_note_id": credited(invoice, taken("5")).public_id,
        "exception_id": invoice.exceptions.get().public_id,
        "invoice_id": invoice.public_id,
        "name": "units",
        "order_id": order.public_id,
        "project": world.office.public_id,
        "project_id": world.office.public_id,
        "purchase_order": order.public_id,
        "id": drafted(world).public_id,
        "receipt_id": received(order, shipment=shipment.public_id).public_id,
        "session_id": session_of(world.acme).public_id,
        "revision_id": OrderRevision.objects.filter(order=order).latest("revision").public_id,
        "shipment": shipment.public_id,
        "shipment_id": shipment.public_id,
        "tree_size": "latest",
        "vendor": world.acme.public_id,
        "vendor_id": world.acme.public_id,
    }


def rarely(odd: st.SearchStrategy[str], usual: str) -> st.SearchStrategy[str]:
    return st.integers(0, 5).flatmap(lambda number: odd if number == 3 else st.just(usual))


class Fuzzer:
    """Draws requests for one operation."""

    def __init__(self, path: str, said: Schema, known: dict[str, str]) -> None:
        self.path, self.said, self.known = path, said, known
        self.described = Described(description(), known)

    def role(self, data: st.DataObject) -> Role:
        """Mostly one that has the scope."""
        roles = [Role.APPROVER_ADMIN, Role.ADMIN]
        needed = {one for way in self.said["security"] for one in way.get("oauth2", ())}
        able = [role for role in roles if needed <= ROLE_SCOPES[role]]
        return data.draw(st.sampled_from([*able * 4, *roles]))

    def address(self, data: st.DataObject) -> str:
        """Mostly of what there is."""
        found = self.path
        odd = PLAIN.map(lambda text: text.replace("/", "")) | st.sampled_from(NASTY_TEXT[2:6])
        for one in self._parameters("path"):
            place = found.partition(f"/{{{one['name']}}}")[0].rpartition("/")[2]
            good = self.known.get(place) or self.known[one["name"]]
            value = data.draw(rarely(st.sampled_from([*self.known.values()]) | odd, good))
            found = found.replace(f"{{{one['name']}}}", quote(value or good, safe=PATH_CHARACTERS))
        return found

    def query(self, data: st.DataObject) -> dict[str, str]:
        parameters = self._parameters("query")
        if not parameters:
            return {}
        chosen = data.draw(st.lists(st.sampled_from(parameters), max_size=3))
        odd = st.sampled_from(NASTY_TEXT) | PLAIN
        return {
            one["name"]: data.draw(self.described.values(one["schema"]).map(written) | odd)
            for one in chosen
        }

    def headers(self, data: st.DataObject) -> dict[str, str]:
        """Mostly those that let a write through."""
        odd = st.sampled_from(["", "*", '"stale"', "x", "é", "k" * 300])
        good = {"If-Match": "*", "Idempotency-Key": new_key()}
        taken = {one["name"] for one in self._parameters("header")}
        return {
            name.replace("-", "_"): data.draw(rarely(odd, value))
            for name, value in good.items()
            if name in taken
        }

    def body(self, data: st.DataObject, kind: str) -> Any:
        content = self.said.get("requestBody", {}).get("content", {})
        if kind not in content:
            return None
        examples = [
            self._filled(one["value"]) for one in content[kind].get("examples", {}).values()
        ]
        values = self.described.values(content[kind]["schema"])
        return data.draw(spoiled(st.sampled_from(examples) | values if examples else values))

    def _parameters(self, place: str) -> list[Schema]:
        return [one for one in self.said.get("parameters", ()) if one["in"] == place]

    def _filled(self, example: Any) -> Any:
        if not isinstance(example, dict):
            return example
        ids = {name: self.known[name] for name in example.keys() & self.known.keys()}
        items = [self._filled(one) for one in example.get("items", ())]
        return {**copy.deepcopy(example), **ids, **({"items": items} if items else {})}


def written(value: Any) -> str:
    """As a query has it."""
    if isinstance(value, list):
        return ",".join(written(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def codes_of(refusal: Schema) -> list[str]:
    """The problem codes that the description has for a status."""
    (content,) = refusal["content"].values()
    _document, named = content["schema"]["allOf"]
    found: list[str] = named["properties"]["code"]["enum"]
    return found


def check(answer: Any, said: Schema, *, whole: bool) -> None:
    """The description tells of this answer; ``whole`` unless fields of it were asked for."""
    assert answer.status_code < 500
    assert str(answer.status_code) in said["responses"], answer.content
    if answer.status_code >= 400:
        _status, code = problem(answer)
        assert code in codes_of(said["responses"][str(answer.status_code)])
        return
    content = said["responses"][str(answer.status_code)].get("content", {})
    if answer.get("Content-Type", "").startswith("application/json") and answer.content:
        schema = {**description(), **content["application/json"]["schema"]}
        faults = jsonschema.Draft202012Validator(schema).iter_errors(answer.json())
        assert [one.message for one in faults if whole or one.validator != "required"] == []


@pytest.mark.parametrize(("method", "route"), rows())
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_whatever_is_sent_the_answer_is_described(
    data: st.DataObject, method: str, route: str, callers: dict[Role, Caller], known: dict[str, str]
) -> None:
    path, said = operation(method, route)
    fuzzer, name = Fuzzer(path, said, known), method.lower()
    address, caller = fuzzer.address(data), callers[fuzzer.role(data)]

    query = fuzzer.query(data)
    if method == "GET":
        answer = caller.get(address, **query)
    else:
        headers = fuzzer.headers(data)
        arguments = () if method == "DELETE" else (fuzzer.body(data, BODIES[name]),)
        answer = getattr(caller, name)(address, *arguments, **headers)

    check(answer, said, whole="fields" not in query)
