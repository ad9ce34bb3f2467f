"""The trail: events as they happen, and the Merkle log that gives them an order and a proof."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from apps.audit.events import Outcome, actions
from apps.core.models import AppendOnlyModel, Identified, SigningKeyBase


class Event(Identified, AppendOnlyModel):
    """One thing that happened. ``data`` is what a partner may see of it, ``private`` is the
    buyer's part (persons, addresses, policy internals); the leaf commits to both, to the second
    through a salted hash, so the first can be proved without showing it (spec 4 no. 5).
    """

    id_prefix = "evt"

    at = models.DateTimeField()
    action = models.CharField(max_length=60, choices=actions)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.ALLOWED)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=100)
    session_id = models.UUIDField(null=True, blank=True)
    client_id = models.CharField(max_length=255, blank=True)
    partner_id = models.UUIDField(null=True, blank=True)
    subject_kind = models.CharField(max_length=30)
    subject_id = models.CharField(max_length=255)
    subject_label = models.CharField(max_length=255, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    data = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    private = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    salt = models.CharField(max_length=32)

    class Meta:
        verbose_name = "event"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject_id", "-id"], name="audit_event_subject"),
            models.Index(fields=["subject_label", "-id"], name="audit_event_label"),
            models.Index(fields=["actor_id", "-id"], name="audit_event_actor"),
            models.Index(fields=["partner_id", "-id"], name="audit_event_partner"),
            models.Index(fields=["client_id", "-id"], name="audit_event_client"),
            models.Index(fields=["session_id", "-id"], name="audit_event_session"),
            models.Index(fields=["action", "-id"], name="audit_event_action"),
            models.Index(fields=["request_id"], name="audit_event_request"),
            models.Index(fields=["at"], name="audit_event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_label or self.subject_id}"


class PendingEvent(models.Model):
    """The sealer's queue. A trigger adds a row with each event; sealing removes it."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.DO_NOTHING)

    class Meta:
        verbose_name = "event waiting for its seal"

    def __str__(self) -> str:
        return str(self.event_id)


class Leaf(AppendOnlyModel):
    """An event's place in the log: gap-free from 0, with its RFC 6962 leaf hash."""

    sequence = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, on_delete=models.DO_NOTHING, related_name="leaf")
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["sequence"]

    def __str__(self) -> str:
        return str(self.sequence)


class Node(AppendOnlyModel):
    """The root of a complete subtree: ``level`` 1 is over two leaves, ``index`` counts from the
    left. Kept so that a proof reads a logarithm of rows, not the whole log.
    """

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    node_hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class AuditKey(SigningKeyBase):
    """Signs checkpoints and receipts; published at /.well-known/countersign-keys."""

    class Meta(SigningKeyBase.Meta):
        abstract = False
        verbose_name = "trail signing key"


class Checkpoint(AppendOnlyModel):
    """A signed root of the log. ``signature`` is a compact JWS whose payload repeats the rest."""

    tree_size = models.BigIntegerField(primary_key=True)
    root_hash = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    signature = models.TextField()

    class Meta:
        ordering = ["-tree_size"]

    def __str__(self) -> str:
        return f"checkpoint {self.tree_size}"
