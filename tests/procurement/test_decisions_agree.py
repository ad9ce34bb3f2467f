"""The simulation, the API's answer and the order itself: whatever the rules and the orders before,
all three say the same, for they call the same function.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as some

from apps.oauth.models import TokenSession
from apps.projects.models import Project
from tests.factories.details import BUYING, CREATE, ask_machine, entry, erp
from tests.factories.gateway import ORDERS, Caller
from tests.factories.oauth import access_token
from tests.factories.policies import approval_rule, next_version, policy, rate
from tests.factories.procurement import actor_for, order_payload
from tests.factories.spending import limit, submitted
from tests.factories.world import World

pytestmark = pytest.mark.django_db
ASK = "/api/v1/purchasing-decisions"
# Who may not know a budget is told less of it than the operator.
COSTS = "purchase_orders.cost:read"
SCOPES, BUYS = (*BUYING, COSTS), [CREATE, COSTS]
AMOUNTS = some.sampled_from((50, 100, 101, 400, 1000, 1200))
CODES = some.sampled_from(("43", "4321", "46"))
CURRENCIES = some.sampled_from(("EUR", "EUR", "SEK"))
POLICIES = some.fixed_dictionaries(
    {"currency": CURRENCIES},
    optional={
        "per_order_max": AMOUNTS,
        "cumulative_max": AMOUNTS,
        "auto_approve_below": AMOUNTS,
        "categories_allowed": some.just(("43",)),
        "categories_denied": some.just(("4321",)),
        "currencies": some.just(("EUR",)),
        "ship_to": some.just(("SE-11", "NO")),
        "period": AMOUNTS,
        "requires_contract": some.just(True),
    },
)
RULES = some.fixed_dictionaries(
    {
        "policies": some.lists(POLICIES, max_size=2),
        "loosened": some.booleans(),
        "thresholds": some.lists(AMOUNTS, max_size=1),
        "budget": some.none() | AMOUNTS,
        "budget_currency": CURRENCIES,
        "requires_policy": some.booleans(),
        "has_rate": some.booleans(),
        "earlier": some.lists(AMOUNTS, max_size=2),
        "token": some.none()
        | some.fixed_dictionaries(
            {"actions": some.sampled_from((["create", "submit"], ["submit"], ["create"]))},
            optional={"total": AMOUNTS, "per_order": AMOUNTS},
        ),
    }
)
WANTED = some.fixed_dictionaries(
    {
        "amount": AMOUNTS,
        "currency": CURRENCIES,
        "category": some.sampled_from(("", "43", "4321", "4322", "46")),
        "place": some.sampled_from((None, "11122", "41122")),
        "contract": some.sampled_from(("", "FA-2026-07")),
    }
)
ADDRESS = {"name": "Nordwind", "lines": ["Street 1"], "city": "Town", "country": "SE"}


def ruled(world: World, rules: dict[str, Any]) -> Caller:
    """A token that was granted under these rules; some are loosened since, and a budget is set
    after the earlier orders.
    """
    at = datetime.now(tz=UTC)
    if rules["has_rate"]:
        rate("EUR", "SEK", at.date(), "10")
    buyer = actor_for(world.erp, world.office)
    for amount in rules["earlier"]:
        submitted(world, buyer, str(amount))
    versions = [
        policy(world.buyer, name=f"P{number}", **_terms(said))
        for number, said in enumerate(rules["policies"])
    ]
    for amount in rules["thresholds"]:
        approval_rule(world.buyer, amount_from=amount)
    type(world.buyer).objects.update(requires_policy=rules["requires_policy"])
    caller = _granted(world, rules["token"])
    if rules["loosened"]:
        for version in versions:
            next_version(version, currency=version.currency, cumulative_max=5000)
    if rules["budget"]:
        Project.objects.update(
            budget_amount=Decimal(rules["budget"]), budget_currency=rules["budget_currency"]
        )
    return caller


def _terms(said: dict[str, Any]) -> dict[str, Any]:
    period = {"per_period_max": said["period"], "period_days": 30} if "period" in said else {}
    return {**{name: value for name, value in said.items() if name != "period"}, **period}


def _granted(world: World, token: dict[str, Any] | None) -> Caller:
    new = erp(world, *SCOPES)
    if token is None:
        caller = Caller(access_token(new, BUYS))
    else:
        limits = {name: limit(str(token[name])) for name in token.keys() & {"total", "per_order"}}
        said = {"actions": token["actions"], **({"limits": limits} if limits else {})}
        answer = ask_machine(new, entry(world.office, **said), scope=" ".join(BUYS)).json()
        # Where the policies leave nothing there is no token to ask with.
        caller = Caller(answer.get("access_token") or access_token(new, BUYS))
    # The clock of a test's transaction stands still, so that the grant would be before the rules.
    TokenSession.objects.filter(client=new.client).update(granted_at=datetime.now(tz=UTC))
    return caller


def question(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    place = wanted["place"]
    return {
        "project": world.office.public_id,
        "vendor": world.acme.public_id,
        "currency": wanted["currency"],
        "amount": str(wanted["amount"]),
        "categories": [wanted["category"]],
        "ship_to": {"country": "SE", "postcode": place} if place else {},
        "contract_ref": wanted["contract"],
    }


def simulated(who: tuple[str, str], asked: dict[str, Any]) -> dict[str, Any]:
    said = [f"{name}={value}" for name, value in asked.items() if isinstance(value, str)]
    place = asked["ship_to"]
    out = StringIO()
    call_command(
        "simulate_policy",
        f"{who[0]}={who[1]}",
        *[f"--{one.replace('_ref', '-ref')}" for one in said],
        f"--category={asked['categories'][0]}",
        *([f"--ship-to=SE-{place['postcode']}"] if place else ["--ship-to="]),
        "--json",
        stdout=out,
    )
    found: dict[str, Any] = json.loads(out.getvalue())
    return {name: value for name, value in found.items() if name not in {"caller", "project"}}


def ordered(caller: Caller, world: World, wanted: dict[str, Any]) -> Any:
    """The answer to the draft where that is refused, else to its submission."""
    line = {**order_payload(world)["lines"][0], "quantity": "1", "category": wanted["category"]}
    body = order_payload(
        world,
        currency=wanted["currency"],
        lines=[{**line, "unit_price": str(wanted["amount"])}],
        allowances=[],
        contract_ref=wanted["contract"],
        ship_to={**ADDRESS, "postcode": wanted["place"]} if wanted["place"] else None,
    )
    made = caller.post(ORDERS, body)
    if made.status_code != 201:
        return made
    return caller.post(f"{ORDERS}/{made.json()['id']}/submit", If_Match="*")


def told(answer: Any) -> dict[str, Any]:
    """What became of the order, in the words of the question's answer."""
    said = answer.json()
    if answer.status_code == 200:
        status = said["status"]
        return {"decision": "allowed" if status == "approved" else status, "code": None}
    names = ("limit", "limit_kind", "days", "currency", "requested", "remaining")
    return {
        "decision": "denied",
        "code": said["code"],
        "policy_version": said["policy_version"],
        **{name: said.get(name) for name in names},
    }


