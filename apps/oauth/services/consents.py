"""Consents: remembering them, relying on them, taking them back (spec 3, row consent)."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.ids import new_id
from apps.identity.models import User
from apps.oauth.errors import ConsentRequiredError
from apps.oauth.models import Client, Consent, TokenSession
from apps.oauth.policy.consents import is_worth_remembering
from apps.oauth.services.clients import client_subject
from apps.oauth.services.sessions import end_session

if TYPE_CHECKING:
    from apps.oauth.services.codes import Consent as GivenConsent

REASON = "taken back by the person"

# One statement, for two answers may come at once: the index that allows one standing consent
# decides which of them is first. What stands stays if it holds all that was agreed to now, and is
# replaced if not: the scopes of one answer in the projects of another is what nobody agreed to.
# The client's row is held, and must be the one that was shown: a change of it, which ends the
# consents (`revoke_consents`), waits for this answer and ends it too, or this answer waits, sees
# the change and is not remembered.
_REMEMBER = """
INSERT INTO oauth_consent AS kept
  (id, user_id, client_id, partner_id, scopes, project_ids, given_at)
SELECT %s, %s, asking.id, %s, %s::varchar[], %s::uuid[], %s
FROM oauth_client AS asking WHERE asking.id = %s AND asking.updated = %s FOR SHARE
ON CONFLICT (user_id, client_id) WHERE revoked_at IS NULL DO UPDATE SET
  (partner_id, scopes, project_ids, given_at)
    = (EXCLUDED.partner_id, EXCLUDED.scopes, EXCLUDED.project_ids, EXCLUDED.given_at)
WHERE kept.partner_id IS DISTINCT FROM EXCLUDED.partner_id
  OR NOT kept.scopes @> EXCLUDED.scopes OR NOT kept.project_ids @> EXCLUDED.project_ids
"""


def remember_consent(*, consent: "GivenConsent", at: datetime) -> None:
    """Keep what the person has just agreed to, in the caller's transaction; `consent.given` is the
    caller's event.

    What is not as wide as a later request for our own API would be is not kept: neither what was
    agreed to within limits (models.Consent), nor what was for another resource.
    """
    if not is_worth_remembering(resources=consent.resources, details=consent.authorization_details):
        return
    person, client = consent.person, consent.grant.client
    values = (
        new_id(),
        person.user.pk,
        person.partner_id,
        sorted(consent.scopes),
        sorted(consent.projects),
        at,
        client.pk,
        client.updated,
    )
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER, values)


def rely_on_consent(*, consent: "GivenConsent") -> None:
    """Hold the standing consent that answered in the person's place, in the caller's transaction.

    It waits for one who takes it back at this moment, and makes such a one wait and then see the
    session that is being opened. Raises ConsentRequiredError when it no longer stands.
    """
    held = Consent.objects.select_for_update(no_key=True).filter(
        user=consent.person.user, client=consent.grant.client, revoked_at__isnull=True
    )
    if not held.values_list("pk", flat=True).first():
        raise ConsentRequiredError("The person has taken their consent back.")


def revoke_access(*, actor: Actor, at: datetime, user: User, client: Client) -> int:
    """Take back what the person has given to the client; returns how many sessions that ended.

    The consent first: whoever opens a session by it holds it (`rely_on_consent`), so every session
    there will be is seen below. Each row is waited for, not skipped: nothing but its end refuses
    it. Done again it does nothing.
    """
    with transaction.atomic():
        standing = Consent.objects.filter(user=user, client=client, revoked_at__isnull=True)
        revoked = standing.update(revoked_at=at)
        sessions = TokenSession.objects.filter(
            user=user, client=client, ended_at__isnull=True, expires_at__gt=at
        )
        ended = sum(
            end_session(actor=actor, at=at, session=session, reason=REASON)
            for session in sessions.order_by("id")
        )
        if revoked or ended:
            record(
                action=Action.CONSENT_REVOKED,
                actor=actor,
                at=at,
                subject=client_subject(client),
                data={"client_id": client.client_id, "sessions_ended": ended},
            )
    return ended
