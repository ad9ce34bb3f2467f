"""Forms that take what a passkey has signed (WebAuthn), from this site alone.

Every ceremony demands that the authenticator has verified its user, so that a passkey is two
factors in one; what a browser sends is hostile until it is verified.
"""

import json
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as allauth_forms
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from apps.identity.forms.codes import tell_failure
from apps.identity.forms.waiting import attempt_in
from apps.identity.models import User
from apps.identity.services.attempts import wait_for_passkey

LONGEST_NAME = 60
LONGEST_CREDENTIAL = 20_000
# What the library raises, besides ValueError, on JSON of another shape than it expects.
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError)


def refusal() -> ValidationError:
    error: ValidationError = get_adapter().validation_error("passkey_refused")
    return error


class CredentialField(forms.JSONField):
    """JSON of a sane size and depth, which PostgreSQL can store."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 -- Django's signature
        if isinstance(value, str) and len(value) > LONGEST_CREDENTIAL:
            raise refusal()
        try:
            credential = super().to_python(value)
        except RecursionError as error:
            raise refusal() from error
        if "\\u0000" in json.dumps(credential):
            raise refusal()
        return credential

    def bound_data(self, data: Any, initial: Any) -> Any:  # noqa: ANN401, ARG002 -- Django's signature
        """A page shown again repeats nothing of what it was sent."""
        return initial

    def prepare_value(self, value: Any) -> str:  # noqa: ANN401, ARG002 -- as above
        return ""


def check_origin(parsed: Any) -> None:  # noqa: ANN401 -- the library's response
    """WebAuthn Level 2 sections 7.1 and 7.2: the origin is the one expected, not another host of
    the same domain, which the library would accept. Raises ValidationError.
    """
    if parsed.response.client_data.origin != settings.PUBLIC_URL:
        raise refusal()


class AddPasskeyForm(allauth_forms.AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A new passkey, with a name to know it by."""

    name = forms.CharField(label="Name", max_length=LONGEST_NAME, required=False)
    credential = CredentialField()
    passwordless = forms.BooleanField(
        label="Sign in with this passkey alone",
        initial=True,
        required=False,
        help_text="Without it the passkey comes after the password.",
    )
    field_order = ("name", "passwordless")

    def clean(self) -> dict[str, Any]:
        credential = self.cleaned_data.get("credential")
        if not credential:
            raise refusal()
        try:
            check_origin(auth.parse_registration_response(credential))
            cleaned: dict[str, Any] = super().clean()
        except MALFORMED as error:
            raise refusal() from error
        return cleaned


class EditPasskeyForm(allauth_forms.EditWebAuthnForm):  # type: ignore[misc]  # as above
    name = forms.CharField(label="Name", max_length=LONGEST_NAME)


class _PasskeyForm(allauth_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]  # as above
    credential = CredentialField()

    def clean_credential(self) -> Any:  # noqa: ANN401 -- allauth's Authenticator
        """The passkey. Raises ImmediateHttpResponse after too many failures."""
        attempt = attempt_in(context.request, getattr(self._claimed(), "email", ""))
        get_account_adapter().stop_if_waiting(context.request, attempt, wait_for_passkey(attempt))
        return self._proved(super().clean_credential)

    def _claimed(self) -> User | None:
        """Who it is said to be: by the step before, or by what the browser sent, which anybody can
        write. By that the wait and the count go to the right person and place, nothing else does.
        """
        if self.user is not None:
            return self.user  # type: ignore[no-any-return]  # allauth has no types
        try:
            found: User = auth.extract_user_from_response(self.cleaned_data["credential"])
        except (*MALFORMED, ValidationError):
            return None
        return found

    def _proved(self, verify: Callable[[], Any]) -> Any:  # noqa: ANN401 -- as above
        try:
            check_origin(auth.parse_authentication_response(self.cleaned_data["credential"]))
            return verify()
        except (*MALFORMED, ValidationError) as error:
            tell_failure(self._claimed(), reauthentication=self.reauthenticated, passkey=True)
            raise refusal() from error


class AuthenticatePasskeyForm(_PasskeyForm):
    """The second step of signing in."""


class LoginPasskeyForm(_PasskeyForm, allauth_forms.LoginWebAuthnForm):  # type: ignore[misc]  # as above
    """Signing in with a passkey alone: who it is, the passkey says."""


class ReauthenticatePasskeyForm(_PasskeyForm, allauth_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]  # as above
    """Proving it again before something important."""
