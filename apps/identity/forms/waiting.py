"""Who is before us while signing in, and the page for whoever has failed too often."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.core.actor import Actor, ActorKind
from apps.gateway.rest import origin_of
from apps.identity.models import User
from apps.identity.policy.actors import person_actor
from apps.identity.services.attempts import Attempt


def stranger(request: HttpRequest) -> Actor:
    """Whoever tries to sign in, before they have."""
    return Actor(
        kind=ActorKind.SYSTEM, id="system:sign-in", label="sign-in", origin=origin_of(request)
    )


def person(request: HttpRequest, user: User) -> Actor:
    """Somebody who has just proved to be ``user``; no token session stands behind it yet."""
    acts_for = getattr(user, "partner_user", None)
    partner_id = acts_for.partner_id if acts_for else None
    return person_actor(user, origin_of(request), partner_id=partner_id)


def attempt_in(request: HttpRequest, email: str) -> Attempt:
    return Attempt(account=email, ip=origin_of(request).ip)


def too_many_tries(request: HttpRequest, wait: int) -> HttpResponse:
    page = render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    page["Retry-After"] = str(wait)
    return page
