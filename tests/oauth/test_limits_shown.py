"""Limits in plain words, wherever a person meets a session that has them."""

import html
import re

import pytest
from django.urls import reverse

from apps.identity.admin.cells import EMPTY
from apps.oauth.models import TokenSession
from tests.factories.details import ask_machine, buyer_of, entry, erp, euros, purchasing
from tests.factories.identity import staff_browser
from tests.factories.oauth import access_token, code_for, pkce, redeem, web_app
from tests.factories.policies import policy
from tests.factories.portal import browser_of
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


def read_by_staff() -> str:
    """The page of the only machine's session, as text."""
    session = TokenSession.objects.get(kind="client")
    page = staff_browser().get(reverse("admin:oauth_tokensession_change", args=[session.pk]))
    assert page.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(page.content.decode()))


def test_staff_read_what_a_session_may_spend_and_by_which_version(world: World) -> None:
    version = policy(world.buyer, vendors=[world.acme.pk], per_order_max="5000").version
    ask_machine(erp(world), entry(world.office))

    text = read_by_staff()

    lines = (
        "Only in the project OFFICE Office.",
        "Buys only from Acme.",
        "Spends at most EUR 5,000.00 for one order.",
        f"By the purchasing policies up to version {version}.",
        f"Until {world.office.access_until:%-d %b %Y, %H:%M} UTC.",
    )
    assert [line for line in lines if f"<li>{line}</li>" not in text] == []


def test_staff_read_which_version_was_newest_when_a_session_without_limits_began(
    world: World,
) -> None:
    policy(world.buyer, name="first", per_order_max="5000")
    newest = policy(world.buyer, name="second", role="editor", per_order_max="5000").version
    access_token(erp(world))

    text = read_by_staff()

    assert re.search(rf"Policy version</\w+>\s*<\w+[^>]*>\s*{newest}\s*<", text)
    assert re.search(rf"Limits</\w+>\s*<\w+[^>]*>\s*{EMPTY}\s*<", text)


def test_a_person_reads_at_the_portal_what_acts_for_them_may_spend(world: World) -> None:
    buyer, app, proof = buyer_of(world.office), web_app(scopes=["purchase_orders:create"]), pkce()
    asked = purchasing(entry(world.office, limits={"total": euros("9000.00")}))
    redeem(app, code_for(buyer, app, proof, authorization_details=asked), proof)

    page = browser_of(buyer).get("/account/apps/").content.decode()

    assert "Within these limits" in page
    assert "Only in the project OFFICE Office." in page
    assert "Spends at most EUR 9,000.00 altogether." in page


def test_a_vendors_person_reads_no_name_but_their_own(world: World) -> None:
    """What ids an entry names, the client chose: the page tells nobody whose they are."""
    app, proof = web_app(partner=world.acme), pkce()
    vendors = [world.acme.public_id, world.globex.public_id]
    asked = purchasing(entry(world.office, vendors=vendors))
    redeem(app, code_for(world.bo, app, proof, authorization_details=asked), proof)

    page = browser_of(world.bo).get("/account/apps/").content.decode()

    assert f"Buys only from Acme and {world.globex.public_id}." in page
    assert "Globex" not in page
