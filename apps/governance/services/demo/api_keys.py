"""The demo's legacy API key: what a partner that cannot do OAuth yet would have."""

from django.conf import settings

from apps.governance.services.demo.run import Document, Run
from apps.oauth.models import ApiKey
from apps.oauth.policy.api_keys import LOOPBACK, MOST_DAYS
from apps.oauth.selectors.api_keys import api_key_digest
from apps.oauth.services.api_keys import create_api_key
from apps.partners.models import Partner

NAME = "Acme's old warehouse system"
SCOPES = ["purchase_orders:read"]


def ensure_api_keys(run: Run, partner: Partner) -> list[Document]:
    """The key we know, also one that somebody ended, which stays so; a new one where it is unknown
    or has expired, if keys are allowed here and the partner is active.
    """
    for key in run.known.api_keys:
        unexpired = ApiKey.objects.filter(partner=partner, session__expires_at__gt=run.at)
        row = unexpired.filter(key_digest=api_key_digest(key)).first()
        if row is not None:
            return [_told(row, key)]
    if not settings.LEGACY_API_KEYS or not partner.is_live:
        return []
    new = create_api_key(
        **run.who,
        partner=partner,
        name=NAME,
        scopes=SCOPES,
        days=MOST_DAYS,
        networks=LOOPBACK,
    )
    run.made.append(f"API key of {partner.name}")
    return [_told(new.api_key, new.key)]


def _told(row: ApiKey, key: str) -> Document:
    return {
        "name": row.name,
        "partner": "acme",
        "key": key,
        "scopes": row.session.scopes,
        "networks": row.networks,
        "expires_at": row.session.expires_at.isoformat(),
    }
