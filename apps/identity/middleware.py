"""How long a sign-in lasts, and what django-allauth tells by signal: it is counted and recorded."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.audit.events import Action
from apps.identity.forms import attempt_in, person, stranger
from apps.identity.models import User
from apps.identity.policy.lifetimes import end_of_sign_in, should_note_visit
from apps.identity.services import (
    prove_address,
    record_factor,
    record_failed_sign_in,
    record_sign_out,
    spend_totp,
)
from apps.identity.services.attempts import count_code, count_passkey

SIGN_IN = "countersign.sign_in"
SEND_AGAIN = "Confirm that it is you; nothing was done yet. Then send the form again."
ADDED = {
    Authenticator.Type.TOTP: Action.USER_MFA_ENABLED,
    Authenticator.Type.WEBAUTHN: Action.USER_PASSKEY_ADDED,
    Authenticator.Type.RECOVERY_CODES: Action.USER_RECOVERY_CODES_GENERATED,
}
REMOVED = {
    Authenticator.Type.TOTP: Action.USER_MFA_DISABLED,
    Authenticator.Type.WEBAUTHN: Action.USER_PASSKEY_REMOVED,
}


class SignInLifetimeMiddleware:
    """Ends a sign-in that is too old or has been left alone, and keeps what a signed-in person sees
    out of every cache. Requests without the cookie of a sign-in cost nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.user.is_anonymous:
            return self.get_response(request)
        self._visit(request)
        response = self.get_response(request)
        response.setdefault("Cache-Control", "private, no-store")
        return response

    def _visit(self, request: HttpRequest) -> None:
        at = timezone.now()
        now = at.timestamp()
        began, seen = request.session.get(SIGN_IN, (now, 0.0))
        reason = end_of_sign_in(began=began, seen=seen or now, now=now)
        if reason and isinstance(request.user, User):
            actor = person(request, request.user)
            record_sign_out(actor=actor, at=at, user=request.user, reason=reason)
            logout(request)
        elif should_note_visit(seen=seen, now=now):
            request.session[SIGN_IN] = (began, now)


class ProofMiddleware:
    """Leads whoever has to prove anew who they are to where they do, and back by GET.

    In place of allauth's own answer, which keeps what was posted in the session and later calls the
    view itself, past every middleware of ours: a form is sent again by the person instead.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Raises PermissionDenied for somebody who has no way to prove it."""
        if not isinstance(error, ReauthenticationRequired):
            return None
        if not isinstance(request.user, User):
            return redirect_to_login(request.get_full_path())
        ways = get_adapter().get_reauthentication_methods(request.user)
        if not ways:
            raise PermissionDenied from error
        if request.method == "POST":
            messages.warning(request, SEND_AGAIN)
        return redirect_to_login(request.get_full_path(), ways[0]["url"])


def begin_sign_in(request: HttpRequest, **_signal: object) -> None:
    """The receiver of Django's `user_logged_in`: signing in again begins anew."""
    now = timezone.now().timestamp()
    request.session[SIGN_IN] = (now, now)


def note_reset(user: User, **_signal: object) -> None:
    """The receiver of allauth's `password_reset`: the link was mailed to their address."""
    prove_address(user=user)


def note_failure(
    request: HttpRequest,
    user: User | None,
    *,
    passkey: bool = False,
    **_signal: object,
) -> None:
    """The receiver of allauth's `authentication_failed`: a wrong code or passkey."""
    email = user.email if user else ""
    count = count_passkey if passkey else count_code
    count(attempt_in(request, email))
    record_failed_sign_in(
        actor=stranger(request), at=timezone.now(), email=email, reason="second factor"
    )


def note_added(
    request: HttpRequest, user: User, authenticator: Authenticator, **_signal: object
) -> None:
    """The receiver of allauth's `authenticator_added` and `authenticator_reset`. Whoever sets up a
    factor proves in the same step to have it; the code they proved it with is spent.
    """
    kind = Authenticator.Type(authenticator.type)
    if kind == Authenticator.Type.TOTP:
        spend_totp(authenticator=authenticator, code=request.POST.get("code", ""))
    if kind != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    _record(request, user, authenticator, ADDED[kind])


def note_removed(
    request: HttpRequest, user: User, authenticator: Authenticator, **_signal: object
) -> None:
    """The receiver of allauth's `authenticator_removed`; recovery codes go with the last factor."""
    kind = Authenticator.Type(authenticator.type)
    if kind in REMOVED:
        _record(request, user, authenticator, REMOVED[kind])


def _record(request: HttpRequest, user: User, authenticator: Any, action: Action) -> None:  # noqa: ANN401 -- allauth has no types
    is_passkey = authenticator.type == Authenticator.Type.WEBAUTHN
    record_factor(
        actor=person(request, user),
        at=timezone.now(),
        user=user,
        action=action,
        data={"name": authenticator.wrap().name} if is_passkey else {},
    )
