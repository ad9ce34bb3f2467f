"""What staff fill in about exchange rates."""

from django import forms

from apps.identity.admin.acts import OnceForm


class RatesForm(OnceForm):
    base = forms.CharField(
        max_length=3, label="Base currency", help_text="Three letters (ISO 4217), such as EUR."
    )
    on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    source = forms.CharField(
        max_length=100, label="Whose rates these are", help_text="Such as ECB reference rates."
    )
    rates = forms.CharField(
        label="Rates",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8, "placeholder": "USD,1.0842\nSEK,11.2"}),
        help_text="One line for each currency: what one unit of the base currency is worth in it, "
        "such as USD,1.0842.",
    )
