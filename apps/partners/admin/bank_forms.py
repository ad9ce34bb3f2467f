"""What staff fill in about a change of bank account."""

from typing import Any

from django import forms

from apps.identity.admin.acts import RecordForm, clock
from apps.partners.models import BankAccountChange, ChangeKind, Partner, PartnerBankAccount
from apps.partners.policy.banking import NewDetails

NUMBER = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
DETAILS = ("holder", "iban", "account_number", "bic", "bank_code", "country", "currency")


class VerifyForm(RecordForm):
    """Without the number where there is none: when an account is only retired."""

    number = forms.CharField(
        max_length=50, label="Number of the new account, as they read it to you", widget=NUMBER
    )
    check_note = forms.CharField(
        label="Whom did you ask, and how?",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="By a number that was on file before this change, never one from the request.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        if isinstance(self.record, BankAccountChange) and not self.record.number:
            del self.fields["number"]


class ProposeForm(RecordForm):
    """A change that the vendor asked for by another way than the API."""

    kind = forms.ChoiceField(choices=ChangeKind.choices, label="What to do")
    account = forms.ChoiceField(required=False, label="Account to replace or retire")
    holder = forms.CharField(required=False, max_length=200)
    iban = forms.CharField(required=False, max_length=50, label="IBAN", widget=NUMBER)
    account_number = forms.CharField(
        required=False, max_length=50, widget=NUMBER, label="Or another account number"
    )
    bic = forms.CharField(required=False, max_length=11, label="BIC")
    bank_code = forms.CharField(required=False, max_length=20)
    country = forms.CharField(required=False, max_length=2, help_text="Two letters, such as SE.")
    currency = forms.CharField(required=False, max_length=3, help_text="Three letters, as EUR.")
    reason = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="How the vendor asked for it. It stays in the trail, with your name.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        accounts = self.record.bank_accounts.all() if isinstance(self.record, Partner) else ()
        choices = [("", "None"), *((one.public_id, _told_apart(one)) for one in accounts)]
        self.fields["account"] = forms.ChoiceField(
            choices=choices, required=False, label="Account to replace or retire"
        )


def _told_apart(account: PartnerBankAccount) -> str:
    """Two accounts may have one holder, and numbers that end alike."""
    since = f"{account.effective_from:%-d %b %Y}"
    return f"{account}, {account.status_at(clock())}, from {since} ({account.public_id})"


def proposed_details(given: dict[str, Any]) -> NewDetails:
    return NewDetails(**{name: given[name] for name in DETAILS})
