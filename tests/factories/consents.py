"""Standing consents, without the page on which they are given."""

from collections.abc import Sequence
from datetime import UTC, datetime

from apps.identity.models import User
from apps.oauth.models import Client, Consent
from apps.partners.models import Partner
from apps.projects.models import Project


def standing(
    user: User,
    client: Client,
    *,
    partner: Partner | None = None,
    scopes: Sequence[str] = ("purchase_orders:read",),
    projects: Sequence[Project] = (),
) -> Consent:
    return Consent.objects.create(
        user=user,
        client=client,
        partner=partner,
        scopes=list(scopes),
        project_ids=[project.pk for project in projects],
        given_at=datetime.now(tz=UTC),
    )
