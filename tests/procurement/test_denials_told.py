"""A refused purchase says what to mend and where, and what an amount was reckoned by."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.procurement.policy.purchasing.refusals import MOST_POINTED
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.policies import policy, rate
from tests.factories.procurement import buyer_caller, order_payload
from tests.factories.world import World

pytestmark = pytest.mark.django_db
CREATE = "purchase_orders:create"
ASK = "/api/v1/purchasing-decisions"


@pytest.fixture
def buyer(world: World) -> Caller:
    return buyer_caller(world, CREATE)


def order(world: World, *categories: str, **said: Any) -> dict[str, Any]:
    """A draft with a line of each category; of one without a category where none is said."""
    lines = [
        {
            "line_no": number,
            "description": "Paper",
            "quantity": "1",
            "uom": "EA",
            "unit_price": said.pop("price", "10.00"),
            "tax": {"category": "S", "rate": "25"},
            "category": category,
        }
        for number, category in enumerate(categories or ("",), start=1)
    ]
    return {
        **order_payload(world, lines=lines, ship_to=None, allowances=[], contract_ref=""),
        **said,
    }


def refused(buyer: Caller, body: dict[str, Any]) -> dict[str, Any]:
    answer = buyer.post(ORDERS, body)
    assert answer.status_code == 403, answer.content
    return dict(answer.json())


def pointed(said: dict[str, Any]) -> list[tuple[str, str]]:
    return [(fault["pointer"], fault["code"]) for fault in said["errors"]]


def test_denied_categories_are_pointed_at_line_by_line(world: World, buyer: Caller) -> None:
    policy(world.buyer, name="IT", categories_allowed=("43", "44"))

    said = refused(buyer, order(world, "4321", "14", "4410", "15"))

    assert said["code"] == "category-not-allowed"
    assert said["detail"] == "14, 15 is not among those that IT allows: 43, 44."
    assert pointed(said) == [
        ("/lines/1/category", "category-not-allowed"),
        ("/lines/3/category", "category-not-allowed"),
    ]


def test_everything_that_is_denied_is_pointed_at_once(world: World, buyer: Caller) -> None:
    policy(
        world.buyer,
        name="IT",
        categories_denied=("46",),
        vendors=(world.globex.pk,),
        currencies=("SEK",),
        ship_to=("NO", "SE-11"),
        requires_contract=True,
    )

    said = refused(buyer, order(world, "4610"))

    assert pointed(said) == [
        ("/lines/0/category", "category-not-allowed"),
        ("/vendor", "vendor-not-allowed"),
        ("/currency", "currency-not-allowed"),
        ("/ship_to", "ship-to-not-allowed"),
        ("/contract_ref", "contract-required"),
    ]


@pytest.mark.parametrize(
    ("ship_to", "detail"),
    (
        (None, "The order names no place: by IT, goods go to NO or SE-11 only."),
        (
            {
                "country": "SE",
                "postcode": "222 22",
                "city": "Lund",
                "name": "Depot",
                "lines": ["Gatan 1"],
            },
            "Not to SE 22222: by IT, goods go to NO or SE-11 only.",
        ),
    ),
)
def test_place_that_is_refused_is_told_with_those_that_are_not(
    world: World, buyer: Caller, ship_to: dict[str, str] | None, detail: str
) -> None:
    policy(world.buyer, name="IT", ship_to=("NO", "SE-11"))

    said = refused(buyer, order(world, **({"ship_to": ship_to} if ship_to else {})))

    assert (said["code"], said["detail"]) == ("ship-to-not-allowed", detail)


def test_only_so_many_places_are_pointed_at(world: World, buyer: Caller) -> None:
    policy(world.buyer, categories_allowed=("43",))

    said = refused(buyer, order(world, *["14"] * (MOST_POINTED + 1)))

    assert len(said["errors"]) == MOST_POINTED


def test_amount_in_another_currency_is_told_with_its_rate(world: World, buyer: Caller) -> None:
    policy(world.buyer, name="IT", per_order_max=400)
    on = datetime.now(tz=UTC).date() - timedelta(days=1)
    rate("SEK", "EUR", on, "0.089258")
    question = {"project": world.office.public_id, "currency": "SEK", "amount": "5000.00"}

    [reason] = buyer.post(ASK, question, Idempotency_Key="").json()["reasons"]

    assert reason["detail"] == (
        "IT allows EUR 400.00 for one order; EUR 400.00 remain, EUR 446.29 are asked for "
        f"(SEK 5,000.00 at the rate 0.089258 of {on:%-d %b %Y})."
    )
    assert reason["converted"] == {
        "amount": "5000.00",
        "currency": "SEK",
        "rate": "0.089258",
        "rate_date": on.isoformat(),
    }


def test_refused_order_in_another_currency_says_the_same(world: World, buyer: Caller) -> None:
    policy(world.buyer, name="IT", per_order_max=400)
    on = datetime.now(tz=UTC).date()
    rate("SEK", "EUR", on, "0.1")
    created = buyer.post(ORDERS, order(world, currency="SEK", price="5000.00"))

    answer = buyer.post(f"{created['Location']}/submit", If_Match=created["ETag"])

    assert problem(answer) == (403, "spend-limit-exceeded")
    said = answer.json()
    assert said["converted"] == {
        "amount": "5000.00", "currency": "SEK", "rate": "0.1", "rate_date": on.isoformat(),
    }  # fmt: skip
    assert (said["requested"], said["errors"]) == ("500.00", [])


def test_me_tells_every_rule_that_binds_the_caller(world: World, buyer: Caller) -> None:
    version = policy(
        world.buyer,
        name="IT",
        categories_allowed=("43",),
        categories_denied=("4321",),
        vendors=(world.acme.pk,),
        currencies=("EUR", "SEK"),
        ship_to=("NO", "SE-11"),
        requires_contract=True,
    )
    policy(world.buyer, name="Only a limit", per_order_max=400)

    assert buyer.get("/api/v1/me").json()["rules"] == [
        {
            "project": world.office.public_id,
            "categories_allowed": ["43"],
            "categories_denied": ["4321"],
            "vendors": [world.acme.public_id],
            "currencies": ["EUR", "SEK"],
            "ship_to": ["NO", "SE-11"],
            "requires_contract": True,
            "policy_version": version.version,
            "source": {"kind": "policy", "id": version.policy.public_id, "name": "IT"},
        }
    ]


def test_me_tells_no_rule_to_who_orders_nothing(world: World) -> None:
    policy(world.buyer, currencies=("EUR",))
    reader = buyer_caller(world, "purchase_orders:read")

    assert reader.get("/api/v1/me").json()["rules"] == []
