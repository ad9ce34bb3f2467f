"""Legacy API keys: making one, ending one, noting its use (spec 1 no. 8)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor, Origin
from apps.core.errors import ValidationFailedError
from apps.core.ids import encode_id
from apps.oauth.crypto import new_secret
from apps.oauth.models import ApiKey, SessionKind, TokenSession
from apps.oauth.policy.api_keys import (
    NOTED_EVERY,
    days_faults,
    key_project_faults,
    key_scope_faults,
    network_faults,
    new_prefix,
)
from apps.oauth.policy.kinds import client_kind
from apps.oauth.policy.networks import canonical_networks
from apps.oauth.policy.registration import (
    beyond_faults,
    default_role,
    kind_faults,
    name_faults,
)
from apps.oauth.selectors.api_keys import PartnerAtGrant, api_key_digest, partner_at_grant
from apps.oauth.services.sessions import build_session, end_session
from apps.partners.models import Partner
from apps.partners.services import require_reason
from apps.projects.models import Project

AUTH_METHOD = "api_key"


@dataclass(frozen=True)
class NewApiKey:
    """A key that was made. ``key`` is shown once, here."""

    api_key: ApiKey
    key: str


def api_key_subject(api_key: ApiKey) -> Subject:
    return Subject("api_key", api_key.public_id, str(api_key))


def create_api_key(
    *,
    actor: Actor,
    at: datetime,
    partner: Partner,
    name: str,
    scopes: Sequence[str],
    days: int,
    networks: Sequence[str],
    projects: Sequence[Project] = (),
) -> NewApiKey:
    """Make a key of the partner's, for these projects or for all that are open to it now.

    Its session is as old as the key and ends with whatever ends a client's. Raises
    ValidationFailedError with one entry per fault, or because keys are off in this environment.
    """
    if not settings.LEGACY_API_KEYS:
        detail = "API keys are off here (LEGACY_API_KEYS); register a client instead."
        raise ValidationFailedError(detail)
    grant = partner_at_grant(partner.pk, at=at)
    role, reached = default_role(grant.partner), grant.projects_for(scopes)
    faults = [
        *name_faults(name),
        *kind_faults(client_kind(grant.partner), grant.partner, role),
        *key_scope_faults(scopes, role=role),
        *beyond_faults(scopes, role, actor),
        *days_faults(days),
        *network_faults(networks),
        *key_project_faults(projects, reached),
    ]
    if faults:
        raise ValidationFailedError("The key cannot be made so.", errors=faults)
    named = [project.pk for project in projects] or reached
    session = build_session(
        at=at,
        origin=Origin(),
        kind=SessionKind.API_KEY,
        partner=grant.partner,
        role=role,
        scopes=list(dict.fromkeys(scopes)),
        project_ids=sorted(set(named)),
        project_bound=True,
        policy_version=grant.policy_version,
        auth_method=AUTH_METHOD,
        granted_at=grant.granted_at,
        expires_at=at + timedelta(days=days),
    )
    return _keep(session, grant, actor=actor, at=at, name=name, networks=networks)


def _keep(
    session: TokenSession,
    grant: PartnerAtGrant,
    *,
    actor: Actor,
    at: datetime,
    name: str,
    networks: Sequence[str],
) -> NewApiKey:
    prefix = new_prefix(settings.ENVIRONMENT)
    key = f"{prefix}_{new_secret()}"
    with transaction.atomic():
        session.save(force_insert=True)
        api_key = ApiKey.objects.create(
            name=name.strip(),
            partner=grant.partner,
            session=session,
            prefix=prefix,
            key_digest=api_key_digest(key),
            networks=canonical_networks(networks),
            created_at=at,
        )
        record(
            action=Action.API_KEY_CREATED,
            actor=actor,
            at=at,
            subject=api_key_subject(api_key),
            data=_facts(api_key, session),
        )
    return NewApiKey(api_key, key)


def _facts(api_key: ApiKey, session: TokenSession) -> dict[str, object]:
    return {
        "partner": api_key.partner.public_id,
        "session": session.public_id,
        "prefix": api_key.prefix,
        "role": session.role,
        "scopes": session.scopes,
        "projects": [encode_id(Project.id_prefix, one) for one in session.project_ids],
        "networks": api_key.networks,
        "expires_at": session.expires_at.isoformat(),
    }


def revoke_api_key(*, actor: Actor, at: datetime, api_key: ApiKey, reason: str) -> bool:
    """End a key; the next request with it is refused. False when it had ended already."""
    reason = require_reason(reason)
    with transaction.atomic():
        ended = end_session(actor=actor, at=at, session=api_key.session, reason=reason)
        if ended:
            record(
                action=Action.API_KEY_REVOKED,
                actor=actor,
                at=at,
                subject=api_key_subject(api_key),
                data={"reason": reason, "partner": api_key.partner.public_id},
            )
    return ended


def note_use(*, session_id: uuid.UUID, last_used_at: datetime | None, at: datetime) -> bool:
    """Remember that a key is used, once a minute; of requests at once, one writes."""
    if last_used_at is not None and at - last_used_at < NOTED_EVERY:
        return False
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=at - NOTED_EVERY)
    rows = TokenSession.objects.filter(stale, pk=session_id)
    return bool(rows.update(last_used_at=at))
