"""Bank accounts, and the changes by which alone they come, are replaced and go.

Numbers are encrypted at rest. What dates already say is not stored: an account is pending until
``effective_from``, verified from then on, retired from ``retired_from``.
"""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.fields import EncryptedTextField
from apps.core.models import Identified
from apps.partners.models.companies import Partner
from apps.partners.states import EFFECTIVE, STOPPED, ChangeState

MASK = "****"


class NumberKind(models.TextChoices):
    IBAN = "iban", "IBAN"
    ACCOUNT = "account", "account number"


class AccountStatus(models.TextChoices):
    PENDING = "pending"
    VERIFIED = "verified"
    RETIRED = "retired"


class ChangeKind(models.TextChoices):
    ADD = "add"
    REPLACE = "replace"
    RETIRE = "retire"


class BankDetails(models.Model):
    """Where money goes. ``ending`` is what may be shown of the number."""

    holder = models.CharField(max_length=200, blank=True)
    number = EncryptedTextField(default="", blank=True)
    number_kind = models.CharField(max_length=10, choices=NumberKind.choices, blank=True)
    ending = models.CharField(max_length=4, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    bank_code = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3, blank=True)

    class Meta:
        abstract = True

    @property
    def masked(self) -> str:
        return f"{MASK}{self.ending}" if self.ending else ""


DETAILS = (
    "holder", "number", "number_kind", "ending", "bic", "bank_code", "country", "currency",
)  # fmt: skip


class BankAccountManager(models.Manager["PartnerBankAccount"]):
    """With the change that made each account, which its status asks for."""

    def get_queryset(self) -> models.QuerySet["PartnerBankAccount"]:
        return super().get_queryset().select_related("made_by").defer("made_by__number")


class PartnerBankAccount(Identified, BankDetails):
    """An account that was verified. It may be paid to from ``effective_from`` on."""

    id_prefix = "bnk"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="bank_accounts")
    revision = models.PositiveIntegerField(default=1)
    verified_at = models.DateTimeField()
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    effective_from = models.DateTimeField()
    retired_from = models.DateTimeField(null=True, blank=True)

    objects = BankAccountManager()

    class Meta:
        ordering = ["-id"]
        verbose_name = "bank account"

    def __str__(self) -> str:
        return f"{self.holder} {self.masked}"

    def status_at(self, at: datetime) -> AccountStatus:
        """Invariant 10: only a verified account that has cooled off is paid to, and never one made
        by a change that was refused or withdrawn, whatever its dates say.
        """
        if self.was_stopped:
            return AccountStatus.RETIRED
        if self.retired_from is not None and self.retired_from <= at:
            return AccountStatus.RETIRED
        return AccountStatus.VERIFIED if self.effective_from <= at else AccountStatus.PENDING

    @property
    def was_stopped(self) -> bool:
        """Whether the change that made it was stopped while it cooled off."""
        made_by: BankAccountChange | None = getattr(self, "made_by", None)
        return made_by is not None and made_by.state in STOPPED


class BankAccountChange(Identified, BankDetails):
    """A proposal and what became of it. ``account`` is what it replaces or retires, ``made`` the
    account it made. ``notify`` are the addresses of the partner's admins as they were known when
    it was proposed, ``notify_former`` those that had ceased to be lately; ``told`` is the last
    state they were told of.
    """

    id_prefix = "bch"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="bank_changes")
    kind = models.CharField(max_length=10, choices=ChangeKind.choices)
    account = models.ForeignKey(
        PartnerBankAccount,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="changes",
    )
    made = models.OneToOneField(
        PartnerBankAccount,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="made_by",
    )
    reason = models.CharField(max_length=500)
    state = models.CharField(
        max_length=10, choices=ChangeState.choices, default=ChangeState.PROPOSED
    )
    revision = models.PositiveIntegerField(default=1)
    proposed_at = models.DateTimeField()
    proposed_actor = models.CharField(max_length=100)
    proposed_session_id = models.UUIDField(null=True, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    check_note = models.CharField(max_length=1000, blank=True)
    effective_from = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stop_reason = models.CharField(max_length=500, blank=True)
    notify = ArrayField(models.EmailField(max_length=254), default=list, blank=True)
    notify_former = ArrayField(models.EmailField(max_length=254), default=list, blank=True)
    told = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "bank account change"
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(state="proposed"),
                name="partners_bank_change_one_open",
                violation_error_message="There is an open change of this account already.",
            ),
            models.CheckConstraint(
                condition=~models.Q(verified_by=models.F("proposed_by")),
                name="partners_bank_change_second_person",
                violation_error_message="Somebody else than the proposer verifies a change.",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ChangeState.values)
                & (~models.Q(state="verified") | models.Q(effective_from__isnull=False)),
                name="partners_bank_change_state",
                violation_error_message="A verified change has a date it takes effect on.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=~models.Q(told=models.F("state")),
                name="partners_bank_change_untold",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.masked or self.account}"

    def state_at(self, at: datetime) -> str:
        """What it is now: a verified one whose day has come is effective."""
        effective = self.effective_from is not None and self.effective_from <= at
        return EFFECTIVE if self.state == ChangeState.VERIFIED and effective else self.state
