"""Writing one version of a purchasing policy, with its number and its event."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import FieldError
from apps.partners.models import Partner, PartnerKind
from apps.partners.services import insert
from apps.partners.services.rows import require_reason
from apps.projects.models import PolicyVersion, PurchasingPolicy
from apps.projects.policy import PolicyTerms
from apps.projects.policy.term_documents import terms_document, who_document
from apps.projects.policy.term_faults import terms_faults
from apps.projects.policy.version_faults import begin_faults


def policy_subject(policy: PurchasingPolicy) -> Subject:
    return Subject("purchasing_policy", policy.public_id, policy.name)


def write_version(
    *,
    action: Action,
    actor: Actor,
    at: datetime,
    policy: PurchasingPolicy,
    terms: PolicyTerms,
    reason: str,
    effective_from: datetime | None,
) -> PolicyVersion:
    """The next number's version and its event, within the caller's transaction. Raises
    ValidationFailedError.
    """
    reason, terms, begins = require_reason(reason), terms.tidied(), effective_from or at
    hold_versions()
    version = PolicyVersion(
        policy=policy,
        version=_next_number(),
        effective_from=begins,
        reason=reason,
        created_by=actor.id,
        created_at=at,
        **terms.as_columns(),
    )
    insert(
        version, faults=[*terms_faults(terms), *_vendor_faults(terms), *begin_faults(begins, at)]
    )
    _record(action, version, terms, actor, at)
    return version


def hold_versions() -> None:
    """Whoever else writes a version waits, so that numbers are in the order of writing and no
    number is given twice; who reads does not wait.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE projects_policyversion IN SHARE ROW EXCLUSIVE MODE")


def _next_number() -> int:
    newest = PolicyVersion.objects.aggregate(newest=Max("version"))["newest"]
    return (newest or 0) + 1


def _vendor_faults(terms: PolicyTerms) -> list[FieldError]:
    vendors = Partner.objects.filter(pk__in=terms.vendors, kind=PartnerKind.VENDOR)
    if len(terms.vendors) == vendors.count():
        return []
    return [FieldError("/vendors", "unknown-vendor", "Name vendors that are known here.")]


def _record(
    action: Action, version: PolicyVersion, terms: PolicyTerms, actor: Actor, at: datetime
) -> None:
    told: dict[str, Any] = {
        "reason": version.reason,
        "for": who_document(version.policy),
        "says": terms_document(terms),
    }
    record(
        action=action,
        actor=actor,
        at=at,
        subject=policy_subject(version.policy),
        data={
            "version": version.version,
            "version_id": version.public_id,
            "effective_from": version.effective_from.isoformat(),
        },
        private=told,
    )
