"""What staff see of limits: the simulation, spend against limits, the ledger, approvals, and why an
order could be placed.
"""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from apps.audit.events import Action
from apps.audit.models import Event
from apps.identity.models import StaffRole
from apps.oauth.models import Client, TokenSession
from apps.oauth.services import end_session
from apps.partners.models import Partner
from apps.procurement.models import PurchaseOrder, SpendAccount, SpendReservation
from apps.procurement.services import approve_order
from apps.procurement.services.purchasing import standing
from apps.projects.models import Project, PurchasingPolicy
from tests.factories.acts import do
from tests.factories.details import erp
from tests.factories.identity import sign_in, staff, staff_browser
from tests.factories.oauth import machine
from tests.factories.policies import approval_rule, next_version, now, policy
from tests.factories.procurement import actor_for, asking, buyer_person, changed, issued, proposed
from tests.factories.scene import page_of
from tests.factories.spending import entry, limit, limited, submitted
from tests.factories.world import SETUP, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
SIMULATE = "admin:projects_purchasingpolicy_simulate"


@pytest.fixture
def manager() -> Browser:
    return staff_browser(StaffRole.PROCUREMENT_MANAGER)


def question(world: World, **said: str) -> dict[str, str]:
    client_id = erp(world, "purchase_orders:create").client.client_id
    asked = {"client": client_id, "project": "OFFICE", "amount": "4900", "currency": "eur"}
    return {**asked, **said}


def shown(browser: Browser, address: str, query: dict[str, str] | None = None) -> str:
    answer = browser.get(address, query or {})
    assert answer.status_code == 200, answer.content
    return " ".join(answer.content.decode().split())


def test_simulation_says_in_words_what_each_rule_allows(world: World, manager: Browser) -> None:
    version = policy(world.buyer, name="IT", per_period_max=5000, period_days=30)
    submitted(world, actor_for(world.erp, world.office), "200")
    asked = question(world, categories="4321", vendor=str(world.acme.pk), ship_to="se-11122")

    page = shown(manager, reverse(SIMULATE), asked)

    assert "Denied" in page
    assert "EUR 4,800.00 remain, EUR 4,900.00 are asked for." in page
    assert f"IT, version {version.version}</a>" in page
    assert "IT allows EUR 5,000.00 within 30 days" in page
    assert "so none was checked" not in page
    assert SpendReservation.objects.count() == 1


def test_simulation_says_who_would_approve_and_what_was_left_open(
    world: World, manager: Browser
) -> None:
    approval_rule(world.buyer, name="Large", amount_from=1000, min_approvers=2)

    page = shown(manager, reverse(SIMULATE), question(world))

    assert "Needs approval" in page
    assert "Large asks for approval from EUR 1,000.00 on." in page
    assert "No category was named, so none was checked." in page


def test_simulation_tells_what_makes_no_sense_at_its_field(world: World, manager: Browser) -> None:
    wrong: tuple[tuple[dict[str, str], str], ...] = (
        ({"currency": "XYZ"}, "Use a code of ISO 4217, such as EUR."),
        ({"amount": "1.001"}, "The currency has 2 decimals."),
        ({"client": "nobody"}, "Select a valid choice."),
    )
    for said, words in wrong:
        page = shown(manager, reverse(SIMULATE), question(world, **said))
        assert words in page
        assert 'id="answer"' not in page


def test_simulation_from_a_policys_page_begins_with_whom_it_is_for(
    world: World, manager: Browser
) -> None:
    client = erp(world, "purchase_orders:create").client
    version = policy(world.buyer, project=world.office, client_id=client.client_id)
    page = shown(manager, page_of(PurchasingPolicy, "change", version.policy.pk))
    address = f"{reverse(SIMULATE)}?policy={version.policy.public_id}"
    assert address in page

    form = shown(manager, address)

    assert f'<option value="{client.client_id}" selected>' in form
    assert '<option value="OFFICE" selected>' in form
    assert reverse(SIMULATE) in shown(manager, page_of(PurchasingPolicy, "changelist"))


