"""Who would order, in a simulation: a fresh session of a client, or a session there is. And what
would refuse them before any rule of purchasing is asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from apps.core.actor import Actor, ActorKind
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.oauth.models import Client, ClientStatus, TokenSession
from apps.oauth.selectors import client_at_grant, live_sessions, open_projects_of_session
from apps.partners.models import PartnerKind
from apps.procurement.policy.purchasing import Reason
from apps.procurement.services.purchasing import actor_of_session
from apps.projects.models import Project
from apps.projects.states import ProjectStatus

SCOPE = "purchase_orders:create"


@dataclass(frozen=True)
class SimulatedCaller:
    """``refused`` is why they would not come as far as the rules."""

    actor: Actor
    refused: tuple[Reason, ...]


def fresh_caller(client_id: str, project: Project, *, role: str, at: datetime) -> SimulatedCaller:
    """As the client would stand with a token it was granted now, acting in its own role unless
    another is named. Raises NotFoundError.
    """
    granted = client_at_grant(client_id, at=at)
    if granted is None:
        raise NotFoundError(f"There is no client {client_id!r}.")
    client = granted.client
    actor = Actor(
        kind=ActorKind.CLIENT,
        id=client.client_id,
        label=client.name,
        client_id=client.client_id,
        partner_id=client.partner_id,
        partner_kind=client.partner.kind if client.partner else "",
        role=role or client.role,
        granted_at=granted.granted_at,
    )
    before = [
        *client_refused(client, at),
        *never_orders(actor, client.allowed_scopes),
        *project_refused(project, is_theirs=project.pk in granted.projects),
    ]
    return SimulatedCaller(actor, tuple(before))


def session_caller(public_id: str, project: Project, *, at: datetime) -> SimulatedCaller:
    """As the session stands now: with the limits it was granted, and what is left of them. Raises
    NotFoundError.
    """
    found = decode_id(TokenSession.id_prefix, public_id)
    sessions = TokenSession.objects.select_related("client__partner", "partner").annotate(
        open_now=open_projects_of_session(at=at)
    )
    session = sessions.filter(pk=found).first() if found else None
    if session is None:
        raise NotFoundError(f"There is no session {public_id!r}; ids begin with ses_.")
    actor = actor_of_session(session)
    before = [
        *_session_refused(session, at),
        *never_orders(actor, session.scopes),
        *project_refused(project, is_theirs=project.pk in session.open_now),
    ]
    return SimulatedCaller(actor, tuple(before))


def client_refused(client: Client, at: datetime) -> Iterator[Reason]:
    """RFC 6749 section 5.2: such a client gets no token."""
    if client.status != ClientStatus.ACTIVE:
        yield refused("invalid_client", f"The client is {client.status}, so it gets no token.")
    if client.expires_at is not None and client.expires_at <= at:
        yield refused("invalid_client", "The client has expired, so it gets no token.")
    if client.partner is not None and not client.partner.is_live:
        detail = f"Its company is {client.partner.status}, so the client gets no token."
        yield refused("invalid_client", detail)


def _session_refused(session: TokenSession, at: datetime) -> Iterator[Reason]:
    if not live_sessions(at=at).filter(pk=session.pk).exists():
        yield refused("token-revoked", "The session has ended, so its tokens count no more.")


def never_orders(actor: Actor, scopes: list[str]) -> Iterator[Reason]:
    if actor.partner_kind == PartnerKind.VENDOR:
        yield refused("role-not-permitted", "A vendor does not order, whatever its scopes.")
    if SCOPE not in scopes:
        yield refused("insufficient-scope", f"The scope {SCOPE} is needed, and not there.")


def project_refused(project: Project, *, is_theirs: bool) -> Iterator[Reason]:
    if is_theirs:
        return
    if project.status != ProjectStatus.OPEN:
        yield refused("project-closed", f"The project is {project.get_status_display().lower()}.")
    else:
        yield refused("project-closed", "The project is not open to this caller.")


def refused(code: str, detail: str) -> Reason:
    """Why somebody would not come as far as the rules."""
    return Reason(code=code, denies=True, detail=detail)