def foretold(answer: dict[str, Any]) -> dict[str, Any]:
    """The same from the question's answer."""
    if answer["decision"] != "denied":
        return {"decision": answer["decision"], "code": answer["code"]}
    reason = next(
        one for one in answer["reasons"] if one["denies"] and one["code"] == answer["code"]
    )
    limited, source = reason["limit"] or {}, reason["source"] or {}
    return {
        "decision": "denied",
        "code": answer["code"],
        "policy_version": source.get("version") or answer["policy_version"],
        "limit": limited.get("amount"),
        "limit_kind": limited.get("kind"),
        "days": limited.get("days"),
        "currency": limited.get("currency"),
        "requested": reason["requested"],
        "remaining": reason["remaining"],
    }


@given(rules=RULES, wanted=WANTED)
@example(  # A budget that counts what was ordered before it was set.
    rules={
        "policies": [], "loosened": False, "thresholds": [], "budget": 1000,
        "budget_currency": "EUR", "requires_policy": False, "has_rate": False,
        "earlier": [400, 400], "token": None,
    },
    wanted={"amount": 400, "currency": "EUR", "category": "", "place": None, "contract": ""},
)  # fmt: skip
@example(  # Two orders that only together reach a threshold.
    rules={
        "policies": [], "loosened": False, "thresholds": [400], "budget": None,
        "budget_currency": "EUR", "requires_policy": False, "has_rate": False,
        "earlier": [101], "token": {"actions": ["create", "submit"], "total": 1000},
    },
    wanted={
        "amount": 101, "currency": "EUR", "category": "43", "place": "11122", "contract": "",
    },
)  # fmt: skip
@example(  # A contract that must be named.
    rules={
        "policies": [{"requires_contract": True}], "loosened": False, "thresholds": [],
        "budget": None, "budget_currency": "EUR", "requires_policy": False, "has_rate": False,
        "earlier": [], "token": None,
    },
    wanted={"amount": 1, "currency": "EUR", "category": "", "place": None, "contract": ""},
)  # fmt: skip
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # Making it smaller takes minutes over HTTP.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_simulation_api_and_order_agree(
    world: World, rules: dict[str, Any], wanted: dict[str, Any]
) -> None:
    with transaction.atomic():
        caller = ruled(world, rules)
        asked = question(world, wanted)
        session = caller.get("/api/v1/me").json()["session"]
        answer = caller.post(ASK, asked).json()
        fresh = erp(world, *SCOPES)

        assert simulated(("--session", session), asked) == answer
        assert (
            simulated(("--client", fresh.client.client_id), asked)
            == Caller(access_token(fresh, BUYS)).post(ASK, asked).json()
        )
        assert foretold(answer) == told(ordered(caller, world, wanted))
        transaction.set_rollback(True)  # Nothing of one example is left for the next.
