"""What django-allauth tells of a sign-in by a provider upstream, and of one that is unlinked."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from apps.governance.services.federated import unlink_identity
from apps.identity.forms.waiting import person
from apps.identity.models import User
from apps.oauth.policy.sign_in import FEDERATION_KEY, fence_of


def remember_federation(
    request: HttpRequest,
    sociallogin: Any = None,  # noqa: ANN401 -- allauth has no types
    **_signal: object,
) -> None:
    """The receiver of allauth's `user_logged_in`: by whose word the person is here."""
    if sociallogin is not None:
        federation = sociallogin.provider.federation
        request.session[FEDERATION_KEY] = {"id": str(federation.pk), "fence": fence_of(federation)}


def forget_identity(
    request: HttpRequest,
    socialaccount: Any,  # noqa: ANN401 -- as above
    **_signal: object,
) -> None:
    """The receiver of allauth's `social_account_removed`: the person has unlinked a provider."""
    user = request.user
    if isinstance(user, User):
        unlink_identity(
            actor=person(request, user),
            at=timezone.now(),
            user=user,
            federation_slug=socialaccount.provider,
        )
