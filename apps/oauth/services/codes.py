"""Authorization codes: what a person's consent turns into."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.audit.events import Action, Outcome
from apps.audit.services import record
from apps.core.actor import Actor, Origin
from apps.identity.policy.actors import person_actor
from apps.oauth.crypto import sha256_hex
from apps.oauth.errors import AccessDeniedError, InvalidScopeError
from apps.oauth.models import Grant, SessionKind, TokenSession
from apps.oauth.policy.lifetimes import CODE_LIFE, session_end, session_life
from apps.oauth.policy.people import may_use_client
from apps.oauth.policy.refused_scopes import in_a_row
from apps.oauth.policy.scopes import for_person
from apps.oauth.policy.sign_in import SignIn
from apps.oauth.selectors import ClientAtGrant, PersonAtGrant, latest_end
from apps.oauth.services.budgets import Grantee, details_by_policy
from apps.oauth.services.clients import client_subject
from apps.oauth.services.consents import rely_on_consent, remember_consent
from apps.oauth.services.minting import Details
from apps.oauth.services.pushed import use_up
from apps.oauth.services.requested import (
    bound_projects,
    details_for,
    require_wind_down_scopes,
)
from apps.oauth.services.sessions import build_session, session_subject


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What a person is shown and agrees to. A session that is ``bound`` ends with its projects.

    ``claims`` are those the client asked for by name (OpenID Connect Core section 5.5);
    ``remembered`` says that a standing consent of theirs answered.
    """

    grant: ClientAtGrant
    person: PersonAtGrant
    sign_in: SignIn
    scopes: list[str]
    projects: frozenset[uuid.UUID]
    bound: bool
    resources: tuple[str, ...] = ()
    authorization_details: Details = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    remembered: bool = False

    def lasts(self, *, at: datetime) -> timedelta:
        """How long, if it is redeemed now: not beyond its last project, nor its last limit."""
        life = session_life(self.grant.client, self.scopes)
        of_projects = latest_end(self.person.ends, self.projects)
        details = self.authorization_details
        return session_end(at, life, of_projects=of_projects, details=details) - at

    def narrowed_to(self, scopes: list[str], projects: frozenset[uuid.UUID]) -> "Consent":
        """No more than the person was shown, should roles or projects have changed since."""
        return replace(
            self,
            scopes=[name for name in self.scopes if name in scopes],
            projects=self.projects & projects,
        )


def prepare_consent(
    *,
    grant: ClientAtGrant,
    person: PersonAtGrant,
    sign_in: SignIn,
    scopes: list[str],
    at: datetime,
    resources: tuple[str, ...] = (),
    authorization_details: Details | None = None,
    claims: dict[str, Any] | None = None,
) -> Consent:
    """What this person can hand to this client. Raises AccessDeniedError, InvalidScopeError,
    InvalidAuthorizationDetailsError.
    """
    if not may_use_client(grant.client, person):
        raise AccessDeniedError("This person cannot give the application access.")
    granted = for_person(grant.client, scopes, role=person.role)
    if scopes and not granted:
        raise InvalidScopeError(f"The person's role allows none of {in_a_row(scopes)}.")
    reached = grant.reach.within(person.reach) if grant.is_bound else person.reach
    grant, person = grant.for_scopes(granted), person.for_scopes(granted)
    projects = frozenset(reached.by_scopes(granted))
    bound = grant.is_bound or person.partner_id is not None or bool(projects)
    if bound and not projects:
        require_wind_down_scopes(reached.winding_down)
        raise AccessDeniedError("There is no open project you could both act in.")
    details = details_for(authorization_details or [], granted)
    named = frozenset(bound_projects(details, projects, winding_down=reached.winding_down))
    grantee = Grantee(
        client_id=grant.client.client_id, partner_id=person.partner_id, role=person.role
    )
    return Consent(
        grant=grant,
        person=person,
        sign_in=sign_in,
        scopes=granted,
        projects=named or projects,
        bound=bound,
        resources=resources,
        authorization_details=details_by_policy(details, grantee=grantee, at=at),
        claims=claims or {},
    )


