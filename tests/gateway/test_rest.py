"""Strict input, conditions and pages, seen through a list that has them all."""

from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from apps.gateway.errors import (
    ContentTooLargeError,
    IdempotencyKeyMissingError,
    MalformedRequestError,
)
from apps.gateway.policy import Precondition
from apps.gateway.rest import actor_of
from apps.gateway.rest.conditions import idempotency_key, precondition_of
from apps.gateway.rest.parsers import StrictJSONParser
from apps.oauth.models import TokenSession
from tests.conformance.compliance import conforms
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.oauth import access_token, code_for, machine, pkce, redeem, web_app
from tests.factories.procurement import buyer_caller, drafted, issued, vendor_caller
from tests.factories.world import World

# --- Bodies -------------------------------------------------------------------------------------


def parse(raw: bytes) -> Any:
    return StrictJSONParser().parse(BytesIO(raw))


@pytest.mark.parametrize(
    ("raw", "value"),
    (
        (b'{"a": [1, 2.5, true, null, "\xc3\xa9"]}', {"a": [1, 2.5, True, None, "é"]}),
        (b'{"a": "\\u00e9\\ud83d\\ude00"}', {"a": "é😀"}),
        (b'{"a": "\\\\u0000"}', {"a": "\\u0000"}),
        (b'{"a": {"b": ["\\u0041"]}}', {"a": {"b": ["A"]}}),
    ),
)
def test_parser_reads_json(raw: bytes, value: Any) -> None:
    assert parse(raw) == value


@pytest.mark.parametrize(
    "raw",
    (
        b"",
        b"{]",
        b"\xef\xbb\xbf{}",
        b'{"a": "\xe9"}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 2}}',
        b"[Infinity]",
        b"[-Infinity]",
        b"[1e400]",
        b"[" + b"1" * 5000 + b"]",
        b'{"a": ["\\u0000"]}',
        b'{"\\u0000": 1}',
        b'{"a": {"b": "\\udc00"}}',
        b"[" * 100_000,
    ),
)
def test_parser_refuses_what_is_ambiguous_or_cannot_be_kept(raw: bytes) -> None:
    with pytest.raises(MalformedRequestError):
        parse(raw)


