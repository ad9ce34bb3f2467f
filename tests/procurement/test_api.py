"""Purchase orders over HTTP: the contract's shapes, and every refusal by status and code."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.events import Action, Outcome
from apps.audit.models import Event
from apps.gateway.models import IdempotencyRecord
from apps.procurement.models import Acknowledgement, OrderRevision, PurchaseOrder
from apps.projects.models import Project
from apps.projects.states import ProjectStatus
from tests.factories.gateway import ORDERS, Caller, faults, new_key, problem
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import (
    auditor_caller,
    buyer_caller,
    issued,
    order_payload,
    post_order,
    vendor_caller,
)
from tests.factories.world import World, project

pytestmark = pytest.mark.django_db
NOBODY = "po_" + "0" * 26


@pytest.fixture
def erp(world: World) -> Caller:
    return buyer_caller(world)


@pytest.fixture
def acme(world: World) -> Caller:
    return vendor_caller(world.acme)


def act(caller: Caller, answer: Any, name: str, body: Any = None, **headers: str) -> Any:
    """An act on the order in an answer, from the revision it shows."""
    path = f"{ORDERS}/{answer.json()['id']}/{name}"
    return caller.post(path, body, **{"If_Match": answer["ETag"], **headers})


def test_contracts_example_is_answered_as_the_contract_says(world: World, erp: Caller) -> None:
    answer = post_order(erp, world)

    body = answer.json()
    assert answer["Location"] == f"{ORDERS}/{body['id']}"
    assert answer["ETag"] == f'"{body["id"]}.1"'
    assert (body["status"], body["revision"], body["currency"]) == ("draft", 1, "EUR")
    assert body["number"] == f"PO-{datetime.now(UTC).year}-000001"
    assert (body["project"], body["vendor"]) == (world.office.public_id, world.acme.public_id)
    assert body["totals"] == {
        "lines_net": "510.00",
        "allowances": "10.00",
        "charges": "0.00",
        "tax_exclusive": "500.00",
        "tax": "125.00",
        "tax_inclusive": "625.00",
        "by_tax": [{"category": "S", "rate": "25", "taxable": "500.00", "tax": "125.00"}],
    }
    assert body["lines"] == [{**order_payload(world)["lines"][0], "net": "510.00"}]
    assert (body["receipt_status"], body["billing_status"], body["holds"]) == ("none", "none", [])
    assert body["links"] == {
        "self": answer["Location"],
        "submit": f"{answer['Location']}/submit",
    }


def test_order_goes_from_draft_to_acknowledged(world: World, erp: Caller, acme: Caller) -> None:
    created = post_order(erp, world)
    submitted = act(erp, created, "submit", {"reason": "Needed"})
    sent = act(erp, submitted, "issue", {"reason": ""})
    seen = acme.get(created["Location"])
    answered = act(
        acme,
        seen,
        "acknowledgements",
        {
            "response": "CA",
            "lines": [
                {
                    "line_no": 1,
                    "code": "3",
                    "promised_quantity": "100",
                    "promised_date": "2026-12-05",
                }
            ],
        },
    )

    assert [a.status_code for a in (submitted, sent, seen, answered)] == [200, 200, 200, 201]
    assert [a.json()["status"] for a in (submitted, sent, seen)] == [
        "approved",
        "issued",
        "issued",
    ]
    assert answered.json()["lines"] == [
        {
            "line_no": 1,
            "code": "3",
            "promised_quantity": "100",
            "promised_price": None,
            "promised_date": "2026-12-05",
        }
    ]
    assert answered["ETag"] == f'"{answered.json()["id"]}.1"'
    assert (answered.json()["order_status"], answered.json()["order_revision"]) == (
        "change_requested",
        4,
    )
    assert erp.get(created["Location"]).json()["status"] == "change_requested"


def test_act_needs_no_body(world: World, erp: Caller) -> None:
    assert act(erp, post_order(erp, world), "submit").status_code == 200


def test_context_of_the_request_is_kept(world: World, erp: Caller) -> None:
    answer = erp.post(ORDERS, order_payload(world), X_Request_Id="order-import-17")

    context = OrderRevision.objects.get()
    assert answer["X-Request-Id"] == context.request_id == "order-import-17"
    assert context.scopes_exercised == ["purchase_orders:create"]
    assert context.scopes_granted == sorted(context.session.scopes)
    assert context.ip == "127.0.0.1"
    assert len(context.access_token_sha256) == len(context.idempotency_key_sha256) == 64


@pytest.mark.parametrize(
    ("currency", "price", "net"),
    (("EUR", "365.1250", "365.13"), ("JPY", "365.5", "366"), ("KWD", "365.1255", "365.126")),
)
def test_amounts_have_the_currencys_decimals(
    world: World, erp: Caller, currency: str, price: str, net: str
) -> None:
    line = {**order_payload(world)["lines"][0], "quantity": "1", "unit_price": price}

    body = post_order(erp, world, currency=currency, allowances=[], lines=[line]).json()

    assert body["lines"][0]["net"] == body["totals"]["lines_net"] == net


def test_optional_fields_may_be_left_out(world: World, erp: Caller) -> None:
    line = {
        "line_no": 1,
        "description": "Chairs",
        "quantity": "2",
        "uom": "C62",
        "unit_price": "10",
        "tax": {"category": "Z", "rate": "0"},
    }
    payload = {
        "project": world.office.public_id,
        "vendor": world.acme.public_id,
        "currency": "EUR",
        "lines": [line],
    }

    answer = erp.post(ORDERS, payload)

    assert answer.status_code == 201
    assert answer.json()["lines"][0]["price_base_quantity"] == "1"
    assert answer.json()["totals"]["tax_inclusive"] == "20.00"


# --- Reading ------------------------------------------------------------------------------------


def test_answers_are_nobodys_to_keep(world: World, erp: Caller) -> None:
    location = post_order(erp, world)["Location"]

    for answer in (erp.get(location), erp.get(ORDERS), erp.get(f"{ORDERS}/{NOBODY}")):
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Vary"] == "Authorization"


def queries_of(caller: Caller, path: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert caller.get(path).status_code == 200
    return [query["sql"] for query in captured if query["sql"].startswith("SELECT")]


@pytest.mark.parametrize("count", (1, 3))
def test_list_takes_one_query_to_authenticate_and_one_to_read(
    world: World, erp: Caller, count: int
) -> None:
    for _ in range(count):
        post_order(erp, world)

    assert len(queries_of(erp, ORDERS)) == 2


def test_one_order_takes_one_query_to_authenticate_and_one_to_read(
    world: World, erp: Caller
) -> None:
    assert len(queries_of(erp, post_order(erp, world)["Location"])) == 2


def test_list_filters_by_status_project_and_vendor(world: World, erp: Caller) -> None:
    first = post_order(erp, world)
    second = post_order(erp, world, vendor=world.globex.public_id)
    act(erp, second, "submit")

    def found(**query: str) -> list[str]:
        return [order["id"] for order in erp.get(ORDERS, **query).json()["data"]]

    one, two = first.json()["id"], second.json()["id"]
    assert found() == [two, one]
    assert found(**{"filter[status]": "draft"}) == [one]
    assert found(**{"filter[status]": "approved,draft"}) == [two, one]
    assert found(**{"filter[vendor]": world.globex.public_id}) == [two]
    assert found(**{"filter[project]": world.office.public_id}) == [two, one]
    assert found(**{"filter[project]": "prj_" + "0" * 26}) == []


@pytest.mark.parametrize(
    "query",
    (
        {"filter[status]": "shipped"},
        {"filter[status]": ""},
        {"filter[project]": "ptr_" + "0" * 26},
        {"filter[vendor]": "nonsense"},
        {"filter[vendor]": "ptr_\x00"},
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "-1"},
        {"limit": "many"},
        {"limit": "1" * 30},
    ),
)
def test_query_that_makes_no_sense_is_refused(erp: Caller, query: dict[str, str]) -> None:
    assert problem(erp.get(ORDERS, **query)) == (400, "malformed-request")


@pytest.mark.parametrize("name", ("status", "filter[iban]", "Cursor"))
def test_unknown_query_parameter_is_refused(erp: Caller, name: str) -> None:
    answer = erp.get(ORDERS, **{name: "x"})

    assert problem(answer) == (400, "unknown-filter")
    assert "filter[status]" in answer.json()["known"]


def test_unknown_query_parameter_is_refused_on_one_order_and_on_writes(
    world: World, erp: Caller
) -> None:
    location = post_order(erp, world)["Location"]

    assert problem(erp.get(location, limit="1")) == (400, "unknown-filter")
    answer = erp.post(f"{ORDERS}?limit=1", order_payload(world))
    assert problem(answer) == (400, "unknown-filter")


# --- Who may ------------------------------------------------------------------------------------


def test_without_a_token_there_is_a_challenge_and_nothing_else(world: World) -> None:
    anonymous = Caller("")

    answer = anonymous.post(ORDERS, order_payload(world))

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer ")
    assert problem(answer)[0] == 401
    assert Event.objects.filter(action=Action.REQUEST_DENIED).count() == 0


def test_missing_scope_names_what_is_needed(world: World) -> None:
    reader = buyer_caller(world, "purchase_orders:read")

    answer = reader.post(ORDERS, order_payload(world))

    assert problem(answer) == (403, "insufficient-scope")
    assert answer.json()["required"] == ["purchase_orders:create"]
    assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]
    assert PurchaseOrder.objects.count() == 0


def test_denial_of_somebody_known_is_an_event(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    caller = Caller(access_token(new))

    answer = caller.get(f"{ORDERS}/{NOBODY}")

    event = Event.objects.get(action=Action.REQUEST_DENIED)
    assert (event.outcome, event.client_id, event.partner_id) == (
        Outcome.DENIED,
        new.client.client_id,
        world.acme.pk,
    )
    assert event.session_id is not None
    assert event.request_id == answer["X-Request-Id"]
    assert event.data == {
        "code": "not-found",
        "status": 404,
        "method": "GET",
        "path": f"{ORDERS}/{NOBODY}",
        "scopes_exercised": ["purchase_orders:read"],
    }


def test_buyers_scopes_do_not_acknowledge(erp: Caller) -> None:
    answer = erp.post(f"{ORDERS}/{NOBODY}/acknowledgements", {"response": "AP"}, If_Match="*")

    assert problem(answer) == (403, "insufficient-scope")


def test_another_vendors_order_is_not_found_by_any_way(world: World, acme: Caller) -> None:
    order = issued(world, vendor=world.globex.public_id)
    path = f"{ORDERS}/{order.public_id}"
    accepted = {"response": "AP"}

    answers = [
        acme.get(path),
        acme.post(f"{path}/acknowledgements", accepted, If_Match="*"),
        acme.post(f"{path}/acknowledgements", accepted, If_Match=f'"{order.public_id}.3"'),
        acme.post(f"{path}/acknowledgements", accepted, If_Match=""),
        acme.get(f"{ORDERS}/{NOBODY}"),
    ]

    assert [problem(answer) for answer in answers] == [(404, "not-found")] * 5
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert acme.get(ORDERS).json()["data"] == []
    theirs = {"filter[vendor]": world.globex.public_id}
    assert acme.get(ORDERS, **theirs).json()["data"] == []
    assert Acknowledgement.objects.count() == 0
    # The list that named Globex is heard of as well.
    assert Event.objects.filter(action=Action.REQUEST_DENIED).count() == 6


def test_draft_is_not_found_for_its_vendor(world: World, erp: Caller, acme: Caller) -> None:
    created = post_order(erp, world)

    assert problem(acme.get(created["Location"])) == (404, "not-found")


def test_order_of_a_closed_project_is_403_for_a_session_of_several(world: World) -> None:
    other = project("OTHER", world.buyer, world.acme, world.erp)
    erp = buyer_caller(world)
    created = post_order(erp, world)
    Project.objects.filter(pk=world.office.pk).update(status=ProjectStatus.CLOSED)

    assert problem(erp.get(created["Location"])) == (403, "project-closed")
    assert problem(erp.post(ORDERS, order_payload(world))) == (403, "project-closed")
    assert problem(act(erp, created, "submit")) == (403, "project-closed")
    assert erp.get(ORDERS).json()["data"] == []
    assert post_order(erp, world, project=other.public_id).status_code == 201


def test_auditor_may_read_and_not_write(world: World, erp: Caller) -> None:
    created, auditor = post_order(erp, world), auditor_caller(world)

    seen, made = auditor.get(created["Location"]).json(), created.json()
    assert seen.pop("links") == {"self": created["Location"]}
    assert seen == {name: value for name, value in made.items() if name != "links"}
    assert problem(auditor.post(ORDERS, order_payload(world))) == (403, "insufficient-scope")


# --- Bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    (
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"17",
        b'{"project": NaN}',
        b'{"project": 1e999}',
        b'{"project": 123456789012345678901234567890}',
        b'{"project": "\xff"}',
        b'{"note": "\\u0000"}',
        b'{"note\\u0000": ""}',
        b'{"note": "\\ud800"}',
        b'{"note": "a", "note": "b"}',
        b"[" * 100_000,
    ),
)
def test_body_that_is_no_json_object_is_refused(erp: Caller, body: bytes) -> None:
    # An empty body is an empty object, whose fields are missing.
    expected = (400, "malformed-request") if body else (422, "validation-error")

    assert problem(erp.post(ORDERS, body)) == expected
    assert IdempotencyRecord.objects.count() == 0


@pytest.mark.parametrize("depth", (50, 200, 400, 600, 800, 900, 950, 990))
def test_body_nested_however_deep_is_never_our_fault(erp: Caller, depth: int) -> None:
    answer = erp.post(ORDERS, b'{"note": ' + b"[" * depth + b"]" * depth + b"}")

    assert problem(answer)[0] in {400, 422}


def test_body_of_another_media_type_is_refused(erp: Caller) -> None:
    answer = erp.post(ORDERS, b"project=1", Content_Type="application/x-www-form-urlencoded")

    assert problem(answer) == (415, "unsupported-media-type")
    assert answer.json()["detail"].endswith("in request. Send application/json.")
    assert answer["Accept"] == "application/json"


def test_body_beyond_the_limit_is_refused(erp: Caller, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    assert problem(erp.post(ORDERS, b" " * 1001)) == (413, "content-too-large")


def test_unknown_fields_are_refused_at_every_depth(world: World, erp: Caller) -> None:
    line = {**order_payload(world)["lines"][0], "nett": "1", "tax": {"category": "S", "rate": "25"}}
    cases = {
        "/status": {"status": "issued"},
        "/a~1b~0": {"a/b~": 1},
        "/lines/0/nett": {"lines": [line]},
        "/allowances/0/tax/percent": {
            "allowances": [
                {
                    "reason": "r",
                    "amount": "1.00",
                    "tax": {"category": "S", "rate": "25", "percent": "25"},
                }
            ]
        },
    }

    for pointer, change in cases.items():
        answer = erp.post(ORDERS, order_payload(world, **change))
        assert problem(answer) == (400, "unknown-field")
        assert faults(answer) == [(pointer, "unknown-field")]
    assert PurchaseOrder.objects.count() == 0


def with_line(world: World, **changes: Any) -> dict[str, Any]:
    return order_payload(world, lines=[{**order_payload(world)["lines"][0], **changes}])


VALUE_FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "negative quantity": ({"quantity": "-1"}, "/lines/0/quantity", "not-positive"),
    "no quantity": ({"quantity": "0"}, "/lines/0/quantity", "not-positive"),
    "quantity as a number": ({"quantity": 120}, "/lines/0/quantity", "not-a-string"),
    "negative number": ({"quantity": -1}, "/lines/0/quantity", "not-a-string"),
    "quantity in words": ({"quantity": "many"}, "/lines/0/quantity", "not-a-decimal"),
    "exponent": ({"unit_price": "1e3"}, "/lines/0/unit_price", "not-a-decimal"),
    "not a number": ({"unit_price": "NaN"}, "/lines/0/unit_price", "not-a-decimal"),
    "five decimals": ({"unit_price": "0.00001"}, "/lines/0/unit_price", "not-a-decimal"),
    "sixteen digits": ({"unit_price": "1" * 16}, "/lines/0/unit_price", "not-a-decimal"),
    "negative price": ({"unit_price": "-1"}, "/lines/0/unit_price", "negative"),
    "no base": ({"price_base_quantity": "0"}, "/lines/0/price_base_quantity", "not-positive"),
    "line zero": ({"line_no": 0}, "/lines/0/line_no", "min-value"),
    "line as text": ({"line_no": "1"}, "/lines/0/line_no", "invalid"),
    "line as truth": ({"line_no": True}, "/lines/0/line_no", "invalid"),
    "description as number": ({"description": 5}, "/lines/0/description", "invalid"),
    "no description": ({"description": ""}, "/lines/0/description", "blank"),
    "long description": ({"description": "x" * 501}, "/lines/0/description", "max-length"),
    "unit": ({"uom": "each"}, "/lines/0/uom", "invalid"),
    "tax category": (
        {"tax": {"category": "Q", "rate": "0"}},
        "/lines/0/tax/category",
        "unknown-tax-category",
    ),
    "tax rate": ({"tax": {"category": "S", "rate": "250"}}, "/lines/0/tax/rate", "out-of-range"),
    "tax as text": ({"tax": "25"}, "/lines/0/tax", "invalid"),
    "no day": ({"need_by": "2026-02-30"}, "/lines/0/need_by", "invalid"),
    "week day": ({"need_by": "2026-W05-1"}, "/lines/0/need_by", "invalid"),
    "item ids": ({"item_ids": [{"scheme": "0160"}]}, "/lines/0/item_ids/0/id", "required"),
    "allowance": (
        {"allowances": [{"reason": "r", "amount": "0.001"}]},
        "/lines/0/allowances/0/amount",
        "too-precise",
    ),
    "overflow": (
        {"quantity": "9" * 13, "unit_price": "9" * 15},
        "/lines",
        "too-large",
    ),
}


@pytest.mark.parametrize("name", VALUE_FAULTS)
def test_unacceptable_value_in_a_line_is_pointed_at(world: World, erp: Caller, name: str) -> None:
    change, pointer, code = VALUE_FAULTS[name]

    answer = erp.post(ORDERS, with_line(world, **change))

    assert problem(answer) == (422, "validation-error")
    assert faults(answer)[0] == (pointer, code)
    assert PurchaseOrder.objects.count() == 0
    assert OrderRevision.objects.count() == 0


ORDER_FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown currency": ({"currency": "XXX"}, "/currency", "unknown-currency"),
    "small currency": ({"currency": "eur"}, "/currency", "unknown-currency"),
    "long currency": ({"currency": "EURO"}, "/currency", "max-length"),
    "country of nobody": (
        {"bill_to": {"name": "N", "lines": ["1"], "city": "Oslo", "country": "XX"}},
        "/bill_to/country",
        "invalid",
    ),
    "project as number": ({"project": 1}, "/project", "invalid"),
    "foreign vendor": ({"vendor": "ptr_" + "0" * 26}, "/vendor", "not-found"),
    "no lines": ({"lines": []}, "/lines", "empty"),
    "lines as object": ({"lines": {}}, "/lines", "not-a-list"),
    "line as text": ({"lines": ["paper"]}, "/lines/0", "invalid"),
    "null note": ({"note": None}, "/note", "null"),
    "too much off": (
        {"allowances": [{"reason": "r", "amount": "511", "tax": {"category": "S", "rate": "25"}}]},
        "/lines",
        "negative-total",
    ),
    "untaxed allowance": (
        {"allowances": [{"reason": "r", "amount": "1"}]},
        "/allowances/0/tax",
        "required",
    ),
}


@pytest.mark.parametrize("name", ORDER_FAULTS)
def test_unacceptable_value_in_the_order_is_pointed_at(
    world: World, erp: Caller, name: str
) -> None:
    change, pointer, code = ORDER_FAULTS[name]

    answer = erp.post(ORDERS, order_payload(world, **change))

    assert problem(answer) == (422, "validation-error")
    assert faults(answer)[0] == (pointer, code)
    assert PurchaseOrder.objects.count() == 0


def test_missing_fields_are_named_together(erp: Caller) -> None:
    answer = erp.post(ORDERS, {})

    assert problem(answer) == (422, "validation-error")
    assert faults(answer) == [
        ("/project", "required"),
        ("/vendor", "required"),
        ("/currency", "required"),
        ("/lines", "required"),
    ]


def test_lines_with_one_number_are_refused(world: World, erp: Caller) -> None:
    line = order_payload(world)["lines"][0]

    answer = erp.post(ORDERS, order_payload(world, lines=[line, line]))

    assert problem(answer) == (422, "validation-error")
    assert faults(answer) == [("/lines/1/line_no", "duplicate")]


def test_five_hundred_lines_are_accepted_and_one_more_refused(world: World, erp: Caller) -> None:
    line = order_payload(world)["lines"][0]

    def lines(count: int) -> list[dict[str, Any]]:
        return [{**line, "line_no": number} for number in range(1, count + 1)]

    assert post_order(erp, world, lines=lines(500)).status_code == 201
    answer = erp.post(ORDERS, order_payload(world, lines=lines(501)))
    assert problem(answer) == (422, "validation-error")
    assert faults(answer) == [("/lines", "max-length")]


def test_totals_that_follow_are_accepted_and_others_refused(world: World, erp: Caller) -> None:
    assert post_order(erp, world, totals={"tax_inclusive": "625.00"}).status_code == 201

    answer = erp.post(ORDERS, order_payload(world, totals={"tax_inclusive": "625.01"}))

    assert problem(answer) == (422, "totals-mismatch")
    assert faults(answer) == [("/totals/tax_inclusive", "totals-mismatch")]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    (
        ({}, "/response", "required"),
        ({"response": "OK"}, "/response", "invalid-choice"),
        ({"response": "AP", "lines": [{"line_no": 1}]}, "/lines/0/code", "required"),
        (
            {"response": "AP", "lines": [{"line_no": 1, "code": 5}]},
            "/lines/0/code",
            "invalid-choice",
        ),
        (
            {"response": "AP", "lines": [{"line_no": 2, "code": "5"}]},
            "/lines/0/line_no",
            "not-found",
        ),
    ),
)
def test_unacceptable_answer_is_pointed_at(
    world: World, acme: Caller, body: dict[str, Any], pointer: str, code: str
) -> None:
    path = f"{ORDERS}/{issued(world).public_id}/acknowledgements"

    answer = acme.post(path, body, If_Match="*")

    assert problem(answer) == (422, "validation-error")
    assert faults(answer) == [(pointer, code)]
    assert Acknowledgement.objects.count() == 0


# --- Conditions ---------------------------------------------------------------------------------


def test_stale_etag_is_412_and_writes_nothing(world: World, erp: Caller) -> None:
    created = post_order(erp, world)
    act(erp, created, "submit")

    answer = act(erp, created, "issue")

    assert problem(answer) == (412, "revision-stale")
    assert answer.json()["current_revision"] == 2
    assert OrderRevision.objects.count() == 2


@pytest.mark.parametrize(
    ("tag", "status"),
    (
        ("*", 200),
        ('"other", "{id}.1"', 200),
        ('W/"{id}.1"', 412),
        ('"{id}.2"', 412),
        ("{id}.1", 412),
        ("nonsense", 412),
    ),
)
def test_if_match_is_compared_strongly(world: World, erp: Caller, tag: str, status: int) -> None:
    created = post_order(erp, world)

    answer = act(erp, created, "submit", If_Match=tag.format(id=created.json()["id"]))

    assert answer.status_code == status


def test_act_without_if_match_is_428(world: World, erp: Caller) -> None:
    answer = act(erp, post_order(erp, world), "submit", If_Match="")

    assert problem(answer) == (428, "precondition-required")


def test_move_out_of_turn_is_409_with_what_is_allowed(world: World, erp: Caller) -> None:
    answer = act(erp, post_order(erp, world), "issue")

    assert problem(answer) == (409, "invalid-transition")
    assert (answer.json()["from"], answer.json()["to"]) == ("draft", "issued")
    assert answer.json()["allowed"] == ["approved", "cancelled", "pending_approval"]


# --- Sent again ---------------------------------------------------------------------------------


def test_write_without_a_key_is_refused(world: World, erp: Caller) -> None:
    created = post_order(erp, world)

    answer = erp.post(ORDERS, order_payload(world), Idempotency_Key="")

    assert problem(answer) == (400, "idempotency-key-missing")
    assert problem(act(erp, created, "submit", Idempotency_Key="")) == (
        400,
        "idempotency-key-missing",
    )
    assert PurchaseOrder.objects.count() == 1


def test_same_key_and_body_is_answered_alike_and_done_once(world: World, erp: Caller) -> None:
    key, payload = new_key(), order_payload(world)

    first = erp.post(ORDERS, payload, Idempotency_Key=key)
    again = erp.post(
        ORDERS, json.dumps(payload, indent=1, sort_keys=True).encode(), Idempotency_Key=f'"{key}"'
    )

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert (again["Location"], again["ETag"]) == (first["Location"], first["ETag"])
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert PurchaseOrder.objects.count() == OrderRevision.objects.count() == 1


def test_same_key_with_another_body_is_refused(world: World, erp: Caller) -> None:
    key = new_key()
    erp.post(ORDERS, order_payload(world), Idempotency_Key=key)

    answer = erp.post(ORDERS, order_payload(world, note="other"), Idempotency_Key=key)

    assert problem(answer) == (422, "idempotency-key-reused")
    assert PurchaseOrder.objects.count() == 1


def test_act_sent_again_is_done_once_and_not_412(world: World, erp: Caller) -> None:
    created, key = post_order(erp, world), new_key()

    first = act(erp, created, "submit", Idempotency_Key=key)
    again = act(erp, created, "submit", Idempotency_Key=key)
    elsewhere = act(erp, created, "issue", Idempotency_Key=key, If_Match="*")

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert elsewhere.json()["status"] == "issued", "the same key elsewhere is another key"


def test_answer_sent_again_is_one_answer(world: World, acme: Caller) -> None:
    path, key = f"{ORDERS}/{issued(world).public_id}/acknowledgements", new_key()

    first = acme.post(path, {"response": "AP"}, Idempotency_Key=key, If_Match="*")
    again = acme.post(path, {"response": "AP"}, Idempotency_Key=key, If_Match="*")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Acknowledgement.objects.count() == 1


def test_refused_draft_sent_again_is_refused_alike(world: World, erp: Caller) -> None:
    key = new_key()
    asked = order_payload(world, vendor="ptr_" + "0" * 26)

    first = erp.post(ORDERS, asked, Idempotency_Key=key)
    again = erp.post(ORDERS, asked, Idempotency_Key=key)

    assert problem(first) == problem(again) == (422, "validation-error")
    assert faults(first) == faults(again) == [("/vendor", "not-found")]
    assert again["Idempotency-Replayed"] == "true"
    assert PurchaseOrder.objects.count() == 0


@pytest.mark.parametrize("state", ("stale", "draft"))
def test_refusal_that_may_pass_is_not_remembered(world: World, erp: Caller, state: str) -> None:
    created, key = post_order(erp, world), new_key()
    tag = '"stale"' if state == "stale" else "*"
    refused = act(erp, created, "issue", If_Match=tag, Idempotency_Key=key)
    assert refused.status_code == (412 if state == "stale" else 409)
    submitted = act(erp, created, "submit")

    answer = act(erp, submitted, "issue", Idempotency_Key=key)

    assert (answer.status_code, answer.json()["status"]) == (200, "issued")


def test_replay_needs_the_scope_and_the_row_again(world: World) -> None:
    new = machine(partner=world.erp, scopes=["purchase_orders:read", "purchase_orders:create"])
    project("OTHER", world.buyer, world.erp)
    erp, key, payload = Caller(access_token(new)), new_key(), order_payload(world)
    erp.post(ORDERS, payload, Idempotency_Key=key)

    reader = Caller(access_token(new, ["purchase_orders:read"]))
    assert problem(reader.post(ORDERS, payload, Idempotency_Key=key)) == (
        403,
        "insufficient-scope",
    )
    Project.objects.filter(pk=world.office.pk).update(status=ProjectStatus.CLOSED)
    assert problem(erp.post(ORDERS, payload, Idempotency_Key=key)) == (403, "project-closed")


def test_key_of_another_client_is_another_key(world: World, erp: Caller) -> None:
    key = new_key()
    first = erp.post(ORDERS, order_payload(world), Idempotency_Key=key)

    second = buyer_caller(world).post(
        ORDERS, order_payload(world, note="other"), Idempotency_Key=key
    )

    assert (first.status_code, second.status_code) == (201, 201)
    assert PurchaseOrder.objects.count() == 2


# --- Addresses ----------------------------------------------------------------------------------


def test_address_with_a_slash_at_the_end_is_404(world: World, erp: Caller) -> None:
    location = post_order(erp, world)["Location"]

    assert problem(erp.get(f"{location}/")) == (404, "not-found")
    assert problem(erp.post(f"{ORDERS}/", order_payload(world))) == (404, "not-found")


@pytest.mark.parametrize("path", (ORDERS, f"{ORDERS}/{NOBODY}/submit"))
def test_method_that_does_not_exist_is_405(erp: Caller, path: str, client: Any) -> None:
    answer = client.delete(path, headers={"Authorization": f"Bearer {erp.token}"})

    assert problem(answer) == (405, "method-not-allowed")
    assert "POST" in answer["Allow"]


@pytest.mark.parametrize(
    "order_id", ("po_", "PO_" + "0" * 26, "po_\x00", "%2e%2e", "po_" + "U" * 26)
)
def test_odd_order_id_is_not_found(erp: Caller, order_id: str) -> None:
    assert problem(erp.get(f"{ORDERS}/{order_id}")) == (404, "not-found")