def _asked(consent: Consent, origin: Origin) -> Actor:
    return person_actor(
        consent.person.user,
        origin,
        client_id=consent.grant.client.client_id,
        partner_id=consent.person.partner_id,
    )


@dataclass(frozen=True, kw_only=True)
class CodeRequest:
    """The authorization request a code answers: what its redemption must agree with.

    ``pushed`` is the row of the pushed request, which is used up by the code (RFC 9126 section 4).
    """

    redirect_uri: str
    code_challenge: str
    nonce: str = ""
    dpop_jkt: str = ""
    pushed: int | None = None


def build_person_session(
    *, consent: Consent, origin: Origin, at: datetime, life: timedelta
) -> TokenSession:
    """An unsaved session of what the person agreed to. It lives as long as the code does until
    that is redeemed, so whatever ends access between the two ends the code too.
    """
    person, sign_in = consent.person, consent.sign_in
    return build_session(
        at=at,
        origin=origin,
        kind=SessionKind.USER,
        client=consent.grant.client,
        user=person.user,
        partner_id=person.partner_id,
        role=person.role,
        scopes=consent.scopes,
        project_ids=sorted(consent.projects),
        project_bound=consent.bound,
        resources=list(consent.resources),
        authorization_details=consent.authorization_details,
        policy_version=consent.grant.policy_version,
        claims=consent.claims,
        sign_in_id=sign_in.sign_in_id,
        federation_id=sign_in.federation_id,
        auth_method=sign_in.method,
        auth_time=sign_in.auth_time,
        acr=sign_in.acr,
        amr=list(sign_in.amr),
        granted_at=min(consent.grant.granted_at, person.granted_at),
        expires_at=at + life,
    )


def issue_code(
    *, consent: Consent, code: str, request: CodeRequest, origin: Origin, at: datetime
) -> None:
    """Open the session and store the code's hash. Raises InvalidRequestUriError when the pushed
    request was answered before, ConsentRequiredError when a standing consent no longer stands.
    """
    client = consent.grant.client
    session = build_person_session(consent=consent, origin=origin, at=at, life=CODE_LIFE)
    with transaction.atomic():
        if request.pushed is not None:
            use_up(request.pushed, at=at)
        session.save(force_insert=True)
        Grant.objects.create(
            session=session,
            user=consent.person.user,
            application=client,
            code=sha256_hex(code),
            code_challenge=request.code_challenge,
            code_challenge_method=Grant.CODE_CHALLENGE_S256,
            redirect_uri=request.redirect_uri,
            nonce=request.nonce,
            dpop_jkt=request.dpop_jkt,
            scope=" ".join(consent.scopes),
            expires=at + CODE_LIFE,
        )
        if consent.remembered:
            rely_on_consent(consent=consent)
        else:
            remember_consent(consent=consent, at=at)
        record_consent(consent=consent, session=session, origin=origin, at=at)


def record_consent(
    *, consent: Consent, session: TokenSession, origin: Origin, at: datetime
) -> None:
    """The one event of an access that a person gave."""
    record(
        action=Action.CONSENT_GIVEN,
        actor=_asked(consent, origin),
        at=at,
        subject=session_subject(session),
        data={
            "client_id": consent.grant.client.client_id,
            "scopes": consent.scopes,
            "remembered": consent.remembered,
            "authorization_details_sha256": session.authorization_details_sha256,
        },
    )


def refuse_consent(
    *, consent: Consent, origin: Origin, at: datetime, pushed: int | None = None
) -> None:
    """The person said no. Raises InvalidRequestUriError as `issue_code` does."""
    with transaction.atomic():
        if pushed is not None:
            use_up(pushed, at=at)
        _record_refusal(consent, origin, at)


def _record_refusal(consent: Consent, origin: Origin, at: datetime) -> None:
    record(
        action=Action.CONSENT_REFUSED,
        actor=_asked(consent, origin),
        at=at,
        subject=client_subject(consent.grant.client),
        data={"scopes": consent.scopes},
        outcome=Outcome.DENIED,
    )
