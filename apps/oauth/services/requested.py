"""What a request asks for beside scopes: resources (RFC 8707) and limits (RFC 9396)."""

import uuid
from collections.abc import Collection
from datetime import datetime

from apps.core.ids import decode_id, encode_id
from apps.oauth.errors import (
    InvalidAuthorizationDetailsError,
    InvalidScopeError,
    InvalidTargetError,
)
from apps.oauth.keys import api_audience
from apps.oauth.models import Client, TokenSession
from apps.oauth.policy.details import (
    DetailsError,
    enrich,
    explicit,
    named_projects,
    read_details,
    require_allowed,
)
from apps.oauth.policy.narrowing import completed, first_beyond
from apps.oauth.policy.resources import (
    ResourceRefusedError,
    checked_resources,
    kept_from_others,
    narrowed_resources,
    still_allowed_resources,
)
from apps.oauth.scopes import WIND_DOWN
from apps.oauth.selectors.issuers import audience_of
from apps.oauth.services.minting import Details
from apps.projects.models import Project


def resources_for(asked: tuple[str, ...], client: Client) -> tuple[str, ...]:
    """What a new session may get tokens for: by the client's allow-list. Raises
    InvalidTargetError.
    """
    try:
        return checked_resources(asked, allowed=client.allowed_resources, default=api_audience())
    except ResourceRefusedError as error:
        raise InvalidTargetError(str(error)) from error


def targets_for(
    resources: tuple[str, ...], audiences: tuple[str, ...], client: Client
) -> tuple[str, ...]:
    """The same, where a target may be named instead (RFC 8693 section 2.1): an audience is one of
    these resources, or the client id of the resource server that stands there. Raises
    InvalidTargetError.
    """
    return resources_for((*resources, *map(_resource_named, audiences)), client)


def _resource_named(audience: str) -> str:
    """What is neither is refused where all resources are."""
    return audience_of(audience) or audience


def resources_among(asked: tuple[str, ...], *, granted: Collection[str]) -> tuple[str, ...]:
    """Those asked for, all of which were granted, or everything. Raises InvalidTargetError."""
    try:
        return narrowed_resources(asked, granted=granted)
    except ResourceRefusedError as error:
        raise InvalidTargetError(str(error)) from error


def resources_within(
    asked: tuple[str, ...], *, session: TokenSession, client: Client, dpop_jkt: str
) -> tuple[str, ...]:
    """What one token of this session is for: all that it was granted and the client may still
    have, or fewer (RFC 8707 section 2.2). Raises InvalidTargetError.
    """
    own = api_audience()
    try:
        granted = still_allowed_resources(
            session.resources, allowed=client.allowed_resources, default=own
        )
        found = narrowed_resources(asked, granted=granted)
        return kept_from_others(found, asked=asked, default=own, dpop_jkt=dpop_jkt)
    except ResourceRefusedError as error:
        raise InvalidTargetError(str(error)) from error


def resources_of_machine(
    asked: tuple[str, ...], *, client: Client, dpop_jkt: str
) -> tuple[str, ...]:
    """What a token of the client itself is for. Raises InvalidTargetError."""
    found = resources_for(asked, client)
    try:
        return kept_from_others(found, asked=asked, default=api_audience(), dpop_jkt=dpop_jkt)
    except ResourceRefusedError as error:
        raise InvalidTargetError(str(error)) from error


def details_asked(text: str, *, at: datetime, sent_back: bool = False) -> Details:
    """The authorization details a request asks for, as it says them; what is over before it
    begins is refused. Those of a grant, with what the server had set, may be ``sent_back``. Raises
    InvalidAuthorizationDetailsError.
    """
    if not text:
        return []
    try:
        asked = read_details(text, sent_back=sent_back)
    except DetailsError as error:
        raise InvalidAuthorizationDetailsError(str(error)) from error
    ends = [one["valid_until"] for one in asked if "valid_until" in one]
    if any(datetime.fromisoformat(end) <= at for end in ends):
        raise InvalidAuthorizationDetailsError("valid_until is over already.")
    return asked


def details_for(asked: Details, scopes: Collection[str]) -> Details:
    """In the explicit form that a session is limited to, without the actions that a person's role
    does not allow. Raises InvalidAuthorizationDetailsError where none of those named is left.
    """
    try:
        return enrich(asked, scopes=scopes)
    except DetailsError as error:
        raise InvalidAuthorizationDetailsError(str(error)) from error


def machine_details(asked: Details, scopes: Collection[str]) -> Details:
    """The same for a machine, which is told of every action that its scopes do not allow: nobody's
    role came between, so its developer can mend it. Raises InvalidAuthorizationDetailsError.
    """
    try:
        require_allowed(asked, scopes=scopes)
    except DetailsError as error:
        raise InvalidAuthorizationDetailsError(str(error)) from error
    return explicit(asked, scopes=scopes)


def details_within(asked: Details, granted: Details) -> Details:
    """What was granted, or something narrower (RFC 9396 section 6.1); what is not said of an entry
    is as it was granted. Raises InvalidAuthorizationDetailsError.
    """
    if not asked:
        return granted
    wanted = completed(asked, granted)
    if beyond := first_beyond(wanted, granted):
        where = f"authorization_details{beyond}"
        raise InvalidAuthorizationDetailsError(f"{where} goes beyond what was granted.")
    return wanted


def projects_within(details: Details, session: TokenSession) -> list[uuid.UUID] | None:
    """The projects of a token whose limits are its own; None for one that has its session's.
    Raises InvalidAuthorizationDetailsError.
    """
    if details == session.authorization_details:
        return None
    return bound_projects(details, frozenset(session.project_ids))


def in_projects(details: Details, projects: frozenset[uuid.UUID]) -> Details:
    """The entries about these projects. Raises InvalidAuthorizationDetailsError where there is
    none: no entry at all would restrict nothing.
    """
    found = [one for one in details if decode_id(Project.id_prefix, one["identifier"]) in projects]
    if not found:
        raise InvalidAuthorizationDetailsError("They name no project that is open to you.")
    return found


def require_wind_down_scopes(winding_down: Collection[uuid.UUID]) -> None:
    """For a request that does not reach what it is about. Raises InvalidScopeError where it would
    reach one of these that wind down, if only it asked for less.
    """
    if winding_down:
        named = ", ".join(sorted(encode_id(Project.id_prefix, one) for one in winding_down))
        asked = " ".join(sorted(WIND_DOWN))
        raise InvalidScopeError(f"{named} winds down: ask for nothing beyond {asked}.")


def bound_projects(
    details: Details, projects: frozenset[uuid.UUID], *, winding_down: Collection[uuid.UUID] = ()
) -> list[uuid.UUID]:
    """The projects the details name, all of which must be among these. Of the caller's that are
    ``winding_down`` it is told with which scopes they could be. Raises
    InvalidAuthorizationDetailsError, InvalidScopeError.
    """
    named = {decode_id(Project.id_prefix, text) for text in named_projects(details)}
    found = [one for one in named if one is not None and one in projects]
    if len(found) != len(named):
        require_wind_down_scopes([one for one in named if one is not None and one in winding_down])
        raise InvalidAuthorizationDetailsError("They name a project that is not open to you.")
    return sorted(found)
