"""One of every record that the admin shows, and more of each on demand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Model
from django.urls import reverse

from apps.audit.models import Checkpoint, Event
from apps.core.actor import system_actor
from apps.governance.models import Invitation, Offboarding, ProjectClosing
from apps.governance.services.offboarding import offboard_user
from apps.identity.models import Federation, User
from apps.oauth.models import (
    ApiKey,
    Client,
    Consent,
    RestrictedScopeRequest,
    SigningKey,
    TokenSession,
    TrustedIssuer,
)
from apps.ops.models import JobHeartbeat, JobRun
from apps.partners.models import BankAccountChange, ClaimRule, Partner
from apps.procurement.models import (
    Acknowledgement,
    CreditNote,
    Invoice,
    MatchException,
    OrderChange,
    PurchaseOrder,
    Receipt,
    ShipmentNotice,
    SpendAccount,
    SpendReservation,
    Tolerance,
)
from apps.projects.models import (
    ApprovalRule,
    BuyerEntity,
    ExchangeRate,
    PolicyVersion,
    Project,
    PurchasingPolicy,
)
from apps.projects.services import retire_policy
from tests.factories.api_keys import api_key
from tests.factories.audit import signed_log
from tests.factories.closing import close
from tests.factories.consents import standing
from tests.factories.federation import federation
from tests.factories.fulfilment import delivered
from tests.factories.governance import sessions
from tests.factories.invoices import disputed
from tests.factories.issuers import trusted
from tests.factories.oauth import machine
from tests.factories.partners import proposed as bank_change
from tests.factories.policies import approval_rule, policy, rate
from tests.factories.portal import invited
from tests.factories.procurement import actor_for, answered, issued, proposed
from tests.factories.scope_requests import asked_for
from tests.factories.spending import submitted
from tests.factories.world import SETUP, World, partner, person, project

# Every class that is registered with the admin site; a test compares.
SHOWN: tuple[type[Model], ...] = (
    Partner, Client, TokenSession, User, Offboarding, PurchaseOrder, OrderChange,
    Acknowledgement, ShipmentNotice, Receipt, Tolerance, Invoice, MatchException, CreditNote,
    Project, ProjectClosing, BuyerEntity, PurchasingPolicy, PolicyVersion, ApprovalRule,
    ExchangeRate, SpendAccount, SpendReservation, Event, Checkpoint, JobHeartbeat, JobRun, ApiKey,
    Consent, SigningKey, Federation, TrustedIssuer, RestrictedScopeRequest, Invitation,
    BankAccountChange, ClaimRule,
)  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """The records a walk through the admin stands before."""

    world: World
    client: Client
    session: TokenSession
    order: PurchaseOrder
    leaver: User
    evidence: Offboarding

    def record(self, model: type[Model]) -> Model:
        chosen: dict[type[Model], Model] = {
            Partner: self.world.acme,
            Client: self.client,
            TokenSession: self.session,
            User: self.world.bo,
            Offboarding: self.evidence,
            PurchaseOrder: self.order,
            Project: self.world.office,
            BuyerEntity: self.world.buyer,
        }
        return chosen.get(model) or model._default_manager.all()[0]  # noqa: SLF001 -- Django's documented name


def name_of(model: type[Model]) -> str:
    return str(model._meta.model_name)  # noqa: SLF001 -- Django's documented name


def page_of(model: type[Model], suffix: str, *args: object) -> str:
    """The address of one of the admin's pages: `changelist`, `add`, `change` or an act's name."""
    app = model._meta.app_label  # noqa: SLF001 -- Django's documented name
    return reverse(f"admin:{app}_{name_of(model)}_{suffix}", args=args)


def make_scene(world: World) -> Scene:
    at = datetime.now(tz=UTC)
    client = machine(partner=world.acme, scopes=["purchase_orders:read"]).client
    leaver = person("leaver@buyer.example", is_staff=True)
    JobHeartbeat.objects.create(job="seal_audit", at=at)
    JobRun.objects.create(job="seal_audit", started_at=at, ended_at=at)
    api_key(world.acme)
    standing(world.bo, client)
    federation()
    trusted(partner=world.acme)
    bank_change(world.acme)
    order = issued(world)
    vendor = actor_for(world.acme, world.office)
    answered(order, vendor, "AB")
    proposed(order, vendor)
    delivered(world)
    disputed(world)
    evidence = offboard_user(actor=system_actor("test"), at=at, user=leaver, reason="left")
    close(project("DONE", world.buyer, world.globex))
    signed_log(1)
    asked_for(client)
    invited(world.acme, world.bo, at + timedelta(days=1))
    bought_by_rules(world, 0)
    return Scene(world, client, sessions(1, client=client)[0], order, leaver, evidence)


def bought_by_rules(world: World, number: int) -> None:
    """A policy, an approval rule and a rate, none of which is in anybody's way; an order, and what
    a policy that was retired since counts of it.
    """
    policy(
        world.buyer, name=f"Policy {number}", vendors=(world.acme.pk,), partner=world.erp,
        project=world.office, client_id="another",
    )  # fmt: skip
    approval_rule(world.buyer, name=f"Rule {number}", amount_from=10**9, project=world.office)
    rate("EUR", "SEK", datetime.now(tz=UTC).date() - timedelta(days=number), "11.2")
    counting = policy(world.buyer, name=f"Spent {number}", cumulative_max=10**9)
    submitted(world, actor_for(world.erp, world.office), "1")
    retire_policy(actor=SETUP, at=datetime.now(tz=UTC), policy=counting.policy, reason="enough")


def one_more_of_each(world: World, number: int) -> None:
    """A partner with a client, a live session, a person who left, a project and an order."""
    at = datetime.now(tz=UTC)
    company = partner(f"Partner {number}")
    client = machine(partner=company, scopes=["purchase_orders:read"]).client
    sessions(1, client=client)
    standing(person(f"person{number}@buyer.example"), client)
    project(f"P{number}", world.buyer, company)
    close(project(f"DONE-{number}", world.buyer, company))
    federation(f"Provider {number}")
    trusted(partner=company, issuer=f"https://login{number}.example")
    api_key(company)
    bank_change(company)
    asked_for(client)
    invited(company, world.bo, at + timedelta(days=1))
    BuyerEntity.objects.create(name=f"Buyer {number}", country="NO", base_currency="EUR")
    order = issued(world)
    vendor = actor_for(world.acme, world.office)
    answered(order, vendor, "AB")
    proposed(order, vendor)
    delivered(world, str(number))
    disputed(world)
    leaver = person(f"leaver{number}@buyer.example", is_staff=True)
    offboard_user(actor=system_actor("test"), at=at, user=leaver, reason="left")
    JobHeartbeat.objects.create(job=f"job {number}", at=at)
    JobRun.objects.create(job="seal_audit", started_at=at, ended_at=at)
    signed_log(1)
    bought_by_rules(world, number + 1)
