"""Forms by which people prove who they are."""

from apps.identity.forms.codes import ActivateTotpForm, AuthenticateForm, ReauthenticateForm
from apps.identity.forms.passkeys import (
    AddPasskeyForm,
    AuthenticatePasskeyForm,
    EditPasskeyForm,
    LoginPasskeyForm,
    ReauthenticatePasskeyForm,
)
from apps.identity.forms.waiting import attempt_in, person, stranger, too_many_tries

__all__ = [
    "ActivateTotpForm",
    "AddPasskeyForm",
    "AuthenticateForm",
    "AuthenticatePasskeyForm",
    "EditPasskeyForm",
    "LoginPasskeyForm",
    "ReauthenticateForm",
    "ReauthenticatePasskeyForm",
    "attempt_in",
    "person",
    "stranger",
    "too_many_tries",
]
