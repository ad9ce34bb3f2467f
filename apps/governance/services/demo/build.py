"""Makes what the demo lacks, mends what was lost, and says what there is.

The document says what works: a password or secret in it that the database does not know, or the
other way round, is replaced. What somebody suspended or offboarded stays so.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import connection, transaction

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import ForbiddenError
from apps.governance.services.demo.api_keys import ensure_api_keys
from apps.governance.services.demo.cast import (
    BUYER,
    CLIENTS,
    PARTNER_PEOPLE,
    PARTNERS,
    PROJECTS,
    STAFF,
)
from apps.governance.services.demo.clients import ensure_client
from apps.governance.services.demo.records import ensure_records
from apps.governance.services.demo.rules import ensure_rules
from apps.governance.services.demo.run import Document, Run
from apps.governance.services.demo.store import read_known, write_document
from apps.governance.services.onboarding import add_person
from apps.identity.models import User
from apps.identity.services import change_password
from apps.oauth.scopes import buyer_role
from apps.partners.models import Partner
from apps.partners.services import add_contact, create_partner
from apps.projects.models import BuyerEntity, Project, ProjectMember
from apps.projects.services import add_member, create_buyer_entity, create_project
from apps.projects.states import ProjectStatus

# Two runs at once would make everything twice: the second waits for this lock of the database.
LOCK = int.from_bytes(b"demo")
YEAR = timedelta(days=365)
JOINABLE = frozenset({ProjectStatus.DRAFT, ProjectStatus.OPEN, ProjectStatus.ON_HOLD})


def ensure_demo(*, actor: Actor, at: datetime) -> Document:
    """The document of spec 8, with everything in it there and its secrets right.

    Raises ForbiddenError outside a laptop: demo sign-ins have no place beside real data.
    """
    if settings.ENVIRONMENT != "local":
        raise ForbiddenError(f"Demo data is refused where ENVIRONMENT is {settings.ENVIRONMENT}.")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        run = Run(actor, at, read_known(settings.DATA_DIR))
        document = _build(run)
        if run.made:
            subject = Subject("demo", "demo", "demo data")
            record(action=Action.DEMO_CREATED, **run.who, subject=subject, data={"made": run.made})
        # Inside the transaction, so that two runs write in turn. Should the commit fail, the next
        # run finds secrets that the database does not know, and mends them.
        write_document(settings.DATA_DIR, document)
    return document


def _build(run: Run) -> Document:
    partners = {key: _partner(run, key) for key in PARTNERS}
    projects = {key: _project(run, key) for key in PROJECTS}
    for project in projects.values():
        for partner in partners.values():
            _membership(run, project, partner)
    ours = list(projects.values())
    ensure_rules(run, projects["fleet"])
    clients = {key: ensure_client(run, CLIENTS[key], partners, ours) for key in CLIENTS}
    document: Document = {
        "public_url": settings.PUBLIC_URL,
        "staff": [_staff(run, email, ours) for email in STAFF],
        "partner_users": [_partner_person(run, email, partners) for email in PARTNER_PEOPLE],
        "partners": {
            key: {"id": partner.public_id, "name": partner.name, "kind": partner.kind}
            for key, partner in partners.items()
        },
        "projects": {
            key: {"id": project.public_id, "number": project.number}
            for key, project in projects.items()
        },
        "clients": {key: client for key, client in clients.items() if client},
        "api_keys": ensure_api_keys(run, partners["acme"]),
    }
    ensure_records(run, partners)
    return document


def _partner(run: Run, key: str) -> Partner:
    wanted = PARTNERS[key]
    found = Partner.objects.filter(name=wanted.name).order_by("pk").first()
    if found is None:
        run.made.append(f"partner {key}")
        found = create_partner(**run.who, name=wanted.name, kind=wanted.kind)
        add_contact(**run.who, partner=found, email=wanted.contact)
    return found


def _project(run: Run, key: str) -> Project:
    number, title = PROJECTS[key]
    found = Project.objects.filter(number=number).first()
    if found is None:
        run.made.append(f"project {key}")
        entity = BuyerEntity.objects.filter(name=BUYER["name"]).first()
        found = create_project(
            **run.who,
            number=number,
            title=title,
            buyer_entity=entity or create_buyer_entity(**run.who, **BUYER),
            starts_on=run.at.date(),
            ends_on=(run.at + YEAR).date(),
        )
    return found


def _membership(run: Run, project: Project, partner: Partner) -> None:
    if ProjectMember.objects.filter(project=project, partner=partner).exists():
        return
    if partner.is_live and project.status in JOINABLE:
        run.made.append(f"{partner.name} in {project.number}")
        add_member(**run.who, project=project, partner=partner)


def _staff(run: Run, email: str, projects: Sequence[Project]) -> Document:
    """Those whose role acts for the buyer may do so by the API, in every project."""
    role = STAFF[email]
    user = User.objects.filter(email=email).first()
    password = _password(run, user, email)
    if user is None:
        run.made.append(f"person {email}")
        user = add_person(**run.who, email=email, password=password, staff_role=role)
    if buyer_role([role.value]):
        for project in projects:
            _person_in(run, project, user)
    return {"email": email, "password": password, "roles": [role.value]}


def _person_in(run: Run, project: Project, user: User) -> None:
    if ProjectMember.objects.filter(project=project, user=user).exists():
        return
    if user.is_active and project.status in JOINABLE:
        run.made.append(f"{user.email} in {project.number}")
        add_member(**run.who, project=project, user=user)


def _partner_person(run: Run, email: str, partners: dict[str, Partner]) -> Document:
    wanted = PARTNER_PEOPLE[email]
    partner = partners[wanted.partner]
    user = User.objects.filter(email=email).first()
    password = _password(run, user, email)
    if user is None and partner.is_live:
        run.made.append(f"person {email}")
        add_person(**run.who, email=email, password=password, partner=partner, role=wanted.role)
    return {
        "email": email,
        "password": password,
        "partner": wanted.partner,
        "partner_id": partner.public_id,
        "role": wanted.role.value,
    }


def _password(run: Run, user: User | None, email: str) -> str:
    """The one we know or a new one; it is set where the person has another.

    Of hexadecimal digits, which share too few letters with any address to be "too similar" to it.
    """
    password = run.known.passwords.get(email) or secrets.token_hex(16)
    if user is not None and user.is_active and not check_password(password, user.password):
        run.made.append(f"password of {email}")
        change_password(**run.who, user=user, password=password)
    return password
