"""When a person need not be asked again (spec 3, row consent)."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlsplit

from apps.oauth.keys import api_audience
from apps.oauth.models import Client, ClientStatus, Consent


def covers(
    standing: Consent | None,
    *,
    client: Client,
    redirect_uri: str,
    partner_id: uuid.UUID | None,
    scopes: Collection[str],
    projects: Collection[uuid.UUID],
    details: Sequence[dict[str, Any]],
) -> bool:
    """Whether what the person agreed to before holds all of what is asked now, for the company
    they act for now. Limits are shown every time, so nothing covers a request that has them.
    """
    if standing is None or standing.revoked_at is not None or details:
        return False
    if standing.partner_id != partner_id or not client_is_recognised(client, redirect_uri):
        return False
    return set(scopes) <= set(standing.scopes) and set(projects) <= set(standing.project_ids)


def is_worth_remembering(*, resources: Collection[str], details: Sequence[dict[str, Any]]) -> bool:
    """Only what was agreed to for our own API, and without limits, answers in the person's place
    later; naming no resource means our own API.
    """
    return not details and set(resources) <= {api_audience()}


def may_return_unasked(client: Client) -> bool:
    """Whether what a person agreed to could answer for the client in their place: it is active,
    so is its partner, and it has an address at which it is recognised.
    """
    if client.status != ClientStatus.ACTIVE or (client.partner and not client.partner.is_live):
        return False
    return any(client_is_recognised(client, uri) for uri in client.redirect_uris.split())


def client_is_recognised(client: Client, redirect_uri: str) -> bool:
    """RFC 6749 section 10.2, RFC 8252 section 8.6: a client that cannot prove who it is may be
    another program under its name, unless the answer goes to an https address that it owns.
    """
    return not client.is_public or urlsplit(redirect_uri).scheme == "https"
