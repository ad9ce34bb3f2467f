"""What hangs on a partner's record, each kind a claim group of its own: contacts, addresses, tax
registrations.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.models import Identified
from apps.partners.models.companies import Partner

COUNTRY = models.Q(country__regex=r"^[A-Z]{2}$")
NO_COUNTRY = "A country is two capital letters (ISO 3166-1 alpha-2)."


class Part(Identified):
    """``revision`` counts its own writes, for its own ETag."""

    partner: models.ForeignKey[Partner, Partner]
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True


class PartnerContact(Part):
    """A person to write to; not somebody who can sign in."""

    id_prefix = "ctc"

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=100, blank=True)
    email = models.EmailField(max_length=254)
    phone = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = "contact"
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "email"],
                name="partners_contact_once",
                violation_error_message="The partner has this contact already.",
            )
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        self.email = self.email.lower()


class AddressKind(models.TextChoices):
    REGISTERED = "registered"
    REMIT_TO = "remit_to", "remit to"
    SHIP_FROM = "ship_from", "ship from"


class PartnerAddress(Part):
    """Where a partner is, is paid, or ships from."""

    id_prefix = "adr"

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=20, choices=AddressKind.choices)
    lines = ArrayField(models.CharField(max_length=200), size=4)
    city = models.CharField(max_length=100)
    region = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")

    class Meta:
        ordering = ["id"]
        verbose_name = "address"
        verbose_name_plural = "addresses"
        constraints = [
            models.CheckConstraint(
                condition=COUNTRY,
                name="partners_address_country",
                violation_error_message=NO_COUNTRY,
            )
        ]

    def __str__(self) -> str:
        return ", ".join([*self.lines, self.city, self.country])


class PartnerTaxRegistration(Part):
    """A number that a tax authority knows the partner by."""

    id_prefix = "tax"

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="tax_registrations")
    scheme = models.CharField(max_length=20, help_text="Such as VAT, GST or EIN")
    tax_id = models.CharField(max_length=40)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    certificate_ref = models.CharField(max_length=200, blank=True)
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = "tax registration"
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "scheme", "country", "tax_id"],
                name="partners_tax_once",
                violation_error_message="The partner has this tax registration already.",
            ),
            models.CheckConstraint(
                condition=COUNTRY,
                name="partners_tax_country",
                violation_error_message=NO_COUNTRY,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.country} {self.tax_id}"
