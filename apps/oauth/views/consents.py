"""/account/access/: what a person has given to applications, and taking it back."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.errors import NotFoundError
from apps.identity.forms import person
from apps.identity.models import User
from apps.oauth.policy.consents import may_return_unasked
from apps.oauth.selectors.consents import access_given_by, access_given_to
from apps.oauth.services.consents import revoke_access


def _person(request: HttpRequest) -> User:
    """Who is signed in; the decorator has turned everybody else away."""
    return cast("User", request.user)


@require_safe
@never_cache
@login_required
def access(request: HttpRequest) -> HttpResponse:
    """Every application that may act for the person, and what each may do."""
    given = [
        (one, one.is_remembered and may_return_unasked(one.client))
        for one in access_given_by(_person(request).pk, at=timezone.now())
    ]
    return render(request, "oauth/access.html", {"given": given})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def take_back(request: HttpRequest, client_id: str) -> HttpResponse:
    """Ask whether they mean it, and do it. What others have given is not found."""
    user, at = _person(request), timezone.now()
    try:
        given = access_given_to(user.pk, client_id, at=at)
    except NotFoundError as error:
        raise Http404 from error
    if request.method != "POST":
        return render(request, "oauth/access_revoke.html", {"given": given})
    revoke_access(actor=person(request, user), at=at, user=user, client=given.client)
    messages.success(request, f"{given.client.name} can no longer act for you.")
    return redirect("oauth2_provider:access")
