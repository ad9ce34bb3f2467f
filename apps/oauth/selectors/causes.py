"""What a session died of, as far as the rows tell: for the trail, and for whoever holds a token."""

import uuid
from datetime import datetime
from enum import StrEnum

from django.db.models import Case, Exists, F, Q, Value, When

from apps.oauth.models import AccessToken, ClientStatus, TokenSession
from apps.oauth.selectors.liveness import lineage_stands
from apps.partners.states import PartnerStatus

NO_PROJECT_LEFT = "no open project left"  # Why a session has ended that nothing else ended.
TOKEN_ENDED = "the token it was exchanged for has ended"


class RevokeReason(StrEnum):
    """The class of why a credential counts no more, which is all that its holder is told (reference
    4e): who ended it and what they wrote is the buyer's to know, and so is whether a person was
    deactivated or offboarded.
    """

    PARTNER_OFFBOARDED = "partner-offboarded"
    PARTNER_SUSPENDED = "partner-suspended"
    PERSON_INACTIVE = "person-inactive"
    ISSUER_INACTIVE = "issuer-inactive"
    CLIENT_INACTIVE = "client-inactive"
    NO_OPEN_PROJECT = "no-open-project"
    SESSION_ENDED = "session-ended"
    TOKEN_REVOKED = "token-revoked"


Cause = tuple[Q, str, RevokeReason]


def causes(*, at: datetime) -> tuple[Cause, ...]:
    """Which of partner, client, person and issuer a dead session died of: of several, the first."""
    since = F("granted_at")
    gone, suspended = PartnerStatus.OFFBOARDED, PartnerStatus.SUSPENDED
    partner, client = RevokeReason.PARTNER_SUSPENDED, RevokeReason.CLIENT_INACTIVE
    person, issuer = RevokeReason.PERSON_INACTIVE, RevokeReason.ISSUER_INACTIVE
    ended = RevokeReason.SESSION_ENDED
    own, clients = Q(partner__not_before__gte=since), Q(client__partner__not_before__gte=since)
    vouching = Q(issuer__is_active=False) | Q(client__client_assertion_issuer__is_active=False)
    vouched_since = Q(issuer__not_before__gte=since)
    vouched_since |= Q(client__client_assertion_issuer__not_before__gte=since)
    fence = "partner suspended since the grant"
    return (
        (Q(partner__status=gone), "partner offboarded", RevokeReason.PARTNER_OFFBOARDED),
        (Q(partner__status=suspended), "partner suspended", partner),
        (Q(user__offboarded_at__isnull=False), "person offboarded", person),
        (Q(user__is_active=False), "person deactivated", person),
        (Q(federation__is_active=False), "provider upstream deactivated", issuer),
        (vouching, "trusted issuer deactivated", issuer),
        (Q(client__partner__status=gone), "client's partner offboarded", client),
        (Q(client__partner__status=suspended), "client's partner suspended", client),
        (Q(client__status=ClientStatus.DISABLED), "client disabled", client),
        (Q(client__status=ClientStatus.SUSPENDED), "client suspended", client),
        (Q(client__expires_at__lte=at), "client expired", client),
        (own, fence, partner),
        (clients, fence, client),
        (Q(client__not_before__gte=since), "client's sessions ended", ended),
        (Q(user__not_before__gte=since), "person's sessions ended, as by a new password", ended),
        (Q(federation__not_before__gte=since), "provider upstream deactivated since the grant",
         issuer),
        (vouched_since, "trusted issuer deactivated since the grant", issuer),
        (~lineage_stands(at=at), TOKEN_ENDED, ended),
    )  # fmt: skip


def cause_text(*, at: datetime) -> Case:
    """For sessions by which nobody can act any more, as dead_sessions finds them."""
    whens = [When(condition, then=Value(text)) for condition, text, _told in causes(at=at)]
    return Case(*whens, default=Value(NO_PROJECT_LEFT))


def revoke_reason(
    session_id: uuid.UUID, *, at: datetime, jti: uuid.UUID | None = None, lost_projects: bool
) -> RevokeReason:
    """Why a credential of the session is refused: one query that no good credential costs.
    ``lost_projects``: the session is for projects, of which none is open to it any more.
    """
    whens = [When(condition, then=Value(str(told))) for condition, _text, told in causes(at=at)]
    if lost_projects:
        whens.append(When(pk=session_id, then=Value(str(RevokeReason.NO_OPEN_PROJECT))))
    one_token = Exists(AccessToken.objects.filter(pk=jti, revoked_at__isnull=False))
    whens.append(
        When(one_token & Q(ended_at__isnull=True), then=Value(str(RevokeReason.TOKEN_REVOKED)))
    )
    told = Case(*whens, default=Value(str(RevokeReason.SESSION_ENDED)))
    rows = TokenSession.objects.filter(pk=session_id).order_by()
    return RevokeReason(rows.annotate(told=told).values_list("told", flat=True).get())
