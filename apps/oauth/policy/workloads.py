"""Clients that prove themselves by what a trusted issuer signs (RFC 7523 section 3): workload
identity federation, where the client keeps neither a secret nor a key.
"""

from typing import Final

from apps.core.errors import FieldError
from apps.oauth.models import Client, TrustedIssuer
from apps.oauth.policy.assertions import Speaker
from apps.partners.models import Partner

# What a session and the trail call it: no key of the client's own was shown.
ISSUER_ASSERTION: Final = "issuer_assertion"
MAX_SUBJECT = 255  # OpenID Connect Core section 2.


def speaker_for(client: Client) -> Speaker:
    """Whose assertions prove this client: those of its issuer and of nobody else, or its own."""
    issuer = client.client_assertion_issuer
    if issuer is not None:
        return Speaker(issuer.issuer, client.client_assertion_subject)
    return Speaker(client.client_id, client.client_id)


def may_speak_for(issuer: TrustedIssuer, client: Client) -> bool:
    """Believed at this moment, and about clients of this side: an issuer of one partner's never
    speaks for another's, nor for the buyer's own.
    """
    return issuer.is_active and issuer.partner_id == client.partner_id


def subject_faults(issuer: TrustedIssuer | None, subject: str) -> list[FieldError]:
    """An issuer goes with the one name by which it speaks of the client, compared as text."""
    if issuer is None and not subject:
        return []
    if issuer is None:
        detail = "Say which trusted issuer names it so."
        return [FieldError("/client_assertion_issuer", "required", detail)]
    if 1 <= len(subject) <= MAX_SUBJECT and subject.isascii() and subject.isprintable():
        return []
    detail = f"Say what the issuer writes as sub: 1 to {MAX_SUBJECT} ASCII characters."
    return [FieldError("/client_assertion_subject", "not-allowed", detail)]


def choice_faults(issuer: TrustedIssuer | None, partner: Partner | None) -> list[FieldError]:
    """Which issuer may be named; asked when it is, for it may be deactivated later."""
    if issuer is None:
        return []
    pointer = "/client_assertion_issuer"
    if issuer.partner_id != (partner.pk if partner else None):
        whose = partner.name if partner else "the buyer"
        return [FieldError(pointer, "partner-mismatch", f"{issuer} is not an issuer of {whose}.")]
    if not issuer.is_active:
        detail = f"{issuer} is not believed now; reactivate it first."
        return [FieldError(pointer, "issuer-not-active", detail)]
    return []
