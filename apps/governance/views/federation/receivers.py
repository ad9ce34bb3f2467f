"""What django-allauth tells of a sign-in by a provider upstream."""

from typing import Any

from django.http import HttpRequest

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
