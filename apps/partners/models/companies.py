"""A company that is not the buyer's, and the people who act for it."""

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
    APPROVER_ADMIN = "approver_admin", "Approver"
    INTEGRATION = "integration"


VENDOR_ROLES = frozenset({Role.SALESPERSON, Role.MANAGER, Role.ADMIN})


class RiskTier(models.TextChoices):
    """How much could go wrong with a partner, as the buyer sees it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def vendor_roles() -> list[str]:
    """Until staff say otherwise a vendor's admin may give every role that a vendor has."""
    return sorted(role.value for role in VENDOR_ROLES)


class Partner(Identified, Fenced):
    """A vendor or an integration partner. ``revision`` counts every write of its record, also of
    what hangs on it: addresses, contacts, tax registrations, bank accounts.
    """

    id_prefix = "ptr"

    kind = models.CharField(max_length=20, choices=PartnerKind.choices)
    name = models.CharField(max_length=200)
    legal_name = models.CharField(max_length=200, blank=True)
    trading_name = models.CharField(max_length=200, blank=True)
    identifiers = models.JSONField(default=list, blank=True, help_text='[{"scheme", "id"}]')
    default_currency = models.CharField(max_length=3, blank=True, help_text="ISO 4217")
    payment_terms = models.CharField(max_length=200, blank=True)
    categories = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, help_text="The buyer's codes"
    )
    website = models.URLField(max_length=300, blank=True)
    description = models.CharField(max_length=2000, blank=True)
    risk_tier = models.CharField(max_length=10, choices=RiskTier.choices, blank=True)
    internal_note = models.TextField(max_length=4000, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="owned_partners",
        help_text="The member of staff who looks after it",
    )
    status = models.CharField(
        max_length=20, choices=PartnerStatus.choices, default=PartnerStatus.ACTIVE
    )
    portal_roles = ArrayField(
        models.CharField(max_length=20, choices=Role.choices),
        default=vendor_roles,
        blank=True,
        help_text="What its own admins may make of its people in the portal.",
    )
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        permissions = [
            ("edit_partner", "Can change what a partner's record says"),
            ("assess_partner", "Can judge partners: risk, owner, internal note"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=PartnerStatus.values),
                name="partners_partner_status",
                violation_error_message="This is not a partner's status.",
            ),
            models.CheckConstraint(
                condition=models.Q(risk_tier__in=["", *RiskTier.values]),
                name="partners_partner_risk_tier",
                violation_error_message="This is not a risk tier.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        return self.status == PartnerStatus.ACTIVE


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
