"""Authorization codes: what a person's consent turns into."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from apps.audit.events import Action, Outcome
from apps.audit.services import record
from apps.core.actor import Actor, ActorKind, Origin
from apps.core.errors import ForbiddenError
from apps.oauth.crypto import sha256_hex
from apps.oauth.errors import AccessDeniedError, InvalidScopeError
from apps.oauth.models import Grant, SessionKind
from apps.oauth.policy.lifetimes import CODE_LIFE, session_life
from apps.oauth.policy.people import may_use_client
from apps.oauth.policy.scopes import for_person
from apps.oauth.selectors import ClientAtGrant, PersonAtGrant
from apps.oauth.services.clients import client_subject
from apps.oauth.services.sessions import build_session, session_subject


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What a person is shown and agrees to. A session that is ``bound`` ends with its projects."""

    grant: ClientAtGrant
    person: PersonAtGrant
    scopes: list[str]
    projects: frozenset[uuid.UUID]
    bound: bool

    @property
    def lasts(self) -> timedelta:
        return session_life(self.grant.client, self.scopes)

    def narrowed_to(self, scopes: list[str], projects: frozenset[uuid.UUID]) -> "Consent":
        """No more than the person was shown, should roles or projects have changed since."""
        return replace(
            self,
            scopes=[name for name in self.scopes if name in scopes],
            projects=self.projects & projects,
        )


def prepare_consent(*, grant: ClientAtGrant, person: PersonAtGrant, scopes: list[str]) -> Consent:
    """What this person can hand to this client. Raises ForbiddenError,
    InvalidScopeError, AccessDeniedError.
    """
    if not may_use_client(grant.client, person):
        raise ForbiddenError("You cannot give this application access.")
    granted = for_person(grant.client, scopes, role=person.role)
    if scopes and not granted:
        raise InvalidScopeError("Your role allows nothing of what the application asks for.")
    projects = person.projects & grant.projects if grant.is_bound else person.projects
    bound = grant.is_bound or person.partner_id is not None or bool(projects)
    if bound and not projects:
        raise AccessDeniedError("There is no open project you could both act in.")
    return Consent(grant=grant, person=person, scopes=granted, projects=projects, bound=bound)


def person_actor(consent: Consent, origin: Origin) -> Actor:
    user = consent.person.user
    return Actor(
        kind=ActorKind.USER,
        id=user.public_id,
        label=user.email,
        user_id=user.id,
        client_id=consent.grant.client.client_id,
        partner_id=consent.person.partner_id,
        origin=origin,
    )


def issue_code(
    *,
    consent: Consent,
    code: str,
    redirect_uri: str,
    code_challenge: str,
    origin: Origin,
    at: datetime,
) -> None:
    """Open the session and store the code's hash. The session lives as long as the code until it
    is redeemed, so whatever ends access between the two ends the code too.
    """
    person, client = consent.person, consent.grant.client
    session = build_session(
        at=at,
        origin=origin,
        kind=SessionKind.USER,
        client=client,
        user=person.user,
        partner_id=person.partner_id,
        role=person.role,
        scopes=consent.scopes,
        project_ids=sorted(consent.projects),
        project_bound=consent.bound,
        auth_method="password",
        granted_at=min(consent.grant.granted_at, person.granted_at),
        expires_at=at + CODE_LIFE,
    )
    with transaction.atomic():
        session.save(force_insert=True)
        Grant.objects.create(
            session=session,
            user=person.user,
            application=client,
            code=sha256_hex(code),
            code_challenge=code_challenge,
            code_challenge_method=Grant.CODE_CHALLENGE_S256,
            redirect_uri=redirect_uri,
            scope=" ".join(consent.scopes),
            expires=at + CODE_LIFE,
        )
        record(
            action=Action.CONSENT_GIVEN,
            actor=person_actor(consent, origin),
            at=at,
            subject=session_subject(session),
            data={"client_id": client.client_id, "scopes": consent.scopes},
        )


def refuse_consent(*, consent: Consent, origin: Origin, at: datetime) -> None:
    """The person said no."""
    record(
        action=Action.CONSENT_REFUSED,
        actor=person_actor(consent, origin),
        at=at,
        subject=client_subject(consent.grant.client),
        data={"scopes": consent.scopes},
        outcome=Outcome.DENIED,
    )
