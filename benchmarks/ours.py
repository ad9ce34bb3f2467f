"""The product's own data and acts, by its own services; called by benchmarks.child.

Only rows that are there in thousands are written at once: copies of one the product made.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from apps.core.actor import system_actor
from apps.core.ids import new_id
from apps.governance.services.closing import close_project
from apps.governance.services.offboarding import offboard_partner
from apps.governance.services.onboarding import Onboarded, onboard_partner
from apps.oauth.models import AccessToken, ClientKind, TokenSession
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.services import register_client
from apps.ops.services import purge_expired
from apps.partners.models import PartnerKind
from apps.partners.selectors import partner_by_public_id
from apps.projects.models import Project
from apps.projects.selectors import project_by_reference
from apps.projects.services import create_buyer_entity, create_project

ACTOR = system_actor("benchmarks")
MORE_THAN_ENOUGH_SECONDS = 600
FILL = """
INSERT INTO oauth_accesstoken (jti, session_id, token_checksum, scope, created, expires)
SELECT (lpad(to_hex(n), 12, '0') || '7' || left(md5(n::text), 19))::uuid, %s,
       encode(sha256(n::text::bytea), 'hex'), 'purchase_orders:read', now(),
       now() + interval '1 day' * CASE WHEN n > %s THEN 1 ELSE -2 END + interval '1 ms' * n
FROM generate_series(1, %s) AS n
"""


def prepare() -> dict[str, Any]:
    """A project, a vendor in it, the buyer's ERP and a resource server."""
    at = datetime.now(tz=UTC)
    entity = create_buyer_entity(
        actor=ACTOR, at=at, name="Nordwind", country="NO", base_currency="EUR"
    )
    project = create_project(
        actor=ACTOR,
        at=at,
        number="BENCH",
        title="Benchmarks",
        buyer_entity=entity,
        starts_on=at.date(),
        ends_on=at.date() + timedelta(days=30),
    )
    scopes = ["purchase_orders:read", "purchase_orders:create"]
    erp = _onboard("Nordwind ERP", PartnerKind.INTEGRATION, project, scopes)
    vendor = _onboard("Acme", PartnerKind.VENDOR, project, scopes[:1])
    server = register_client(
        actor=ACTOR,
        at=at,
        name="Resource server",
        kind=ClientKind.INTERNAL,
        auth_method=AuthMethod.SECRET_BASIC,
        grant_types=[GrantType.CLIENT_CREDENTIALS],
        scopes=[],
        is_resource_server=True,
    )
    return {
        "project": project.public_id,
        "vendor": vendor.partner.public_id,
        "erp": _credentials(erp),
        "server": {"client_id": server.client.client_id, "client_secret": server.secret},
    }


def _onboard(name: str, kind: PartnerKind, project: Project, scopes: list[str]) -> Onboarded:
    return onboard_partner(
        actor=ACTOR,
        at=datetime.now(tz=UTC),
        name=name,
        kind=kind,
        contact_email="office@example.com",
        scopes=scopes,
        projects=[project],
    )


def _credentials(new: Onboarded) -> dict[str, str]:
    return {"client_id": new.client.client_id, "client_secret": new.client_secret}


def leaver() -> dict[str, Any]:
    """A partner that is going to be thrown out."""
    project = Project.objects.get(number="BENCH")
    new = _onboard("Leaver", PartnerKind.VENDOR, project, ["purchase_orders:read"])
    return {"partner": new.partner.public_id, "client": _credentials(new)}


def closing_project() -> dict[str, Any]:
    """A project that is going to close, and a vendor in it alone."""
    at, bench = datetime.now(tz=UTC), Project.objects.get(number="BENCH")
    project = create_project(
        actor=ACTOR,
        at=at,
        number=f"CLOSING-{Project.objects.count()}",
        title="Closing",
        buyer_entity=bench.buyer_entity,
        starts_on=at.date(),
        ends_on=at.date() + timedelta(days=30),
    )
    new = _onboard("Seller", PartnerKind.VENDOR, project, ["purchase_orders:read"])
    return {
        "project": project.public_id,
        "partner": new.partner.public_id,
        "client": _credentials(new),
    }


def give_sessions(partner_id: str, count: int) -> None:
    """So many live sessions in all, each like the one the partner has."""
    made = TokenSession.objects.get(partner=partner_by_public_id(partner_id))
    names = [one.attname for one in TokenSession._meta.concrete_fields if not one.primary_key]  # noqa: SLF001 -- Django's documented name
    columns = {name: getattr(made, name) for name in names}
    copies = (TokenSession(id=new_id(), **columns) for _ in range(count - 1))
    TokenSession.objects.bulk_create(copies, batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE oauth_tokensession")


def end(partner_id: str) -> dict[str, float]:
    """Throw the partner out. ``begun`` is the machine's monotonic clock, the same everywhere."""
    partner = partner_by_public_id(partner_id)
    begun = time.monotonic()
    evidence = offboard_partner(
        actor=ACTOR, at=datetime.now(tz=UTC), partner=partner, reason="benchmark"
    )
    return {
        "begun": begun,
        "rows_ended_ms": (time.monotonic() - begun) * 1000,
        "sessions_ended": evidence.sessions_ended,
    }


def close(project_id: str) -> dict[str, float]:
    """Close the project; ``begun`` as above."""
    project = project_by_reference(project_id)
    begun = time.monotonic()
    closing = close_project(
        actor=ACTOR,
        at=datetime.now(tz=UTC),
        project=project,
        reason="benchmark",
        blockers_acknowledged=True,
    )
    return {
        "begun": begun,
        "rows_ended_ms": (time.monotonic() - begun) * 1000,
        "sessions_ended": closing.sessions_ended,
    }


def fill(expired: int, live: int) -> None:
    session = TokenSession.objects.order_by("id")[0]
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE oauth_accesstoken")
        cursor.execute(FILL, [session.pk, expired, expired + live])
        cursor.execute("VACUUM ANALYZE oauth_accesstoken")


def purge() -> dict[str, float]:
    at = datetime.now(tz=UTC)
    begun = time.perf_counter()
    purge_expired(at=at, seconds=MORE_THAN_ENOUGH_SECONDS)
    seconds = time.perf_counter() - begun
    expired = AccessToken.objects.filter(expires__lte=at).count()
    live = AccessToken.objects.count() - expired
    return {"seconds": seconds, "expired_left": expired, "live_left": live}
