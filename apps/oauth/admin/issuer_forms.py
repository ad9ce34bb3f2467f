"""What staff fill in about a trusted issuer."""

from typing import Any

from django import forms

from apps.identity.admin.acts import OnceForm, RecordForm
from apps.oauth.admin.client_forms import KeySetField, ListField
from apps.oauth.policy.issuers import EMAIL
from apps.partners.models import Partner
from apps.partners.states import PartnerStatus

MAX_KEYS = 50_000
FIELDS = ("name", "audiences", "presenters", "subject_claim", "jwks_uri", "jwks")


class TermsFields(OnceForm):
    name = forms.CharField(max_length=255)
    audiences = ListField(
        "Audiences", "One per line: what its tokens must be for, such as our client id there."
    )
    presenters = ListField(
        "Clients that may come with its tokens",
        "One client id per line. None: every client of its partner with the grant, or every one "
        "of the buyer's own.",
    )
    subject_claim = forms.CharField(
        label="Claim with the person's e-mail address",
        max_length=60,
        initial=EMAIL,
        help_text="“email” counts only where the issuer says that it is verified.",
    )
    jwks_uri = forms.CharField(label="Address of its JWK set", required=False, max_length=500)
    jwks = KeySetField(
        label="Its public keys, as a JWK set",
        required=False,
        max_length=MAX_KEYS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Instead of the address, if it publishes them nowhere.",
    )


class IssuerForm(TermsFields):
    issuer = forms.CharField(
        max_length=500,
        help_text="Exactly as its tokens name it (iss). Left to itself, it is asked for its keys.",
    )
    partner = forms.ModelChoiceField(
        Partner.objects.filter(status=PartnerStatus.ACTIVE),
        required=False,
        empty_label="Nobody: it vouches for the buyer's own people",
    )
    field_order = ["name", "issuer", "partner", *FIELDS[1:]]


class ChangeIssuerForm(TermsFields, RecordForm):
    """Filled in as it is; sending it so changes nothing."""

    field_order = list(FIELDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        for name in FIELDS:
            self.fields[name].initial = getattr(self.record, name)
