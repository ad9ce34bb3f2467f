"""A budget on its way past people: who agrees to it, who finds it again, who looks after it."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.oauth.models import TokenSession
from tests.browser.visitor import Visitor
from tests.factories.details import BUYING, buyer_of, entry, purchasing
from tests.factories.device import device, scanner
from tests.factories.policies import policy
from tests.factories.world import make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]


def test_limits_are_read_before_and_after_they_are_agreed_to(visitor: Visitor) -> None:
    world, page = make_world(), visitor.page
    buyer = buyer_of(world.office)
    rule = policy(
        world.buyer,
        vendors=[world.acme.pk, world.globex.pk],
        categories_allowed=["14111507", "43211503", "43211507", "44121600"],
        per_order_max="5000",
        per_period_max="20000",
        period_days=30,
    )
    asking = device(scanner(scopes=BUYING), authorization_details=purchasing(entry(world.office)))
    lines = (
        "Buys only from Acme and Globex.",
        "Spends at most EUR 20,000.00 within 30 days.",
        f"By the purchasing policies up to version {rule.version}.",
    )

    visitor.go(f"/oauth/device?user_code={asking.user_code}")
    visitor.sign_in(buyer.email)
    page.get_by_role("button", name="Continue").click()
    for line in lines:
        expect(page.get_by_text(line)).to_be_visible()
    visitor.look("consent-limits")
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    assert asking.poll().status_code == 200

    visitor.go("/account/apps/")
    for line in lines:
        expect(page.get_by_text(line)).to_be_visible()
    visitor.look("portal-limits")

    session = TokenSession.objects.get(kind="user")
    visitor.go(reverse("admin:oauth_tokensession_change", args=[session.pk]))
    for line in lines:
        expect(page.get_by_text(line)).to_be_visible()
    visitor.look("session-limits")
