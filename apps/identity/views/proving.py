"""Where somebody who is signed in proves anew who they are."""

from typing import Any

from allauth.account.views import PasswordSetView as AllauthPasswordSetView
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from apps.identity.forms.proof import has_proved_lately
from apps.identity.models import Federation, User
from apps.identity.policy.federation import BELONGS
from apps.identity.selectors import active_federations_of, exists_by_federation


def ways_to_prove(user: User, own: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of our ``own`` ways as allauth lists them: a password alone does not stand in for a second
    factor that somebody has, nor for the provider that made them. Who has neither signs in anew by
    their provider.
    """
    factors = [one for one in own if one["id"] != "reauthenticate"]
    if factors:
        return factors
    if own and not exists_by_federation(user):
        return own
    return [_by_provider(one) for one in active_federations_of(user)]


def _by_provider(federation: Federation) -> dict[str, Any]:
    return {
        "id": federation.slug,
        "description": f"Sign in by {federation.name}",
        "url": reverse("openid_connect_login", kwargs={"provider_id": federation.slug}),
    }


class PasswordSetView(AllauthPasswordSetView):  # type: ignore[misc]  # allauth has no types
    """Whom a provider made has no password: it would be a way in that the provider knows nothing
    of. Of anybody else allauth would ask for no proof here. Raises ReauthenticationRequired.
    """

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        user = request.user
        if isinstance(user, User) and exists_by_federation(user):
            messages.error(request, BELONGS)
            return redirect("account")
        if isinstance(user, User) and not has_proved_lately(request, user):
            raise ReauthenticationRequired
        answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        return answer
