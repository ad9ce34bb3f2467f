"""Purchasing policies come and go; what they say is in their versions."""

from datetime import datetime

from django.db import transaction

from apps.audit.events import Action
from apps.core.actor import Actor
from apps.partners.models import Partner
from apps.partners.services import insert
from apps.projects.models import BuyerEntity, PolicyVersion, Project, PurchasingPolicy
from apps.projects.policy import PolicyTerms
from apps.projects.policy.applying import policy_faults
from apps.projects.services.version_writing import write_version


@transaction.atomic
def add_policy(
    *,
    actor: Actor,
    at: datetime,
    buyer_entity: BuyerEntity,
    name: str,
    terms: PolicyTerms,
    reason: str,
    client_id: str = "",
    partner: Partner | None = None,
    role: str = "",
    project: Project | None = None,
    effective_from: datetime | None = None,
) -> PolicyVersion:
    """A policy with its first version, in effect from now on unless said otherwise.

    It is for whom all that is named fits. A client is named by whoever knows that there is one:
    nothing below looks it up. Raises ValidationFailedError.
    """
    policy = PurchasingPolicy(
        buyer_entity=buyer_entity,
        name=name.strip(),
        client_id=client_id,
        partner=partner,
        role=role,
        project=project,
        created_at=at,
    )
    insert(policy, faults=list(policy_faults(policy)))
    return write_version(
        action=Action.POLICY_CREATED,
        actor=actor,
        at=at,
        policy=policy,
        terms=terms,
        reason=reason,
        effective_from=effective_from,
    )
