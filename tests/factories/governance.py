"""Sessions in bulk, and what stands behind each, without issuing real tokens."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from apps.identity.models import User
from apps.oauth.models import AccessToken, Client, Grant, RefreshToken, SessionKind, TokenSession
from apps.partners.models import Partner
from apps.procurement.models import OrderRevision, PurchaseOrder, RevisionAct
from apps.projects.models import Project
from tests.factories.audit import events


def sessions(
    count: int,
    *,
    client: Client | None = None,
    user: User | None = None,
    lasting: timedelta = timedelta(hours=1),
) -> list[TokenSession]:
    """Sessions granted a minute ago that last from now for ``lasting``, which may be negative."""
    now = datetime.now(tz=UTC)
    granted = now - timedelta(minutes=1)
    rows = [
        TokenSession(
            kind=SessionKind.USER if user else SessionKind.CLIENT,
            client=client,
            user=user,
            partner=client.partner if client else None,
            role="manager",
            scopes=["purchase_orders:read"],
            auth_method="client_secret_basic",
            created_at=granted,
            granted_at=granted,
            expires_at=now + lasting,
        )
        for _ in range(count)
    ]
    return TokenSession.objects.bulk_create(rows)


def tokens(session: TokenSession) -> None:
    """What is still good: one of each. And what is not: a rotated, a used and a revoked one."""
    now = session.granted_at
    life = {"created": now, "expires": session.expires_at, "session": session}
    for name, dead in (("live", None), ("dead", now)):
        AccessToken.objects.create(token_checksum=name, revoked_at=dead, **life)
        RefreshToken.objects.create(token_checksum=f"{name} {session.pk}", rotated_at=dead, **life)


def code(session: TokenSession) -> Grant:
    """An authorization code that was not redeemed yet."""
    return Grant.objects.create(
        code=f"code {session.pk}",
        application=session.client,
        user=session.user,
        session=session,
        expires=session.expires_at,
        redirect_uri="https://app.example/callback",
    )


def order(number: str, vendor: Partner, project: Project, by: TokenSession, status: str) -> None:
    """An order in any state, as no service would leave it: without lines, with zero totals and an
    empty context.
    """
    totals = (
        "lines_net", "allowances_total", "charges_total", "tax_exclusive", "tax_total",
        "tax_inclusive",
    )  # fmt: skip
    made = PurchaseOrder.objects.create(
        number=number,
        buyer_entity=project.buyer_entity,
        project=project,
        vendor=vendor,
        status=status,
        currency="EUR",
        tax_subtotals=[],
        created_by_session=by,
        created_at=by.granted_at,
        updated_at=by.granted_at,
        **dict.fromkeys(totals, Decimal(0)),
    )
    OrderRevision.objects.create(
        order=made,
        revision=1,
        act=RevisionAct.CREATE,
        status=status,
        at=by.granted_at,
        content={},
        session=by,
        scopes_granted=[],
        scopes_exercised=[],
        event=events(1)[0],
    )
