"""Restricted scopes: asked for by one member of staff, given by another (spec 3, row scopes).

A request stands for the client as it is: whoever changes more of it than its scopes, or is shown
a new secret of it, withdraws the request by that. Every act on a request holds the client's row,
so an approval is for what the approver could read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import (
    FieldError,
    ForbiddenError,
    InvalidTransitionError,
    ValidationFailedError,
)
from apps.identity.models import User
from apps.oauth.models import Client, ClientStatus, RequestState, RestrictedScopeRequest
from apps.oauth.policy.reasons import reason_faults
from apps.oauth.policy.scope_requests import (
    LASTS,
    MAY_ASK,
    MAY_DECIDE,
    no_asker_faults,
    second_person_faults,
    unusable_faults,
)
from apps.oauth.policy.scopes import scope_faults
from apps.oauth.selectors.scope_requests import staff_who_may, waiting_requests
from apps.oauth.services.clients import client_subject
from apps.oauth.services.two_people import TwoPeople
from apps.partners.services import insert, require_reason

CHANGED = "The client was changed."


def ask_for_scopes(
    *,
    actor: Actor,
    at: datetime,
    client: Client,
    scopes: Sequence[str],
    reasons: Mapping[str, str],
    agreed_by: TwoPeople | None = None,
) -> RestrictedScopeRequest:
    """Store a request, in the caller's transaction that holds the client's row; where
    ``agreed_by`` names two people, it is approved in the same breath. Raises ValidationFailedError.
    """
    asker = agreed_by.asked_by if agreed_by else staff_who_may(MAY_ASK, pk=actor.user_id)
    if asker is None:
        raise ValidationFailedError(
            "These scopes need a second person.", errors=no_asker_faults(actor)
        )
    client.scope_requests.filter(state=RequestState.OPEN, expires_at__lte=at).update(
        state=RequestState.EXPIRED
    )
    request = RestrictedScopeRequest(
        client=client,
        scopes=list(scopes),
        reasons={name: reasons[name] for name in scopes if name in reasons},
        asked_by=asker,
        asked_at=at,
        expires_at=at + LASTS,
    )
    insert(request, faults=[*_unusable(client, scopes, agreed_by), *reason_faults(scopes, reasons)])
    _record(Action.CLIENT_SCOPES_REQUESTED, actor, at, request, reasons=request.reasons)
    if agreed_by:
        _approve(actor, at, request, client, by=agreed_by.approved_by)
    return request


def _unusable(
    client: Client, scopes: Sequence[str], agreed_by: TwoPeople | None
) -> Sequence[FieldError]:
    """Nobody is asked for what would be of no use; where both have agreed, they knew of what."""
    if agreed_by is not None:
        return ()
    return unusable_faults(
        scopes, grants=client.grant_types, auth_method=client.token_endpoint_auth_method
    )


def approve_scopes(*, actor: Actor, at: datetime, request: RestrictedScopeRequest) -> Client:
    """Give the client what was asked for, and nothing that was taken from it meanwhile.

    Raises ForbiddenError for whoever asked and for a role that may not, InvalidTransitionError
    when the request is open no more or the client is not active, ValidationFailedError when it
    may not hold such scopes any longer.
    """
    with transaction.atomic():
        client = _hold(request)
        _approve(actor, at, request, client, by=_decider(actor, request))
    return client


def refuse_scopes(
    *, actor: Actor, at: datetime, request: RestrictedScopeRequest, reason: str
) -> None:
    """The client does not get them. Raises ForbiddenError, InvalidTransitionError."""
    reason = require_reason(reason)
    with transaction.atomic():
        _hold(request)
        decider = _decider(actor, request)
        _close(request, RequestState.REFUSED, at=at, by=decider, decision=reason)
        _record(Action.CLIENT_SCOPES_REFUSED, actor, at, request, reason=reason)


def withdraw_scopes(
    *, actor: Actor, at: datetime, request: RestrictedScopeRequest, reason: str
) -> None:
    """Whoever may ask takes it back, also for a colleague. Raises ForbiddenError,
    InvalidTransitionError.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        _hold(request)
        person = staff_who_may(MAY_ASK, pk=actor.user_id)
        if person is None:
            raise ForbiddenError("Your role may not ask for restricted scopes.")
        _close(request, RequestState.WITHDRAWN, at=at, by=person, decision=reason)
        _record(Action.CLIENT_SCOPES_WITHDRAWN, actor, at, request, reason=reason)


def withdraw_for_change(*, actor: Actor, at: datetime, client: Client) -> None:
    """What was asked for is not given to the client as it is now; part of a larger act, which
    holds the client's row.
    """
    waiting = waiting_requests(at=at).filter(client=client).first()
    if waiting is None:
        return
    _close(waiting, RequestState.WITHDRAWN, at=at, by=None, decision=CHANGED)
    _record(Action.CLIENT_SCOPES_WITHDRAWN, actor, at, waiting, reason=CHANGED)


def _hold(request: RestrictedScopeRequest) -> Client:
    """The client's row, locked, so that it does not change while somebody decides."""
    return Client.objects.select_for_update(no_key=True).get(pk=request.client_id)


def _decider(actor: Actor, request: RestrictedScopeRequest) -> User:
    """Who decides: another person, whose role says so today. Raises ForbiddenError."""
    person = staff_who_may(MAY_DECIDE, pk=actor.user_id)
    if person is None:
        raise ForbiddenError("Your role may not decide about restricted scopes.")
    if faults := second_person_faults(request.asked_by, person):
        raise ForbiddenError(faults[0].detail)
    return person


def _approve(
    actor: Actor, at: datetime, request: RestrictedScopeRequest, client: Client, *, by: User
) -> None:
    if client.status != ClientStatus.ACTIVE or (client.partner and not client.partner.is_live):
        raise InvalidTransitionError("The client is not active: it gets nothing now.")
    if staff_who_may(MAY_ASK, pk=request.asked_by_id) is None:
        raise InvalidTransitionError("Whoever asked may do so no longer: somebody asks anew.")
    _close(request, RequestState.APPROVED, at=at, by=by)
    faults = scope_faults(request.scopes, role=client.role, grant_types=client.grant_types)
    if faults:
        raise ValidationFailedError("The client cannot have these scopes now.", errors=faults)
    client.allowed_scopes = list(dict.fromkeys([*client.allowed_scopes, *request.scopes]))
    client.scope_reasons = {**client.scope_reasons, **request.reasons}
    client.save(update_fields=["allowed_scopes", "scope_reasons", "updated"])
    _record(Action.CLIENT_SCOPES_APPROVED, actor, at, request, approved_by=by.public_id)


def _close(
    request: RestrictedScopeRequest,
    state: RequestState,
    *,
    at: datetime,
    by: User | None,
    decision: str = "",
) -> None:
    """Of two who decide at once the database chooses one. Raises InvalidTransitionError."""
    closed = (
        waiting_requests(at=at)
        .filter(pk=request.pk)
        .update(state=state, decided_by=by, decided_at=at, decision=decision)
    )
    if not closed:
        raise InvalidTransitionError("It waits no longer: it was decided, withdrawn or is too old.")


def _record(
    action: Action, actor: Actor, at: datetime, request: RestrictedScopeRequest, **more: object
) -> None:
    record(
        action=action,
        actor=actor,
        at=at,
        subject=client_subject(request.client),
        data={
            "request": request.public_id,
            "scopes": request.scopes,
            "asked_by": request.asked_by.public_id,
            **more,
        },
    )
