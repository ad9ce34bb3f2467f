"""Letting a partner in, and people: everything they need in one act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.identity.models import StaffRole, User
from apps.identity.services import create_user
from apps.oauth.models import Client
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.bundles import default_scopes
from apps.oauth.policy.kinds import client_kind
from apps.oauth.policy.registration import default_role
from apps.oauth.services import NewClient, register_client
from apps.oauth.services.two_people import TwoPeople
from apps.partners.models import Partner, Role
from apps.partners.services import (
    add_contact,
    add_partner_user,
    create_partner,
    partner_subject,
)
from apps.projects.models import Project
from apps.projects.services import add_member

MACHINE = (GrantType.CLIENT_CREDENTIALS,)


@dataclass(frozen=True)
class Onboarded:
    """A partner with its first client. ``client_secret`` is shown once, here."""

    partner: Partner
    client: Client
    client_secret: str


def onboard_partner(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    kind: str,
    contact_email: str,
    role: Role | None = None,
    scopes: Sequence[str] = (),
    projects: Sequence[Project] = (),
    legal_name: str = "",
    identifiers: Sequence[dict[str, str]] = (),
    reasons: Mapping[str, str] | None = None,
    agreed_by: TwoPeople | None = None,
) -> Onboarded:
    """A partner, its contact, its projects and a machine client, or nothing of it.

    Without ``scopes`` the client gets what its role usually needs; what is restricted of them
    waits for a second person, unless ``agreed_by`` names two. Raises ValidationFailedError.
    """
    with transaction.atomic():
        partner = create_partner(
            actor=actor, at=at, name=name, kind=kind, legal_name=legal_name, identifiers=identifiers
        )
        add_contact(actor=actor, at=at, partner=partner, email=contact_email)
        for project in projects:
            add_member(actor=actor, at=at, project=project, partner=partner)
        new = register_machine(
            actor=actor,
            at=at,
            partner=partner,
            role=role,
            scopes=scopes,
            reasons=reasons,
            agreed_by=agreed_by,
        )
        record(
            action=Action.PARTNER_ONBOARDED,
            actor=actor,
            at=at,
            subject=partner_subject(partner),
            data={
                "client": new.client.client_id,
                "role": new.client.role,
                "scopes": new.client.allowed_scopes,
                "projects": [project.public_id for project in projects],
            },
        )
    return Onboarded(partner, new.client, str(new.secret))


def register_machine(
    *,
    actor: Actor,
    at: datetime,
    partner: Partner,
    role: Role | None = None,
    scopes: Sequence[str] = (),
    reasons: Mapping[str, str] | None = None,
    agreed_by: TwoPeople | None = None,
) -> NewClient:
    """The client by which the partner's own system calls. Raises ValidationFailedError."""
    role = role or default_role(partner)
    return register_client(
        actor=actor,
        at=at,
        name=f"{partner.name} integration",
        kind=client_kind(partner),
        auth_method=AuthMethod.SECRET_BASIC,
        grant_types=MACHINE,
        scopes=scopes or default_scopes(role, grant_types=MACHINE),
        role=role,
        partner=partner,
        reasons=reasons,
        agreed_by=agreed_by,
    )


def add_person(
    *,
    actor: Actor,
    at: datetime,
    email: str,
    password: str,
    name: str = "",
    staff_role: StaffRole | None = None,
    partner: Partner | None = None,
    role: str = "",
    projects: Sequence[Project] = (),
) -> User:
    """A person who can sign in: staff of the buyer, somebody who acts for a partner, or neither;
    one of the buyer's is made a member of the projects.

    Raises ValidationFailedError, and InvalidTransitionError when the partner is not active.
    """
    who: dict[str, Any] = {"actor": actor, "at": at}
    with transaction.atomic():
        user = create_user(**who, email=email, password=password, name=name, staff_role=staff_role)
        if partner is not None:
            add_partner_user(**who, partner=partner, user=user, role=role)
        for project in projects:
            add_member(**who, project=project, user=user)
    return user
