"""What django-allauth asks us about providers upstream, and what it tells us."""

import time
from http import HTTPStatus
from typing import Any, NoReturn

from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils import timezone

from apps.core.actor import Actor, ActorKind
from apps.core.errors import DomainError
from apps.gateway.rest import origin_of
from apps.governance.services.federated import admit, may_unlink
from apps.governance.views.federation.freshness import proved_at
from apps.governance.views.federation.judging import claims_of
from apps.governance.views.federation.provider import FederationProvider, app_of
from apps.governance.views.federation.session import GuardedSession
from apps.identity.forms.proof import PROVED_AT, date_last_step
from apps.identity.forms.waiting import attempt_in
from apps.identity.models import FederatedIdentity, Federation
from apps.identity.policy.federation import Vouched, read_vouched
from apps.identity.services import record_failed_sign_in
from apps.identity.services.attempts import may_tell_federation
from apps.oauth.policy.sign_in import federation_of

PENDING_KEY = "countersign.link"


class FederationGoneError(SocialApp.DoesNotExist, ValueError):  # type: ignore[misc]  # allauth has no types
    """Unknown or switched off. A sign-in that waits in the session reads it as one that is over."""


def stranger(request: HttpRequest, federation: Federation) -> Actor:
    """Nobody yet: the provider's word is what acts."""
    return Actor(
        kind=ActorKind.SYSTEM,
        id=federation.public_id,
        label=f"sign-in by {federation.name}"[:100],
        origin=origin_of(request),
    )


class FederationAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Providers come from our records. The signatures are allauth's."""

    def list_apps(
        self,
        request: HttpRequest,  # noqa: ARG002 -- allauth's signature
        provider: str | None = None,
        client_id: str | None = None,  # noqa: ARG002 -- allauth's signature
    ) -> list[SocialApp]:
        """Those that are active, in every request anew."""
        active = Federation.objects.filter(is_active=True)
        if provider not in (None, OpenIDConnectProvider.id):
            active = active.filter(slug=provider)
        return [app_of(federation) for federation in active]

    def get_provider(
        self,
        request: HttpRequest,
        provider: str,
        client_id: str | None = None,  # noqa: ARG002 -- allauth's signature
    ) -> FederationProvider:
        """By the slug. Raises FederationGoneError."""
        apps = self.list_apps(request, provider=provider) if "\x00" not in provider else []
        if provider == OpenIDConnectProvider.id or not apps:
            raise FederationGoneError
        return FederationProvider(request, app=apps[0])

    def list_providers(self, request: HttpRequest) -> list[FederationProvider]:
        return [FederationProvider(request, app=app) for app in self.list_apps(request)]

    def get_requests_session(self) -> GuardedSession:
        return GuardedSession(self.request)

    def is_open_for_signup(self, _request: HttpRequest, _sociallogin: SocialLogin) -> bool:
        """Whoever may come in has been let in by `pre_social_login`."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Judges the answer, and lets the person in, or asks them whether to link.

        The library's token leaves here: what it would keep of it is not encrypted.
        """
        federation, state = sociallogin.provider.federation, sociallogin.state
        token, sociallogin.token = sociallogin.token, None
        try:
            claims = claims_of(federation, sociallogin.provider.claims, state)
            vouched = read_vouched(federation.preset, claims, federation.allowed_domains)
            state[PROVED_AT] = proved_at(sociallogin.provider.claims, state, now=time.time())
            if state.get("process") == "connect":
                _ask_to_link(request, federation, vouched)
            identity = admit(
                actor=stranger(request, federation),
                at=timezone.now(),
                federation=federation,
                vouched=vouched,
                tokens=_told(token),
            )
        except DomainError as error:
            _turn_away(request, sociallogin, error)
        sociallogin.account = SocialAccount.objects.get(
            provider=federation.slug, uid=identity.subject
        )
        sociallogin.user = identity.user
        if _is_here_by(request, identity):
            _proved_anew(request, sociallogin)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: FederationProvider,
        error: str | None = None,
        **_: Any,  # noqa: ANN401 -- allauth's signature
    ) -> None:
        """The exception stays out of the trail: it may quote what the provider sent."""
        _tell(request, provider.federation, error or "unknown")

    def validate_disconnect(
        self, account: SocialAccount, _accounts: QuerySet[SocialAccount]
    ) -> None:
        if not may_unlink(user=account.user, federation_slug=account.provider):
            raise ValidationError(
                "You sign in here by this provider alone, so it stays linked.", code="last"
            )


def _told(token: Any) -> dict[str, Any]:  # noqa: ANN401 -- allauth's, which it has not saved
    """The token answer as it was, of what the library keeps of it."""
    if token is None:
        return {}
    lasts = (token.expires_at - timezone.now()).total_seconds() if token.expires_at else 0
    return {
        "access_token": token.token,
        "refresh_token": token.token_secret,
        "expires_in": int(lasts),
    }


def _ask_to_link(request: HttpRequest, federation: Federation, vouched: Vouched) -> NoReturn:
    """Linking waits for a yes on a page of ours, which says whose account it would be."""
    request.session[PENDING_KEY] = {
        "federation": str(federation.pk),
        "user": str(request.user.pk),
        "subject": vouched.subject,
        "email": vouched.email,
        "at": time.time(),
    }
    raise ImmediateHttpResponse(redirect("federation_confirm"))


def _is_here_by(request: HttpRequest, identity: FederatedIdentity) -> bool:
    """Whether this browser is signed in by the same word, which has not become another role."""
    user = request.user
    same = user == identity.user and user.not_before == identity.user.not_before
    return same and federation_of(request.session) == identity.federation_id


def _proved_anew(request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
    """They go on where they were; signing in once more would end what they let applications do."""
    account, user = sociallogin.account, sociallogin.user
    step = {"provider": account.provider, "uid": account.uid, "reauthenticated": True}
    record_authentication(request, user, "socialaccount", **step)
    date_last_step(request, user, sociallogin.state[PROVED_AT])
    after = sociallogin.get_redirect_url(request) or settings.LOGIN_REDIRECT_URL
    raise ImmediateHttpResponse(redirect(after))


def _tell(request: HttpRequest, federation: Federation, reason: str, email: str = "") -> None:
    """Anybody can make it fail, as often as they like; the trail hears of it now and then."""
    if may_tell_federation(attempt_in(request, "")):
        record_failed_sign_in(
            actor=stranger(request, federation),
            at=timezone.now(),
            email=email,
            reason=f"federation {reason}",
        )


def _turn_away(request: HttpRequest, sociallogin: SocialLogin, error: DomainError) -> NoReturn:
    """The address is in the trail as a digest, unless it is somebody's here."""
    told = sociallogin.provider.claims.get("id_token") or {}
    email = str(told.get("email", ""))[:254].replace("\x00", "")
    _tell(request, sociallogin.provider.federation, error.code, email)
    context = {"provider": sociallogin.provider.name, "reason": str(error)}
    page = render(request, "socialaccount/refused.html", context, status=HTTPStatus.FORBIDDEN)
    raise ImmediateHttpResponse(page)
