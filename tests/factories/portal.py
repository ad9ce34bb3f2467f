"""A partner's own people at the portal: their admins, their browsers, the mails they send."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import mail
from django.test import Client as Browser

from apps.governance.models import Invitation
from apps.identity.models import User
from apps.oauth.crypto import sha256_hex
from apps.oauth.models import Client, TokenSession
from apps.partners.models import Partner, PartnerUser, Role
from apps.partners.services import add_partner_user
from tests.factories.governance import sessions
from tests.factories.identity import sign_in
from tests.factories.oauth import machine
from tests.factories.world import SETUP, World, person


def colleague(partner: Partner, email: str, role: Role = Role.ADMIN) -> PartnerUser:
    """Somebody who acts for the partner and can sign in."""
    return add_partner_user(
        actor=SETUP, at=datetime.now(tz=UTC), partner=partner, user=person(email), role=role
    )


def browser_of(user: User, *, strict: bool = False) -> Browser:
    """A browser somebody is signed in with; a ``strict`` one must bring the form's secret."""
    return sign_in(Browser(enforce_csrf_checks=strict), user)


def mailed_link() -> str:
    """The path of the link in the last mail."""
    (link,) = re.findall(r"https?://\S+", str(mail.outbox[-1].body))
    assert link.startswith(settings.PUBLIC_URL)
    return link.removeprefix(settings.PUBLIC_URL)


@dataclass(frozen=True)
class Company:
    """One side of the wall: its admin, another admin, a manager, a client, a session of each."""

    partner: Partner
    boss: PartnerUser
    deputy: PartnerUser
    manager: PartnerUser
    client: Client
    of_client: TokenSession
    of_boss: TokenSession


def company(partner: Partner, manager: User) -> Company:
    name = partner.name.lower()
    boss = colleague(partner, f"boss@{name}.example")
    deputy = colleague(partner, f"deputy@{name}.example")
    client = machine(partner=partner, scopes=["purchase_orders:read"]).client
    (of_client,) = sessions(1, client=client)
    (of_boss,) = sessions(1, client=client, user=boss.user)
    acting = PartnerUser.objects.get(user=manager)
    return Company(partner, boss, deputy, acting, client, of_client, of_boss)


def invited(partner: Partner, by: User, expires_at: datetime) -> Invitation:
    """Somebody was asked to act for the partner; the link works until then."""
    return Invitation.objects.create(
        partner=partner,
        email=f"new@{partner.name.lower().replace(' ', '')}.example",
        role=Role.SALESPERSON,
        token_sha256=sha256_hex(partner.name),
        invited_by=by,
        created_at=expires_at - timedelta(days=3),
        sent_at=expires_at - timedelta(days=3),
        expires_at=expires_at,
    )


def acme_and_globex(world: World) -> tuple[Company, Company]:
    return company(world.acme, world.bo), company(world.globex, world.cy)
