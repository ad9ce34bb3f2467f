"""Outside companies and the people who act for them."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.models import Fenced, Identified
from apps.partners.states import PartnerStatus


class PartnerKind(models.TextChoices):
    VENDOR = "vendor"
    INTEGRATION = "integration"


class Role(models.TextChoices):
    """What somebody may be for a company (spec 4 no. 1); scopes follow from it."""

    SALESPERSON = "salesperson"
    MANAGER = "manager"
    ADMIN = "admin"
    VIEWER = "viewer"
    EDITOR = "editor"
    APPROVER_ADMIN = "approver_admin"
    INTEGRATION = "integration"


VENDOR_ROLES = frozenset({Role.SALESPERSON, Role.MANAGER, Role.ADMIN})


def vendor_roles() -> list[str]:
    """Until staff say otherwise a vendor's admin may give every role that a vendor has."""
    return sorted(role.value for role in VENDOR_ROLES)


class Partner(Identified, Fenced):
    """A vendor or an integration partner."""

    id_prefix = "ptr"

    kind = models.CharField(max_length=20, choices=PartnerKind.choices)
    name = models.CharField(max_length=200)
    legal_name = models.CharField(max_length=200, blank=True)
    identifiers = models.JSONField(default=list, blank=True, help_text='[{"scheme", "id"}]')
    status = models.CharField(
        max_length=20, choices=PartnerStatus.choices, default=PartnerStatus.ACTIVE
    )
    portal_roles = ArrayField(
        models.CharField(max_length=20, choices=Role.choices),
        default=vendor_roles,
        blank=True,
        help_text="What its own admins may make of its people in the portal.",
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=PartnerStatus.values),
                name="partners_partner_status",
                violation_error_message="This is not a partner's status.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        return self.status == PartnerStatus.ACTIVE


class PartnerContact(Identified):
    """A person to write to; not somebody who can sign in."""

    id_prefix = "ctc"

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "email"],
                name="partners_contact_once",
                violation_error_message="The partner has this contact already.",
            )
        ]

    def __str__(self) -> str:
        return self.email


class PartnerUser(Identified):
    """A person who acts for a partner, with one role. A person acts for one partner at most."""

    id_prefix = "ptu"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="people")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="partner_user"
    )
    role = models.CharField(max_length=20, choices=Role.choices)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user} for {self.partner} ({self.role})"
