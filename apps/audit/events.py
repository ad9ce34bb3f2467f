"""Everything worth remembering: one enum, each value `subject.verb` (reference 4d's names)."""

from django.db import models


class Action(models.TextChoices):
    """What happened. A value, once written to a trail, never changes its meaning."""

    PARTNER_CREATED = "partner.created"
    PARTNER_ONBOARDED = "partner.onboarded"
    PARTNER_SUSPENDED = "partner.suspended"
    PARTNER_RESUMED = "partner.resumed"
    PARTNER_OFFBOARDED = "partner.offboarded"
    PARTNER_CONTACT_ADDED = "partner_contact.added"
    PARTNER_USER_ADDED = "partner_user.added"
    USER_CREATED = "user.created"
    USER_PASSWORD_CHANGED = "user.password_changed"
    USER_OFFBOARDED = "user.offboarded"
    USER_SIGNED_IN = "user.signed_in"
    USER_SIGNED_OUT = "user.signed_out"
    USER_SIGN_IN_FAILED = "user.sign_in_failed"
    BUYER_ENTITY_CREATED = "buyer_entity.created"
    PROJECT_CREATED = "project.created"
    PROJECT_CLOSED = "project.closed"
    PROJECT_MEMBER_ADDED = "project.member_added"
    CLIENT_CREATED = "client.created"
    CLIENT_CHANGED = "client.changed"
    CLIENT_SECRET_ROTATED = "client.secret_rotated"
    CLIENT_API_KEY_ROTATED = "client.api_key_rotated"
    CLIENT_SUSPENDED = "client.suspended"
    CLIENT_RESUMED = "client.resumed"
    CLIENT_SESSIONS_ENDED = "client.sessions_ended"
    CLIENT_AUTHENTICATION_FAILED = "client.authentication_failed"
    CONSENT_GIVEN = "consent.given"
    CONSENT_REFUSED = "consent.refused"
    CONSENT_REVOKED = "consent.revoked"
    API_KEY_CREATED = "api_key.created"
    API_KEY_REVOKED = "api_key.revoked"
    TOKEN_ISSUED = "token.issued"
    TOKEN_REFUSED = "token.refused"
    TOKEN_REFRESHED = "token.refreshed"
    TOKEN_REUSED = "token.reused"
    TOKEN_REVOKED = "token.revoked"
    SESSION_OPENED = "token_session.opened"
    SESSION_ENDED = "token_session.ended"
    REQUEST_DENIED = "request.denied"
    ORDER_CREATED = "purchase_order.created"
    ORDER_SUBMITTED = "purchase_order.submitted"
    ORDER_ISSUED = "purchase_order.issued"
    ORDER_ACKNOWLEDGED = "purchase_order.acknowledged"
    KEY_CREATED = "signing_key.created"
    KEY_ACTIVATED = "signing_key.activated"
    KEY_RETIRED = "signing_key.retired"
    KEY_REVOKED = "signing_key.revoked"
    JOB_REQUESTED = "job.requested"
    AUDIT_READ = "audit.read"
    DEMO_CREATED = "demo.created"


class Outcome(models.TextChoices):
    """Whether what was asked was done."""

    ALLOWED = "allowed"
    DENIED = "denied"


def actions() -> list[tuple[str, str]]:
    """The choices of an event's action; as a function, so that a new one needs no migration."""
    return Action.choices
