"""The buyer's legal entities, its procurement projects and who may act in them."""

from django.conf import settings
from django.db import models

from apps.core.models import Fenced, Identified
from apps.partners.models import Partner
from apps.projects.states import ProjectStatus


class BuyerEntity(Identified):
    """A company of the buyer's, in whose name orders are placed."""

    id_prefix = "ent"

    name = models.CharField(max_length=200, unique=True)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    base_currency = models.CharField(max_length=3, help_text="ISO 4217")
    timezone = models.CharField(max_length=60, default="UTC")

    class Meta:
        verbose_name_plural = "buyer entities"

    def __str__(self) -> str:
        return self.name


class Category(Identified):
    """What is bought, in a scheme of the buyer's choosing, such as UNSPSC. One that was retired is
    listed no more; documents that name it stay as they are.
    """

    id_prefix = "cat"

    buyer_entity = models.ForeignKey(
        BuyerEntity, on_delete=models.PROTECT, related_name="categories"
    )
    scheme = models.CharField(max_length=40, help_text="Such as UNSPSC")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "categories"
        ordering = ["scheme", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["buyer_entity", "scheme", "code"],
                name="projects_category_code",
                violation_error_message="The buyer entity has this category already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.code} {self.name}"


class Project(Identified, Fenced):
    """What is bought for. Access in it ends at ``access_until`` or when it closes."""

    id_prefix = "prj"

    number = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    buyer_entity = models.ForeignKey(BuyerEntity, on_delete=models.PROTECT)
    status = models.CharField(
        max_length=20, choices=ProjectStatus.choices, default=ProjectStatus.OPEN
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    access_until = models.DateTimeField(help_text="No session may act in the project after this.")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    close_reason = models.TextField(blank=True, editable=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="projects_project_dates",
                violation_error_message="A project cannot end before it starts.",
            )
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