@pytest.mark.parametrize("role", list(StaffRole))
def test_everybody_of_staff_may_simulate(world: World, role: StaffRole) -> None:
    assert "Allowed" in shown(staff_browser(role), reverse(SIMULATE), question(world))


def test_nobody_else_may_simulate(world: World, client: Browser) -> None:
    client.force_login(world.bo)

    assert client.get(reverse(SIMULATE)).status_code in {302, 403}


def test_project_shows_spend_against_every_limit(world: World, manager: Browser) -> None:
    policy(world.buyer, name="IT", cumulative_max=1000)
    policy(world.buyer, name="Per order", per_order_max=700)
    Project.objects.update(budget_amount=Decimal(2000), budget_currency="EUR")
    own = limited(
        actor_for(world.erp, world.office), entry(world.office, limits={"total": limit("600")})
    )
    order = submitted(world, own, "500")
    session = order.created_by_session
    session.authorization_details = list(own.authorization_details)
    session.save()

    page = shown(manager, page_of(Project, "change", world.office.pk))

    section = page[page.index("Spend against limits") :]
    for words in ("50 %", "25 %", "83 %", "each order anew", "EUR 500.00", "EUR 1,500.00"):
        assert words in section
    assert "The token" not in section
    assert page_of(TokenSession, "change", session.pk) in section
    assert page_of(Client, "change", session.client.pk) in section


def test_spend_says_how_much_and_folds_what_is_over(world: World, manager: Browser) -> None:
    own = limited(
        actor_for(world.erp, world.office), entry(world.office, limits={"total": limit("600")})
    )
    session = submitted(world, own, "500").created_by_session
    session.authorization_details = list(own.authorization_details)
    session.save()

    def tables() -> dict[str, Any]:
        answer = manager.get(page_of(Project, "change", world.office.pk))
        return {one.title: one for one in answer.context["tables"] if "pen" in one.title}

    before = tables()
    end_session(actor=SETUP, at=now(), session=session, reason="Test")
    after = tables()

    spent = before["Spend against limits"]
    assert spent.head == ("Whose word", "Limit", "Remaining", "Used", "Of")
    [row] = [[*map(str, row)] for row in spent.rows]
    assert ("EUR 100.00" in row[2], "EUR 500.00" in row[3], "83 %" in row[3]) == (True,) * 3
    assert (after["Spend against limits"].rows, "Spent by sessions that are over" in before) == (
        [],
        False,
    )
    over = after["Spent by sessions that are over"]
    assert (over.folded, [[*map(str, one)] for one in over.rows]) == (True, [row])


def test_session_that_lives_is_shown_however_many_that_are_over_spent_since(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "MOST_SESSIONS", 1)
    details = entry(world.office, limits={"total": limit("600")})
    sessions = []
    for amount in ("100", "200", "300"):
        own = limited(actor_for(world.erp, world.office), details)
        session = submitted(world, own, amount).created_by_session
        session.authorization_details = list(own.authorization_details)
        session.save()
        sessions.append(session)
    for session in sessions[1:]:
        end_session(actor=SETUP, at=now(), session=session, reason="Test")

    limits = standing.limits_of_project(world.office, at=now())

    used = [[one.used for one in part] for part in (limits.now, limits.over)]
    assert used == [[Decimal(100)], [Decimal(300)]]


def test_more_than_a_lowered_limit_is_shown_as_it_is(world: World, manager: Browser) -> None:
    version = policy(world.buyer, name="IT", cumulative_max=1000)
    submitted(world, actor_for(world.erp, world.office), "500")
    next_version(version, cumulative_max=200)

    page = shown(manager, page_of(Project, "change", world.office.pk))

    section = page[page.index("Spend against limits") :]
    assert "250 %" in section
    assert "EUR 0.00" in section


