"""The acts for somebody who cannot get in any more, each of which is told to them by mail."""

from collections.abc import Sequence
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from apps.governance.services.ways_in import detach_from_provider, reset_second_factors
from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.models import FederatedIdentity, User


def _has_factor(user: User) -> bool:
    return user.is_active and is_mfa_enabled(user)


def _explain_reset(_request: HttpRequest, _user: User) -> Sequence[object]:
    return (
        "Make sure that it is they who ask: by their own telephone number, or in person.",
        "Their app, passkeys and recovery codes count no more; they set up new ones.",
        "They are signed out everywhere, and told by mail.",
    )


def _reset(request: HttpRequest, user: User, given: dict[str, Any]) -> str:
    reset_second_factors(actor=actor_of(request), at=clock(), user=user, reason=given["reason"])
    _tell(request, user, "second_factors_reset")
    return f"{user} has no second factor now, and is signed out everywhere."


def _is_stranded(user: User) -> bool:
    """Made by a provider that is switched off."""
    made = FederatedIdentity.objects.filter(user=user, made_person=True)
    return user.is_active and made.filter(federation__is_active=False).exists()


def _explain_detach(_request: HttpRequest, user: User) -> Sequence[object]:
    return (
        f"For a provider that does not come back: {user} belongs to it no more.",
        "They are told by mail where to choose a password; nobody else sees the link.",
        "If the provider is switched on again, it does not let them in any more.",
    )


def _detach(request: HttpRequest, user: User, given: dict[str, Any]) -> str:
    detach_from_provider(actor=actor_of(request), at=clock(), user=user, reason=given["reason"])
    _tell(request, user, "provider_gone")
    return f"{user} was told by mail how to sign in from now on."


def _tell(request: HttpRequest, user: User, mail: str) -> None:
    """What is done is done, also when the mail server is away."""
    context = {"link": f"{settings.PUBLIC_URL}{reverse('account_reset_password')}"}
    get_adapter(request).send_notification_mail(f"account/email/{mail}", user, context)


WAYS_IN: Sequence[Act[User]] = (
    Act(
        name="reset-factors",
        label="Reset second factors",
        permission="identity.change_user",
        explain=_explain_reset,
        perform=_reset,
        applies=_has_factor,
        step_up=True,
    ),
    Act(
        name="detach",
        label="Give another way in",
        permission="identity.change_federation",
        explain=_explain_detach,
        perform=_detach,
        applies=_is_stranded,
        step_up=True,
    ),
)
