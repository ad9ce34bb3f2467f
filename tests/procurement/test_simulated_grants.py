"""A token granted within a minute after a policy was loosened is bound by what stood before, and
so is who only asks what it would get.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from apps.procurement.services.purchasing.standing import limits_of_clients
from tests.factories.details import CREATE, buyer_of, erp
from tests.factories.gateway import Caller
from tests.factories.oauth import access_token
from tests.factories.policies import next_version, policy
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


@pytest.fixture(autouse=True)
def loosened(world: World) -> None:
    """From 100 to 1,000, twenty seconds ago."""
    now = datetime.now(tz=UTC)
    old = policy(world.buyer, at=now - timedelta(hours=1), per_order_max=100)
    next_version(old, at=now - timedelta(seconds=20), per_order_max=1000)


def simulated(**named: str) -> str:
    out = StringIO()
    asked = {"project": "OFFICE", "amount": "500", "currency": "EUR", **named}
    options = [f"--{name}={value}" for name, value in asked.items()]
    call_command("simulate_policy", "--json", *options, stdout=out, stderr=StringIO())
    return str(json.loads(out.getvalue())["code"])


def test_simulation_says_what_a_token_granted_now_gets(world: World) -> None:
    new = erp(world, CREATE)
    asked = {"project": world.office.public_id, "currency": "EUR", "amount": "500.00"}
    said = Caller(access_token(new)).post("/api/v1/purchasing-decisions", asked).json()

    assert simulated(client=new.client.client_id) == said["code"] == "spend-limit-exceeded"


def test_simulation_of_a_person_says_the_same(world: World) -> None:
    assert simulated(user=buyer_of(world.office).email) == "spend-limit-exceeded"


def test_limits_of_a_partners_clients_are_those_of_a_token_granted_now(world: World) -> None:
    limits = limits_of_clients([erp(world).client], at=datetime.now(tz=UTC))

    assert {one.limit.amount for one in limits} == {Decimal(100), Decimal(1000)}
