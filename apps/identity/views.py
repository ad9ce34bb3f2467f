"""How people sign in: django-allauth does it, this says what is allowed and remembers it."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from apps.core.actor import Actor, ActorKind
from apps.gateway.rest import origin_of
from apps.identity.models import User
from apps.identity.selectors import staff_roles
from apps.identity.services import (
    change_password,
    record_failed_sign_in,
    record_sign_in,
    record_sign_out,
)


def _person(request: HttpRequest, user: User) -> Actor:
    """Somebody who has just proved to be ``user``; no token session stands behind it yet."""
    acts_for = getattr(user, "partner_user", None)
    return Actor(
        kind=ActorKind.STAFF if user.is_staff else ActorKind.USER,
        id=user.public_id,
        label=user.email,
        user_id=user.id,
        partner_id=acts_for.partner_id if acts_for else None,
        origin=origin_of(request),
    )


def _stranger(request: HttpRequest) -> Actor:
    return Actor(
        kind=ActorKind.SYSTEM, id="system:sign-in", label="sign-in", origin=origin_of(request)
    )


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """What allauth asks us, and what it tells us. The signatures are allauth's."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Nobody signs up: staff and partner people are added by somebody who may."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        record_sign_in(actor=_person(request, user), at=timezone.now(), user=user)

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            actor = _person(request, request.user)
            record_sign_out(actor=actor, at=timezone.now(), user=request.user)
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ANN401 -- allauth's signature
        self._record_failure(request, credentials.get("email", ""), "credentials")

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        self._record_failure(request, user.email, "inactive")
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response

    def _record_failure(self, request: HttpRequest, email: str, reason: str) -> None:
        record_failed_sign_in(
            actor=_stranger(request),
            at=timezone.now(),
            email=email,
            reason=reason,
        )

    def set_password(self, user: User, password: str) -> None:
        change_password(
            actor=_person(self.request, user),
            at=timezone.now(),
            user=user,
            password=password,
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """Rate limits count by the address our edge established, not by a header's word."""
        return origin_of(request).ip or "local"

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link in the mail leads to PUBLIC_URL, whatever Host the request claimed."""
        user, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": user, "key": token})
        return f"{settings.PUBLIC_URL}{path}"

    def format_email_subject(self, subject: str) -> str:
        return f"[Countersign] {subject}"


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Who you are here, and what you can do about it."""
    return render(request, "account/home.html", {"staff_roles": staff_roles(request.user)})
