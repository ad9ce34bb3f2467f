"""Evidence of what staff did across everything, and whom partners have invited."""

from typing import cast

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from apps.core.models import Identified
from apps.identity.models import User
from apps.partners.models import Partner, Role
from apps.projects.models import Project


class Offboarding(Identified):
    """The evidence that a partner or a person was thrown out: by whom, why, what it ended.

    ``started_at`` is the act; ``refused_after_ms`` is how long until it was committed, after which
    every process refuses. The rows of ended sessions follow; ``finished_at`` is when none is left
    and ``elapsed_ms`` how long that took from the start.
    """

    id_prefix = "off"

    partner = models.OneToOneField(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="offboarding"
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="offboarding",
    )
    reason = models.TextField()
    actor_id = models.CharField(max_length=100)
    actor_label = models.CharField(max_length=254)
    counts = models.JSONField(help_text="What was there when it was ended, by kind.")
    started_at = models.DateTimeField()
    refused_after_ms = models.PositiveIntegerField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    elapsed_ms = models.PositiveBigIntegerField(null=True, blank=True)
    sessions_ended = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(partner__isnull=True) ^ models.Q(user__isnull=True),
                name="governance_offboarding_partner_or_user",
                violation_error_message="An offboarding is of a partner or of a person.",
            )
        ]

    def __str__(self) -> str:
        return f"offboarding of {self.subject}"

    @property
    def subject(self) -> Partner | User:
        """Who was thrown out; the constraint sees to it that there is one."""
        return cast("User", self.user) if self.partner is None else self.partner


class ProjectClosing(Identified):
    """The evidence that a project was closed or began to wind down: by whom, why, what it ended.

    ``blockers`` is what was not settled, by kind; ``wind_down_until`` is null where it closed.
    ``started_at``, ``refused_after_ms``, ``finished_at`` and ``elapsed_ms`` are as in Offboarding.
    ``counts`` is what beside sessions was ended since, by kind. ``sessions_narrowed`` live on in
    other projects.
    """

    id_prefix = "pcl"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="closings")
    reason = models.TextField()
    actor_id = models.CharField(max_length=100)
    actor_label = models.CharField(max_length=254)
    blockers = models.JSONField(default=dict)
    wind_down_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField()
    refused_after_ms = models.PositiveIntegerField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    elapsed_ms = models.PositiveBigIntegerField(null=True, blank=True)
    sessions_ended = models.PositiveIntegerField(default=0)
    sessions_narrowed = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["started_at"],
                condition=models.Q(finished_at__isnull=True),
                name="governance_closing_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"closing of {self.project.number}"


class Invitation(Identified):
    """A partner's admin asked somebody to act for the partner. No person is made before the link
    in the mail was followed, so that inviting an address tells nothing about who is here.

    Of the link's secret only a hash is kept; sending it again replaces it. ``mail_failed_at`` is
    when the mail server did not take the last mail; nobody has the link of that one.
    """

    id_prefix = "inv"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices)
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations_sent"
    )
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    mail_failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["expires_at"], name="governance_invitation_expires")]
        constraints = [
            models.UniqueConstraint(
                "partner",
                Lower("email"),
                condition=models.Q(accepted_at__isnull=True, cancelled_at__isnull=True),
                name="governance_invitation_one_open",
                violation_error_message=(
                    "This address is invited already: send it again or take it back."
                ),
            )
        ]

    def __str__(self) -> str:
        return f"invitation of {self.email}"
