"""Setting what a role sees begins with what it sees, and says what it would lose."""

import pytest
from django.test import Client as Browser

from apps.audit.models import Event
from apps.partners.models import ClaimRule, Role
from apps.partners.selectors import rules_of
from apps.partners.states import GROUP_FIELDS
from tests.factories.identity import staff_browser
from tests.factories.scene import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
PROFILE = list(GROUP_FIELDS["profile"])


@pytest.fixture
def browser() -> Browser:
    return staff_browser()


@pytest.fixture
def address() -> str:
    return f"{page_of(ClaimRule, 'add')}?role={Role.VIEWER}"


def test_form_is_filled_in_with_what_the_role_sees(browser: Browser, address: str) -> None:
    form = browser.get(address).context["form"]

    shown = {group: list(form.fields[group].initial or ()) for group in ("profile", "contacts")}
    assert shown == {"profile": PROFILE, "contacts": []}


def test_what_would_be_lost_is_said_before_it_is(browser: Browser, address: str) -> None:
    before = rules_of(Role.VIEWER)
    sent = {"once": "1", "profile": PROFILE, "reason": "No addresses"}

    asked = browser.post(address, sent).context["form"]
    left_then = rules_of(Role.VIEWER)
    browser.post(address, {**sent, "takes_away": asked["takes_away"].value()})

    told = "This takes away address: "
    assert asked.non_field_errors()[0].startswith(told)
    assert left_then == before
    assert rules_of(Role.VIEWER) == {"profile": []}
    assert Event.objects.filter(action="claim_rules.changed").count() == 1


def test_confirming_less_than_is_lost_asks_again(browser: Browser, address: str) -> None:
    sent = {"once": "1", "reason": "Nothing at all", "takes_away": "address: city"}

    form = browser.post(address, sent).context["form"]

    assert "profile: " in form["takes_away"].value()
    assert "profile" in rules_of(Role.VIEWER)
