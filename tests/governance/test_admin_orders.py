"""Orders, projects and the first page in the admin."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from apps.audit.services import seal_audit
from apps.oauth.models import Client
from apps.procurement.models import PurchaseOrder
from apps.projects.models import BuyerEntity, Project
from tests.factories.gateway import Caller
from tests.factories.governance import sessions
from tests.factories.identity import staff_browser
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import (
    BUYER_SCOPES,
    buyer_caller,
    issued,
    order_of,
    post_order,
    vendor_caller,
)
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


def trace_of(order: PurchaseOrder) -> Any:
    address = reverse("admin:procurement_purchaseorder_trace", args=[order.pk])
    return staff_browser().get(address)


def test_the_trace_names_client_scope_and_session_of_every_revision(world: World) -> None:
    new = machine(partner=world.erp, scopes=BUYER_SCOPES)
    caller = Caller(access_token(new))
    order = order_of(post_order(caller, world))

    answer = trace_of(order)

    (step,) = answer.context["steps"]
    facts = {name: str(value) for name, value in step["facts"]}
    session = new.client.sessions.get()
    assert (step["number"], step["act"], step["proof"]) == (1, "Create", None)
    assert facts["Scope exercised"] == "<code>purchase_orders:create</code>"
    assert (str(new.client.pk) in facts["Client"], session.public_id in facts["Session"]) == (
        True,
        True,
    )
    assert "0 of 1 revisions are proved so far" in answer.content.decode()


def test_the_trace_shows_the_proof_once_the_log_is_signed(world: World) -> None:
    order = issued(world)
    seal_audit(at=datetime.now(tz=UTC), force_checkpoint=True)

    answer = trace_of(order)

    steps = answer.context["steps"]
    page = answer.content.decode()
    assert [step["act"] for step in steps] == ["Create", "Submit", "Issue"]
    assert [step["proof"].checkpoint.signature in page for step in steps] == [True] * 3
    assert "Every revision is proved" in page


def test_the_trace_of_one_order_leaves_out_another(world: World) -> None:
    first, second = issued(world), issued(world)

    page = trace_of(first).content.decode()

    assert (first.number in page, second.number in page) == (True, False)


def test_the_page_of_an_order_shows_its_lines_and_totals(world: World) -> None:
    order = order_of(post_order(buyer_caller(world), world))

    page = staff_browser().get(reverse("admin:procurement_purchaseorder_change", args=[order.pk]))

    facts = dict(page.context["facts"])
    lines = next(table for table in page.context["tables"] if table.title == "What was ordered")
    assert (facts["With tax"], len(lines.rows)) == ("625.00 EUR", 1)
    assert lines.rows[0][:4] == (1, "Paper A4", "120 EA", "4.25 per 1")


def test_a_project_is_added_and_a_partner_let_into_it(world: World) -> None:
    browser = staff_browser()
    form = {
        "once": "a",
        "number": "FLEET",
        "title": "Cars",
        "buyer_entity": str(world.buyer.pk),
        "starts_on": "2026-01-01",
        "ends_on": "2030-12-31",
    }
    browser.post("/admin/projects/project/add/", form)
    project = Project.objects.get(number="FLEET")
    join = reverse("admin:projects_project_add-member", args=[project.pk])
    offered = [*browser.get(join).context["form"].fields["partner"].queryset]

    browser.post(join, {"once": "b", "partner": str(world.globex.pk)})

    assert [partner.name for partner in offered] == ["Acme", "Globex", "Nordwind ERP"]
    assert [member.partner for member in project.members.all()] == [world.globex]
    assert world.globex not in browser.get(join).context["form"].fields["partner"].queryset


def test_a_project_that_ends_before_it_starts_is_refused(world: World) -> None:
    form = {
        "once": "a",
        "number": "FLEET",
        "title": "Cars",
        "buyer_entity": str(world.buyer.pk),
        "starts_on": "2026-02-01",
        "ends_on": "2026-01-01",
    }

    answer = staff_browser().post("/admin/projects/project/add/", form)

    assert answer.context["form"].non_field_errors() == ["A project cannot end before it starts."]
    assert Project.objects.count() == 1


def test_a_buyer_entity_is_added_or_refused_at_the_field() -> None:
    browser = staff_browser()
    form = {"name": "Nordwind", "country": "no", "base_currency": "XXZ", "timezone": "UTC"}

    refused = browser.post("/admin/projects/buyerentity/add/", {"once": "a", **form})
    browser.post("/admin/projects/buyerentity/add/", {"once": "b", **form, "base_currency": "NOK"})

    assert set(refused.context["form"].errors) == {"base_currency"}
    assert list(BuyerEntity.objects.values_list("country", "base_currency")) == [("NO", "NOK")]


def test_the_first_page_counts_sessions_denials_and_what_ends_soon(world: World) -> None:
    soon = datetime.now(tz=UTC) + timedelta(days=3)
    ours = machine(partner=world.acme).client
    sessions(3, client=ours)
    sessions(1, client=machine(partner=world.globex).client)
    Client.objects.filter(pk=ours.pk).update(expires_at=soon)
    Project.objects.filter(pk=world.office.pk).update(access_until=soon - timedelta(days=1))
    order = issued(world)
    vendor_caller(world.globex, "purchase_orders:read").get(
        f"/api/v1/purchase-orders/{order.public_id}"
    )

    panels = {p.title: p.rows for p in staff_browser().get("/admin/").context["panels"]}

    live = [re.sub("<[^>]+>", "", f"{name} {bar}") for name, bar in panels["Live sessions"]]
    assert live[0] == "Acme 3"
    (why,) = [re.sub("<[^>]+>", "", row[0]) for row in panels["Denied in 24 hours"]]
    assert why == "not-found"
    assert [row[1] for row in panels["Ending in 30 days"]] == ["Project", "Client"]


def test_the_first_page_says_what_to_do_when_there_is_nothing() -> None:
    panels = {p.title: p for p in staff_browser().get("/admin/").context["panels"]}

    assert panels["Denied in 24 hours"].empty == "Nothing was denied."
    assert "Onboard a partner" in panels["Live sessions"].empty


def test_the_front_page_leads_everywhere(client: Any) -> None:
    page = client.get("/").content.decode()

    addresses = ["/admin/", "/account/", "/api/docs", "/api/v1/openapi.json", "/health/ready"]
    assert [address for address in addresses if f'href="{address}"' not in page] == []
