"""Partners' records for staff: what each group shows, changes of bank accounts, the claim rules."""

from apps.partners.admin.bank_changes import BankAccountChangeAdmin
from apps.partners.admin.claim_rules import ClaimRuleAdmin

__all__ = ["BankAccountChangeAdmin", "ClaimRuleAdmin"]
