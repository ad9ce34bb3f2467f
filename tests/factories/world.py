"""The fixed cast: a buyer with a project, two vendors that must never see each other, an ERP."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apps.core.actor import system_actor
from apps.identity.models import User
from apps.partners.models import Partner, PartnerKind, Role
from apps.partners.services import add_partner_user, create_partner
from apps.projects.models import BuyerEntity, Project
from apps.projects.services import add_member, create_buyer_entity, create_project

SETUP = system_actor("test")


@dataclass(frozen=True)
class World:
    """Nordwind buys in the project Office from Acme and Globex; its ERP is an integration
    partner. Bo manages at Acme, Cy at Globex.
    """

    buyer: BuyerEntity
    office: Project
    acme: Partner
    globex: Partner
    erp: Partner
    bo: User
    cy: User


def person(email: str, **fields: object) -> User:
    """Somebody who can sign in; the password does not matter to the test."""
    return User.objects.create_user(
        email, password="correct horse battery", created_at=datetime.now(tz=UTC), **fields
    )


def project(number: str, buyer: BuyerEntity, *members: Partner) -> Project:
    at = datetime.now(tz=UTC)
    made = create_project(
        actor=SETUP,
        at=at,
        number=number,
        title=number.title(),
        buyer_entity=buyer,
        starts_on=at.date() - timedelta(days=1),
        ends_on=at.date() + timedelta(days=365),
    )
    for partner in members:
        add_member(
            actor=SETUP, at=at, project=made, partner=partner, valid_from=at - timedelta(hours=1)
        )
    return made


def partner(name: str, kind: PartnerKind = PartnerKind.VENDOR) -> Partner:
    return create_partner(actor=SETUP, at=datetime.now(tz=UTC), name=name, kind=kind)


def make_world() -> World:
    at = datetime.now(tz=UTC)
    buyer = create_buyer_entity(
        actor=SETUP, at=at, name="Nordwind", country="NO", base_currency="EUR"
    )
    acme, globex = partner("Acme"), partner("Globex")
    erp = partner("Nordwind ERP", PartnerKind.INTEGRATION)
    office = project("OFFICE", buyer, acme, globex, erp)
    bo, cy = person("bo@acme.example"), person("cy@globex.example")
    for company, user in ((acme, bo), (globex, cy)):
        add_partner_user(actor=SETUP, at=at, partner=company, user=user, role=Role.MANAGER)
    return World(buyer, office, acme, globex, erp, bo, cy)