def test_parser_reads_up_to_the_limit(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 4

    assert parse(b"[17]") == [17]
    with pytest.raises(ContentTooLargeError):
        parse(b"[170]")


# --- Conditions ---------------------------------------------------------------------------------


def request_with(**headers: str) -> Any:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return APIRequestFactory().post("/", headers=names)


@pytest.mark.parametrize(
    ("given", "key"),
    (
        ("abc", "abc"),
        ('"abc"', "abc"),
        ('"a b"', "a b"),
        (r'"a\"b\\c"', r'a"b\c'),
        ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ("x" * 255, "x" * 255),
        ('"' + "x" * 255 + '"', "x" * 255),
    ),
)
def test_idempotency_key_is_a_token_or_a_string(given: str, key: str) -> None:
    assert idempotency_key(request_with(Idempotency_Key=given)) == key


@pytest.mark.parametrize("given", ("a b", '"abc', '"', '""', "é", "x" * 256, r'"a\b"', '"a"b"'))
def test_idempotency_key_of_another_form_is_refused(given: str) -> None:
    with pytest.raises(MalformedRequestError):
        idempotency_key(request_with(Idempotency_Key=given))


@pytest.mark.parametrize("given", ("", "   "))
def test_idempotency_key_that_is_empty_is_missing(given: str) -> None:
    with pytest.raises(IdempotencyKeyMissingError):
        idempotency_key(request_with(Idempotency_Key=given))


@conforms("RFC 9110", "13.1.1", "If-Match compares strongly: weak tags never match.")
@pytest.mark.parametrize(
    ("given", "expected"),
    (
        ("", Precondition()),
        ("*", Precondition(any_revision=True)),
        ('"a.1"', Precondition(tags=frozenset({'"a.1"'}))),
        ('"a.1", "b.2"', Precondition(tags=frozenset({'"a.1"', '"b.2"'}))),
        ('W/"a.1", "b.2"', Precondition(tags=frozenset({'"b.2"'}))),
        ('W/"a.1"', Precondition(tags=frozenset({'W/"a.1"'}))),
        ("a.1", Precondition(tags=frozenset({"a.1"}))),
    ),
)
def test_if_match_keeps_strong_tags(given: str, expected: Precondition) -> None:
    assert precondition_of(request_with(If_Match=given)) == expected


# --- Pages --------------------------------------------------------------------------------------


def ids(answer: Any) -> list[str]:
    return [item["id"] for item in answer.json()["data"]]


@pytest.fixture
def orders(world: World) -> list[str]:
    """Five orders, newest first."""
    return [drafted(world).public_id for _ in range(5)][::-1]


@pytest.mark.django_db
def test_pages_lead_through_the_list_and_back(world: World, orders: list[str]) -> None:
    erp = buyer_caller(world)

    first = erp.get(ORDERS, limit="2")
    second = erp.get(ORDERS, limit="2", cursor=first.json()["page"]["next"])
    third = erp.get(ORDERS, limit="2", cursor=second.json()["page"]["next"])
    back = erp.get(ORDERS, limit="2", cursor=third.json()["page"]["prev"])
    start = erp.get(ORDERS, limit="2", cursor=back.json()["page"]["prev"])

    assert [ids(page) for page in (first, second, third)] == [
        orders[:2],
        orders[2:4],
        orders[4:],
    ]
    assert [ids(page) for page in (back, start)] == [orders[2:4], orders[:2]]
    assert [page.json()["page"]["has_more"] for page in (first, second, third, back, start)] == [
        True,
        True,
        False,
        True,
        True,
    ]
    assert first.json()["page"]["prev"] is None
    assert third.json()["page"]["next"] is None
    assert start.json()["page"]["prev"] is None


@pytest.mark.django_db
def test_page_that_ends_with_the_list_has_no_next(world: World, orders: list[str]) -> None:
    page = buyer_caller(world).get(ORDERS, limit="5")

    assert ids(page) == orders
    assert page.json()["page"] == {"next": None, "prev": None, "has_more": False}
    assert "Link" not in page


@pytest.mark.django_db
def test_links_carry_filter_limit_and_cursor(world: World, orders: list[str]) -> None:
    erp = buyer_caller(world)
    query = {"filter[status]": "draft", "limit": "2"}

    page = erp.get(ORDERS, **query)

    target, relation = page["Link"].split("; ")
    assert relation == 'rel="next"'
    address = urlsplit(target.strip("<>"))
    assert address.path == ORDERS
    expected = {**query, "cursor": page.json()["page"]["next"]}
    assert {name: values[0] for name, values in parse_qs(address.query).items()} == expected
    assert ids(erp.get(target.strip("<>"))) == orders[2:4]


@pytest.mark.django_db
def test_rows_added_between_pages_neither_repeat_nor_hide_any(
    world: World, orders: list[str]
) -> None:
    erp = buyer_caller(world)
    first = erp.get(ORDERS, limit="3")
    newcomer = drafted(world).public_id

    second = erp.get(ORDERS, limit="3", cursor=first.json()["page"]["next"])
    back = erp.get(ORDERS, limit="3", cursor=second.json()["page"]["prev"])
    newest = erp.get(ORDERS, limit="3", cursor=back.json()["page"]["prev"])

    assert ids(first) + ids(second) == orders
    assert ids(back) == orders[:3]
    assert ids(newest) == [newcomer]


@pytest.mark.django_db
def test_limit_may_change_from_page_to_page(world: World, orders: list[str]) -> None:
    erp = buyer_caller(world)
    first = erp.get(ORDERS, limit="1")

    second = erp.get(ORDERS, limit="200", cursor=first.json()["page"]["next"])

    assert ids(second) == orders[1:]


@pytest.mark.django_db
@pytest.mark.parametrize("limit", ("2", "0000000002", "200"))
def test_limit_is_a_whole_number_up_to_200(world: World, orders: list[str], limit: str) -> None:
    answer = buyer_caller(world).get(ORDERS, limit=limit)

    assert ids(answer) == orders[: int(limit)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "limit", ("", "0", "-1", "2.0", "٢", "201", "0000000501", "1000000001", "9" * 5000)
)
def test_any_other_limit_is_refused(world: World, limit: str) -> None:
    assert problem(buyer_caller(world).get(ORDERS, limit=limit)) == (400, "malformed-request")


@pytest.mark.django_db
def test_cursor_counts_for_its_caller_only(world: World) -> None:
    for _ in range(2):
        issued(world)
        issued(world, vendor=world.globex.public_id)
    acme, globex = vendor_caller(world.acme), vendor_caller(world.globex)
    cursor = globex.get(ORDERS, limit="1").json()["page"]["next"]
    assert globex.get(ORDERS, cursor=cursor).status_code == 200

    answer = acme.get(ORDERS, cursor=cursor)

    assert problem(answer) == (400, "cursor-invalid")
    assert "data" not in answer.json()


@pytest.mark.django_db
def test_cursor_of_a_person_is_not_anothers_with_the_same_client(world: World) -> None:
    issued(world)
    issued(world)
    new = web_app(partner=world.acme, scopes=["purchase_orders:read"])
    proof = pkce()
    first = redeem(new, code_for(world.bo, new, proof), proof).json()["access_token"]
    cursor = Caller(first).get(ORDERS, limit="1").json()["page"]["next"]
    TokenSession.objects.filter(user=world.bo).update(user=world.cy)

    assert problem(Caller(first).get(ORDERS, cursor=cursor)) == (400, "cursor-invalid")


@pytest.mark.django_db
@pytest.mark.usefixtures("orders")
def test_cursor_counts_for_its_filter_and_list_only(world: World) -> None:
    new = machine(partner=world.erp, scopes=["purchase_orders:read"])
    erp = Caller(access_token(new))
    cursor = erp.get(ORDERS, limit="1", **{"filter[status]": "draft"}).json()["page"]["next"]

    assert problem(erp.get(ORDERS, cursor=cursor)) == (400, "cursor-invalid")
    other = {"filter[status]": "issued"}
    assert problem(erp.get(ORDERS, cursor=cursor, **other)) == (400, "cursor-invalid")


@pytest.mark.django_db
@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize("change", ("", "x", "é", "a:b:c"))
def test_cursor_that_was_altered_is_refused(world: World, change: str) -> None:
    erp = buyer_caller(world)
    cursor = erp.get(ORDERS, limit="1").json()["page"]["next"]

    altered = cursor[:-3] + change if change != "a:b:c" else change

    assert problem(erp.get(ORDERS, cursor=altered)) == (400, "cursor-invalid")


@pytest.mark.django_db
@pytest.mark.usefixtures("orders")
def test_parameter_given_twice_is_refused(world: World) -> None:
    answer = buyer_caller(world).get(f"{ORDERS}?limit=1&limit=2")

    assert problem(answer) == (400, "malformed-request")


@pytest.mark.django_db
def test_head_is_get_without_a_body(world: World, client: Any) -> None:
    token = buyer_caller(world).token

    answer = client.head(ORDERS, headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.django_db
def test_body_is_not_read_before_the_token(client: Any) -> None:
    answer = client.post(ORDERS, b"{ no json", content_type="text/plain")

    assert problem(answer) == (401, "token-missing")


def test_nobody_is_no_actor() -> None:
    with pytest.raises(NotAuthenticated):
        actor_of(Request(APIRequestFactory().get("/"), authenticators=()))
