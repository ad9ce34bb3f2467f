"""Leads whoever needs a second factor to setting one up, or to showing it, before anything else;
and whoever has a password that staff chose to choosing their own.
"""

from collections.abc import Callable

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from apps.identity.models import User
from apps.oauth.policy.people import needs_second_factor

# The pages people use; machines have no sign-in here.
GUARDED = ("/admin/", "/account/", "/oauth/authorize", "/oauth/device")
# What it takes to come, to go and to choose a password, by the page or by a mail; and an address
# of machines.
TO_CHANGE_PASSWORD = (
    "/account/inactive/", "/account/login/", "/account/logout/", "/account/password/change/",
    "/account/password/reset/", "/oauth/device_authorization",
)  # fmt: skip
# What it takes to set up a second factor besides.
TO_SET_UP_FACTOR = (
    *TO_CHANGE_PASSWORD,
    "/account/2fa/", "/account/password/set/", "/account/reauthenticate/", "/account/sessions/",
    "/account/signup/",
)  # fmt: skip
# Where somebody was going before; the pages that set up a factor lead on to it.
WANTED = "second_factor_next"


class FirstPasswordMiddleware:
    """Refuses everything to whoever signs in by a password that somebody else has typed, until
    they have changed it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user if _is_guarded(request.path_info, TO_CHANGE_PASSWORD) else None
        if isinstance(user, User) and user.must_change_password:
            query = {"next": request.get_full_path()} if request.method == "GET" else {}
            return redirect(f"{reverse('account_change_password')}?{urlencode(query)}")
        return self.get_response(request)


class SecondFactorMiddleware:
    """Refuses, where MFA_REQUIRED is on, a sign-in that has not shown a second factor to whoever
    may enter the admin or reach the restricted tier.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.MFA_REQUIRED and _is_guarded(request.path_info, TO_SET_UP_FACTOR):
            detour = _detour(request)
            if detour:
                return redirect(detour)
        return self.get_response(request)


def _is_guarded(path: str, stays_open: tuple[str, ...]) -> bool:
    return path.startswith(GUARDED) and not path.startswith(stays_open)


def _detour(request: HttpRequest) -> str:
    """Where the person has to go first; nothing for whoever may go on."""
    user = request.user
    if not isinstance(user, User):
        return ""
    acts_for = getattr(user, "partner_user", None)
    if not needs_second_factor(is_staff=user.is_staff, role=acts_for.role if acts_for else ""):
        return ""
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    records = get_authentication_records(request, user)
    if kinds and any(record["method"] == "mfa" for record in records):
        return ""
    return _to_showing(request, kinds) if kinds else _to_setting_up(request)


def _to_showing(request: HttpRequest, kinds: set[str]) -> str:
    """A factor set up since this sign-in, from another browser perhaps."""
    typed = kinds & {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES}
    page = reverse("mfa_reauthenticate" if typed else "mfa_reauthenticate_webauthn")
    return f"{page}?{urlencode({'next': request.get_full_path()})}"


def _to_setting_up(request: HttpRequest) -> str:
    request.session[WANTED] = request.get_full_path() if request.method == "GET" else ""
    return reverse("mfa_index")
