"""The kinds of data that authorization details name (RFC 9396 section 2.2) narrow what a token
shows of a company, wherever it shows it.
"""

from typing import Any

import pytest

from apps.partners.policy import Claims, within_datatypes
from apps.partners.states import ClaimGroup
from tests.conformance.compliance import conforms
from tests.conformance.stage import CC, post, told
from tests.factories.details import entry, purchasing
from tests.factories.gateway import Caller, problem
from tests.factories.oauth import machine
from tests.factories.openid import openid_app, tokens_for
from tests.factories.partners import filled
from tests.factories.world import World, project
from tests.oauth.test_userinfo import userinfo
from tests.oauth.test_vendor_claims import set_so

pytestmark = pytest.mark.django_db

OPEN = ("vendors:read", "vendors.contacts:read", "vendors.address:read", "vendors.contacts:write")
OF_A_MANAGER = ["tax", "banking", "internal"]  # What the role hides whatever the token says.


def token_answer(world: World, *entries: dict[str, Any]) -> dict[str, Any]:
    """What a machine of Acme's is told with a token of these details."""
    new = set_so(machine(partner=world.acme, scopes=OPEN))
    form = {**CC, "scope": " ".join(OPEN), "authorization_details": purchasing(*entries)}
    return told(post("/oauth/token", form, new=new))


@conforms("RFC 9396", "2.2", "Details that name datatypes show no others.")
def test_api_and_token_answer_show_the_named_groups_alone(world: World) -> None:
    filled(world.acme)

    body = token_answer(world, entry(world.office, datatypes=["profile", "address"]))

    shown = Caller(body["access_token"]).get(f"/api/v1/vendors/{world.acme.public_id}").json()
    assert body["vendor"]["_redacted"] == ["contacts", *OF_A_MANAGER]
    assert shown["_redacted"] == ["contacts", *OF_A_MANAGER]
    assert ("addresses" in shown, "contacts" in shown) == (True, False)


def test_groups_that_are_not_named_are_not_written_either(world: World) -> None:
    body = token_answer(world, entry(world.office, datatypes=["profile"]))
    contact = {"name": "Ann", "email": "ann@acme.example"}

    answer = Caller(body["access_token"]).post(
        f"/api/v1/vendors/{world.acme.public_id}/contacts", contact
    )

    assert problem(answer) == (403, "claim-not-permitted")


def test_of_two_entries_what_either_names_is_shown(world: World) -> None:
    filled(world.acme)
    fleet = project("FLEET", world.buyer, world.acme)

    body = token_answer(
        world,
        entry(world.office, datatypes=["profile"]),
        entry(fleet, datatypes=["contacts"]),
    )

    assert body["vendor"]["_redacted"] == ["address", *OF_A_MANAGER]


def test_an_entry_that_names_none_is_for_all(world: World) -> None:
    filled(world.acme)
    fleet = project("FLEET", world.buyer, world.acme)

    body = token_answer(world, entry(world.office, datatypes=["profile"]), entry(fleet))

    assert body["vendor"]["_redacted"] == OF_A_MANAGER


def test_userinfo_shows_the_named_groups_alone(world: World) -> None:
    filled(world.acme)
    scopes = ("openid", *OPEN[:3])
    app = openid_app(partner=world.acme, scopes=scopes)
    asked = purchasing(entry(world.office, datatypes=["contacts"]))
    token = tokens_for(world.bo, app, scope=" ".join(scopes), authorization_details=asked)

    vendor = userinfo(token["access_token"]).json()["vendor"]

    assert vendor["_redacted"] == ["profile", "address", *OF_A_MANAGER]


def test_bank_accounts_are_meant_masked_or_whole_and_the_buyers_opinion_never() -> None:
    """A scope of its own tells whether whole numbers are shown."""
    every = Claims({group: frozenset({"x"}) for group in ClaimGroup})

    left = within_datatypes(every, [{"datatypes": ["banking"]}])

    assert sorted(left.shown) == [ClaimGroup.BANKING, ClaimGroup.BANKING_FULL]
    assert within_datatypes(every, []) == every
