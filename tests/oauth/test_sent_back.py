"""What a client was told it may send back, also what nobody could ask for."""

import json
from typing import Any

import pytest

from apps.oauth.policy.details import DetailsError, read_details
from tests.factories.details import BUYING, buyer_of, entry, euros, purchasing
from tests.factories.oauth import code_for, pkce, redeem, refresh, web_app
from tests.factories.policies import next_version, policy
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
CODES = tuple(f"OFFICE-{number}" for number in range(60))


@pytest.mark.parametrize(
    "said",
    (
        {"per_order_max": 0},
        {"cumulative_max": 0},
        {"categories_allowed": ("432", "OFFICE-1")},
        {"categories_allowed": CODES},
    ),
)
def test_what_a_policy_made_of_a_grant_is_sent_back(world: World, said: dict[str, Any]) -> None:
    policy(world.buyer, **said)
    app, proof = web_app(scopes=[*BUYING, "offline_access"]), pkce()
    asked = {"authorization_details": purchasing(entry(world.office))}
    code = code_for(buyer_of(world.office), app, proof, **asked)
    first = json.loads(redeem(app, code, proof).content)
    told = first["authorization_details"]

    answer = refresh(app, first["refresh_token"], authorization_details=json.dumps(told))

    assert answer.status_code == 200
    assert json.loads(answer.content)["authorization_details"] == told


def test_what_a_policy_made_of_a_refresh_is_sent_back(world: World) -> None:
    """Nothing is left to buy since: the entry has no action any more."""
    rule = policy(world.buyer, categories_allowed=("43",))
    app, proof = web_app(scopes=["purchase_orders:create", "offline_access"]), pkce()
    asked = {"authorization_details": purchasing(entry(world.office))}
    code = code_for(buyer_of(world.office), app, proof, **asked)
    first = json.loads(redeem(app, code, proof).content)
    next_version(rule, categories_allowed=("14",))
    second = json.loads(refresh(app, first["refresh_token"]).content)
    [told] = second["authorization_details"]
    assert told["actions"] == []

    answer = refresh(app, second["refresh_token"], authorization_details=json.dumps([told]))

    assert json.loads(answer.content)["authorization_details"] == [told]


NOTHING = {"per_order": euros("0.00")}


@pytest.mark.parametrize("said", ({"actions": []}, {"limits": NOTHING}, {"categories": ["432"]}))
def test_nobody_asks_for_it_at_first(world: World, said: dict[str, Any]) -> None:
    with pytest.raises(DetailsError):
        read_details(purchasing(entry(world.office, **said)))


@pytest.mark.parametrize(
    "said", ({"limits": {}}, {"limits": {"total": euros("-1")}}, {"categories": [" "]})
)
def test_what_nobody_is_told_is_not_sent_back(world: World, said: dict[str, Any]) -> None:
    with pytest.raises(DetailsError):
        read_details(purchasing(entry(world.office, **said)), sent_back=True)
