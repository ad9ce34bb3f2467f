"""What gives access in the admin asks whoever does it to prove anew who they are."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib import admin
from django.test import Client as Browser

from apps.identity.admin.adding import AddableAdmin
from tests.conformance.compliance import conforms
from tests.factories.identity import staff_browser
from tests.factories.scene import SHOWN, make_scene, name_of, page_of
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
# A new project has no members, and a new entity of the buyer has no projects.
GIVES_NOBODY_ACCESS = {
    "project add", "buyerentity add", "buyerentity add-category", "buyerentity retire-category",
    "buyerentity set-tax-id",
    "partner edit", "partner assess", "purchaseorder hold", "purchaseorder release",
    "purchaseorder close", "purchaseorder submit", "purchaseorder issue", "orderchange accept",
    "invoice match",
}  # fmt: skip


def giving_acts() -> dict[str, bool]:
    """Whether each asks, by name: what is added, and what does not take away."""
    found = {}
    for model, page in admin.site._registry.items():  # noqa: SLF001 -- there is no public way
        acts = getattr(page, "acts", ())
        found |= {f"{name_of(model)} {act.name}": act.step_up for act in acts if not act.takes_away}
        if isinstance(page, AddableAdmin):
            found[f"{name_of(model)} add"] = page.step_up
    return found


def later(browser: Browser, address: str) -> str:
    """Where the page leads ten minutes after the sign-in."""
    with time_machine.travel(datetime.now(tz=UTC) + timedelta(minutes=10)):
        answer = browser.get(address)
    return answer.headers.get("Location", str(answer.status_code)).partition("?")[0]


@conforms("ASVS 5 V7", "7.5.3", "Whatever gives access in the admin asks who it is again.")
def test_everything_that_gives_access_asks_again() -> None:
    silent = {name for name, asks in giving_acts().items() if not asks}

    assert silent == GIVES_NOBODY_ACCESS


def test_onboarding_and_what_widens_access_lead_to_the_proof(world: World) -> None:
    browser, scene = staff_browser(), make_scene(world)
    project = next(model for model in SHOWN if name_of(model) == "project")
    partner = next(model for model in SHOWN if name_of(model) == "partner")
    pages = (
        page_of(partner, "add"),
        page_of(partner, "portal-roles", world.acme.pk),
        page_of(partner, "resume", world.acme.pk),
        page_of(project, "add-member", scene.record(project).pk),
    )

    assert {later(browser, page) for page in pages} == {"/account/reauthenticate/"}