def test_partner_that_buys_shows_its_limits_and_a_vendor_none(
    world: World, manager: Browser
) -> None:
    policy(world.buyer, name="IT", cumulative_max=1000, partner=world.erp)
    submitted(world, actor_for(world.erp, world.office), "400")
    erp(world, "purchase_orders:create")

    buys, sells = (
        shown(manager, page_of(Partner, "change", one.pk)) for one in (world.erp, world.acme)
    )

    assert "EUR 600.00" in buys[buys.index("Spend against limits") :]
    assert "Spend against limits" not in sells


def test_client_that_buys_shows_its_limits_and_leads_to_a_simulation(
    world: World, manager: Browser
) -> None:
    buyer = erp(world, "purchase_orders:create").client
    vendor = machine(partner=world.acme, scopes=["purchase_orders:read"]).client
    policy(world.buyer, name="IT", cumulative_max=1000, client_id=buyer.client_id)

    buys, sells = (shown(manager, page_of(Client, "change", one.pk)) for one in (buyer, vendor))

    assert "EUR 1,000.00" in buys[buys.index("Spend against limits") :]
    assert "Spend against limits" not in sells
    address = f"{reverse(SIMULATE)}?of={buyer.client_id}"
    assert address in buys
    assert f'<option value="{buyer.client_id}" selected>' in shown(manager, address)


def test_ledger_leads_from_an_account_to_its_orders(world: World, manager: Browser) -> None:
    version = policy(world.buyer, name="IT", cumulative_max=1000)
    policy(world.buyer, name="Other", cumulative_max=1000, project=world.office)
    order = submitted(world, actor_for(world.erp, world.office), "400")
    account = SpendAccount.objects.get(policy=version.policy)

    page = shown(manager, page_of(SpendAccount, "change", account.pk))
    listed = f"{page_of(SpendReservation, 'changelist')}?account__id__exact={account.pk}"

    assert order.number in page
    assert listed in page
    assert shown(manager, listed).count(order.number) == 1


def test_order_shows_who_is_needed_and_who_gave_their_word(world: World, manager: Browser) -> None:
    approval_rule(world.buyer, name="Large", amount_from=50, min_approvers=2)
    order = submitted(world, actor_for(world.erp, world.office), "100")
    approve_order(**asking(order, buyer_person(world, "ann@nordwind.example")))

    page = shown(manager, page_of(PurchaseOrder, "change", order.pk))

    section = page[page.index("Approvals") :]
    for words in ("1 of 2", "ann@nordwind.example", "Approver", "waiting"):
        assert words in section


def test_trace_shows_why_an_order_could_be_placed(world: World, manager: Browser) -> None:
    version = policy(world.buyer, name="IT", cumulative_max=1000)
    order = issued(world)

    page = shown(manager, page_of(PurchaseOrder, "trace", order.pk))

    assert page.count("Why it could be ordered") == 3  # Drafted, submitted and issued.
    assert "What was looked at for revision 2" in page
    assert f"IT, version {version.version}</a>" in page


def test_pages_take_as_many_statements_for_many_limits(
    world: World, manager: Browser, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        policy(world.buyer, name=f"P{number}", cumulative_max=1000, per_order_max=900)
    submitted(world, actor_for(world.erp, world.office), "400")

    with django_assert_max_num_queries(25):
        shown(manager, page_of(Project, "change", world.office.pk))


def test_staff_who_accept_what_exceeds_a_limit_are_in_the_trail(world: World) -> None:
    administrator = staff_browser()
    version = policy(world.buyer, name="IT", cumulative_max=600)
    order = issued(world)
    change = proposed(order, actor_for(world.acme, world.office), changed(quantity=Decimal(200)))
    another = sign_in(Browser(), staff(email="second@buyer.example"))
    another.get("/admin/")
    do(another, change, "approve")

    answer = do(administrator, change, "accept")

    assert "IT allows EUR 600.00 altogether" in answer.content.decode()
    change.refresh_from_db()
    assert change.status == "proposed"
    denied = Event.objects.get(action=Action.REQUEST_DENIED)
    assert denied.data["code"] == "spend-limit-exceeded"
    [reason] = denied.private["decision"]["reasons"]
    assert (reason["denies"], reason["source"]["version"]) == (True, version.version)
