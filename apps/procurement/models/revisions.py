"""The authorization context of every act on an order: written once, never changed."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.audit.models import Event
from apps.core.models import AppendOnlyModel, Identified
from apps.oauth.models import TokenSession
from apps.procurement.models.orders import PurchaseOrder
from apps.procurement.states import OrderAct, OrderStatus


class RevisionAct(models.TextChoices):
    """What made a revision: an act of the order's state table, or one that moves nothing."""

    CREATE = "create"
    UPDATE = "update"
    SUBMIT = OrderAct.SUBMIT.value
    APPROVE = OrderAct.APPROVE.value
    REJECT = OrderAct.REJECT.value
    ISSUE = OrderAct.ISSUE.value
    REISSUE = OrderAct.REISSUE.value
    ACKNOWLEDGE = "acknowledge"
    CHANGE = "change"
    ACCEPT_CHANGE = OrderAct.ACCEPT_CHANGE.value
    REFUSE_CHANGE = OrderAct.REFUSE_CHANGE.value
    WITHDRAW_CHANGE = OrderAct.WITHDRAW_CHANGE.value
    HOLD = "hold"
    RELEASE = "release"
    CANCEL = OrderAct.CANCEL.value
    CLOSE = OrderAct.CLOSE.value


class OrderRevision(Identified, AppendOnlyModel):
    """By what right an order became what it is (reference 3f).

    ``content`` is what the order said, ``content_sha256`` the hash of its canonical JSON. Session,
    client, subject, role, scopes and hashes are copies of what authorised the act, so that they
    stay true whatever happens to the rows they came from. ``decision`` is why the act was allowed,
    as policy.purchasing explains it, for drafts and acts that spend; ``policy_version`` the newest
    policy version it took into account. ``cost`` is where the lines' cost goes, with the salt that
    its hash in the event was made with; older revisions have none. ``effective_at`` is when the act
    took effect outside, as who acted says. Database triggers refuse UPDATE, DELETE and TRUNCATE.
    """

    id_prefix = "rev"

    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="revisions")
    revision = models.PositiveIntegerField()
    act = models.CharField(max_length=20, choices=RevisionAct.choices)
    status = models.CharField(max_length=20, choices=OrderStatus.choices, help_text="After the act")
    at = models.DateTimeField()
    effective_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    content = models.JSONField()
    content_sha256 = models.CharField(max_length=64)
    cost = models.JSONField(null=True, blank=True)
    session = models.ForeignKey(
        TokenSession, on_delete=models.PROTECT, related_name="order_revisions"
    )
    client_id = models.CharField(max_length=255, blank=True)
    subject = models.CharField(max_length=100)
    role = models.CharField(max_length=20, blank=True)
    scopes_granted = ArrayField(models.CharField(max_length=60))
    scopes_exercised = ArrayField(models.CharField(max_length=60))
    authorization_details_sha256 = models.CharField(max_length=64, blank=True)
    policy_version = models.PositiveIntegerField(null=True, blank=True)
    decision = models.JSONField(null=True, blank=True)
    access_token_sha256 = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    idempotency_key_sha256 = models.CharField(max_length=64, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="order_revision")

    class Meta:
        ordering = ["order_id", "revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "revision"],
                name="procurement_revision_once",
                violation_error_message="The order has this revision already.",
            ),
            models.CheckConstraint(
                condition=Q(act__in=RevisionAct.values),
                name="procurement_revision_act",
                violation_error_message="This is not an act on an order.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} revision {self.revision}"

    @property
    def decision_id(self) -> str | None:
        """Of drafts and acts that spend; older decisions have none."""
        return (self.decision or {}).get("id")

    @property
    def policies(self) -> list[dict[str, Any]]:
        """Which purchasing policies were asked, by id and version; older decisions name those that
        had a reason to give.
        """
        told = self.decision or {}
        if "policies" in told:
            return list(told["policies"])
        sources = [reason["source"] for reason in told.get("reasons", ()) if reason["source"]]
        asked = {one["id"]: one["version"] for one in sources if one["kind"] == "policy"}
        return [{"id": name, "version": version} for name, version in asked.items()]
