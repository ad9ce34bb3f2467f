"""A client that a trusted issuer speaks for, and what the issuer signs about it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from joserfc.jwk import Key

from apps.core.actor import system_actor
from apps.oauth.models import Client, ClientKind, TrustedIssuer
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.services import NewClient, register_client
from apps.partners.models import Partner
from tests.factories.issuers import HERE, ISSUER, KEY, ORDERS
from tests.factories.jose import assertion_form, client_assertion
from tests.factories.oauth import REDIRECT_URI, open_to, post_form

SUBJECT = "system:serviceaccount:erp:orders"


def workload(
    issuer: TrustedIssuer | None,
    *,
    partner: Partner | None,
    grants: Sequence[GrantType] = (GrantType.CLIENT_CREDENTIALS,),
    scopes: Sequence[str] = (ORDERS,),
    **metadata: Any,
) -> NewClient:
    """A client that keeps no key: the issuer signs its assertions."""
    named = {"client_assertion_issuer": issuer, "client_assertion_subject": SUBJECT}
    return register_client(
        actor=system_actor("test"),
        at=datetime.now(tz=UTC),
        name="Workload",
        kind=ClientKind.SERVICE if partner else ClientKind.INTERNAL,
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        grant_types=grants,
        scopes=scopes,
        partner=partner,
        redirect_uris=[REDIRECT_URI] if GrantType.AUTHORIZATION_CODE in grants else [],
        metadata=ClientMetadata(**{"people": open_to(partner), **named, **metadata}),
    )


def word(key: Key = KEY, **changes: Any) -> str:
    """A good assertion of the issuer about the workload, with ``changes`` to its claims."""
    audience = changes.pop("aud", HERE)
    return client_assertion(SUBJECT, key, audience, **{"iss": ISSUER, **changes})


def shown(client: Client | str, assertion: str) -> dict[str, str]:
    """The parameters by which the workload authenticates: it has to say which client it is."""
    client_id = client if isinstance(client, str) else client.client_id
    return {"client_id": client_id, **assertion_form(assertion)}


def ask(
    client: Client | str, assertion: str, *, headers: dict[str, str] | None = None, **form: str
) -> Any:
    """A client_credentials token over HTTP."""
    wanted = {"grant_type": "client_credentials", "scope": ORDERS, **form}
    return post_form("/oauth/token", {**wanted, **shown(client, assertion)}, headers=headers)
