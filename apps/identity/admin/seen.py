"""What a page of the admin showed when it was opened, carried by its form: decisions are made on
what somebody read, not on what the record has become since.
"""

from typing import Any

from django import forms
from django.core.signing import BadSignature, Signer
from django.db.models import Model

from apps.gateway.policy import Precondition, entity_tag

_signer = Signer(salt="countersign.admin.seen")
INCOMPLETE = "The form is not the one this page gave out. Look at the page again, then send it."


def stale(record: Model) -> str:
    return (
        f"{record} has changed since you opened this page, and nothing was done. "
        "The page shows it as it is now: look at it, then send the form again."
    )


def seen_tag(record: Any) -> str:  # noqa: ANN401 -- a model that counts its writes
    """The record at its revision, signed so that a form names what a page did show."""
    return _signer.sign(entity_tag(record.public_id, record.revision))


class SeenField(forms.CharField):
    """Hidden; cleaned, it is what a service wants to hear of it."""

    widget = forms.HiddenInput

    def __init__(self, record: Model) -> None:
        messages = {"required": INCOMPLETE}
        super().__init__(max_length=200, initial=seen_tag(record), error_messages=messages)

    def clean(self, value: Any) -> Precondition:  # noqa: ANN401 -- Django's signature
        signed = super().clean(value)
        try:
            return Precondition(tags=frozenset({_signer.unsign(signed)}))
        except BadSignature as error:
            raise forms.ValidationError(INCOMPLETE) from error
