"""Procurement projects and who may act in them."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.models import Fenced, Identified
from apps.partners.models import Partner
from apps.projects.models.entities import BuyerEntity
from apps.projects.states import ProjectStatus


class Project(Identified, Fenced):
    """What is bought for. Access in it ends at ``access_until`` or when it closes.

    While it winds down (``closing``) until ``access_until``, goods and invoices under way may be
    finished. ``revision`` counts writes and is what the ETag shows. ``categories`` are the codes
    that may be bought for it, each with all that begin with it; none means any. The budget is
    what all its orders together may come to, without tax.
    """

    id_prefix = "prj"

    number = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    buyer_entity = models.ForeignKey(BuyerEntity, on_delete=models.PROTECT)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="owned_projects",
    )
    budget_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    budget_currency = models.CharField(max_length=3, blank=True, help_text="ISO 4217")
    categories = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    status = models.CharField(
        max_length=20, choices=ProjectStatus.choices, default=ProjectStatus.OPEN
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    access_until = models.DateTimeField(help_text="No session may act in the project after this.")
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_by = models.CharField(max_length=100, blank=True, editable=False)
    close_reason = models.TextField(blank=True, editable=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="projects_project_dates",
                violation_error_message="A project cannot end before it starts.",
            ),
            models.CheckConstraint(
                condition=models.Q(budget_amount__isnull=True, budget_currency="")
                | models.Q(budget_amount__gt=0, budget_currency__regex=r"^[A-Z]{3}$"),
                name="projects_project_budget",
                violation_error_message="A budget is an amount above nothing and its currency.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class ProjectMember(Identified):
    """A partner, or a person of the buyer's, who may act in a project between two dates."""

    id_prefix = "mem"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="members")
    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="memberships",
    )
    role = models.CharField(max_length=20, blank=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(partner__isnull=True) ^ models.Q(user__isnull=True),
                name="projects_member_partner_or_user",
                violation_error_message="A member is a partner or a person, one of the two.",
            ),
            models.UniqueConstraint(
                fields=["project", "partner"],
                name="projects_member_partner_once",
                violation_error_message="The partner is a member already.",
            ),
            models.UniqueConstraint(
                fields=["project", "user"],
                name="projects_member_user_once",
                violation_error_message="The person is a member already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner or self.user} in {self.project}"

    @property
    def access_until(self) -> datetime:
        """The project's end, or its own if that is sooner."""
        end = self.project.access_until
        return min(self.valid_until, end) if self.valid_until else end


class ProjectNotice(models.Model):
    """Those concerned were told, so many days before, that access ends then; once each."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="notices")
    days = models.PositiveSmallIntegerField()
    access_until = models.DateTimeField()
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "days", "access_until"],
                name="projects_notice_once",
                violation_error_message="They were told already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project}: {self.days} days"
