"""Forms that take a code of an authenticator app, or a recovery code."""

from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as allauth_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.utils import decrypt, encrypt

from apps.identity.forms.waiting import attempt_in
from apps.identity.services import spend_code
from apps.identity.services.attempts import wait_for_code

LONGEST_CODE = 32
ENCRYPTED = "v1."  # How apps.core.fields begins what it encrypts; no key in base 32 does.


def tell_failure(user: object, *, reauthentication: bool, passkey: bool = False) -> None:
    """Say so to whoever listens (apps/identity/middleware.py): it is counted and recorded."""
    authentication_failed.send(
        sender=Authenticator,
        request=context.request,
        user=user,
        authenticator=None,
        reauthentication=reauthentication,
        passkey=passkey,
    )


class _CodeForm(allauth_forms.BaseAuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """allauth's form with our limits, and codes that the database knows to be spent."""

    again = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        self.fields["code"].max_length = LONGEST_CODE
        self.fields["code"].label = "Code from your app, or a recovery code"

    def clean_code(self) -> str:
        """Raises ImmediateHttpResponse after too many failures."""
        attempt = attempt_in(context.request, self.user.email)
        get_account_adapter().stop_if_waiting(context.request, attempt, wait_for_code(attempt))
        code: str = self.cleaned_data["code"][:LONGEST_CODE]
        self.authenticator = spend_code(user=self.user, code=code)
        if self.authenticator is None:
            tell_failure(self.user, reauthentication=self.again)
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(_CodeForm, allauth_forms.AuthenticateForm):  # type: ignore[misc]  # as above
    """The second step of signing in."""


class ReauthenticateForm(_CodeForm, allauth_forms.ReauthenticateForm):  # type: ignore[misc]  # as above
    """Proving it again before something important."""

    again = True


class ActivateTotpForm(totp_forms.ActivateTOTPForm):  # type: ignore[misc]  # as above
    """Keeps the secret encrypted from its first moment: the browser's session lies in a table."""

    secret: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "Code your app shows"
        kept: str = self.secret
        if kept.startswith(ENCRYPTED):
            self.secret = decrypt(kept)
        else:
            context.request.session[SECRET_SESSION_KEY] = encrypt(kept)
