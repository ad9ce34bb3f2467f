"""django-allauth's OpenID provider with what a federation needs: PKCE, a nonce, our address, and
the answer kept apart until it was judged.
"""

import secrets
import time
from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import cached_property

from apps.governance.views.federation.freshness import SINCE
from apps.identity.models import Federation, FederationPreset
from apps.identity.policy.discovery import discovery_address
from apps.identity.policy.lifetimes import LONGEST
from apps.oauth.services.upstream import takes_header

SCOPES = ["openid", "profile", "email"]
OFFLINE = "offline_access"


def app_of(federation: Federation) -> SocialApp:
    """The library's app, never saved: the federation is the one record."""
    app = SocialApp(
        provider=OpenIDConnectProvider.id,
        provider_id=federation.slug,
        name=federation.name,
        client_id=federation.client_id,
        secret=federation.client_secret,
        settings={
            "server_url": discovery_address(federation.issuer),
            "oauth_pkce_enabled": True,
            "fetch_userinfo": True,
        },
    )
    app.federation = federation
    return app


def how_lately(parameters: Mapping[str, str], *, again: bool) -> dict[str, str]:
    """What asks the provider to say when the person last proved themselves to it, and not to rely
    on longer ago than a sign-in lasts here, or ``again`` to have them prove it now (OpenID Connect
    Core section 3.1.2.1). Google knows neither; it lets them choose the account at least.
    """
    prompts = parameters.get("prompt", "").split()
    if "access_type" in parameters:
        return {"prompt": " ".join(["select_account", *prompts])} if again else {}
    if again:
        return {"max_age": "0", "prompt": " ".join(["login", *prompts])}
    return {"max_age": str(int(LONGEST.total_seconds()))}


class FederationOAuth2Adapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """The redirect URI is of PUBLIC_URL, whatever Host the request claimed, and one for each
    provider, so that none can pass on another's code (RFC 9700 section 4.4.2.2).
    """

    @cached_property
    def openid_config(self) -> dict[str, Any]:
        """By the issuer as staff entered it; from the document's address it cannot be told whether
        it ends in a slash. Raises ImmediateHttpResponse.
        """
        with get_adapter().get_requests_session() as session:
            return session.discovery(self.get_provider().federation.issuer)  # type: ignore[no-any-return]  # ours, through allauth

    @property
    def basic_auth(self) -> bool:
        """As at a refresh; the library prefers the form, which strict providers refuse."""
        return takes_header(self.openid_config.get("token_endpoint_auth_methods_supported"))

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """The library would spare itself the signature, since the token came over TLS (OpenID
        Connect Core section 3.1.3.7 no. 6); here it is checked, as ASVS 5 V6.8.2 asks.
        """
        self.did_fetch_access_token = False
        try:
            claims: dict[str, Any] = super()._decode_id_token(app, id_token)
        except (KeyError, TypeError, ValueError) as error:  # No `kid`, or a key of another kind.
            raise OAuth2Error("The ID token's key is not known.") from error
        return claims

    def get_callback_url(self, _request: HttpRequest, _app: SocialApp) -> str:
        path = reverse("openid_connect_callback", kwargs={"provider_id": self.provider_id})
        return f"{settings.PUBLIC_URL}{path}"


class FederationProvider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth has no types
    """``claims`` are what the answer says of the person. The library's row keeps none of it."""

    oauth2_adapter_class = FederationOAuth2Adapter

    @property
    def federation(self) -> Federation:
        found: Federation = self.app.federation
        return found

    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: object = None,
        **_from_query: object,
    ) -> HttpResponseBase:
        """To the provider. The library would take scopes and parameters from the query; whoever
        wrote the link has no say in them. The nonce waits beside the state (OpenID Connect Core
        section 3.1.2.1). Whoever is signed in here goes there to prove anew who they are: being
        known there from before will not do.
        """
        nonce = secrets.token_urlsafe(24)
        scopes, parameters = self._asked(request)
        goes_again = process == AuthProcess.LOGIN and request.user.is_authenticated
        again = {SINCE: time.time()} if goes_again else {}
        answer: HttpResponseBase = super().redirect(
            request,
            process,
            next_url,
            data,
            scope=scopes,
            auth_params={**parameters, **how_lately(parameters, again=bool(again)), "nonce": nonce},
            nonce=nonce,
            **again,
        )
        return answer

    def _asked(self, request: HttpRequest) -> tuple[list[str], dict[str, str]]:
        """Access that lasts, where the provider has it: by it we ask whether the person is still
        there (ADR 0010). Google has a parameter for it; OpenID Connect Core section 11 wants the
        person's consent with the scope, Microsoft does not.
        """
        if self.federation.preset == FederationPreset.GOOGLE:
            return SCOPES, {"access_type": "offline", "prompt": "consent"}
        known = self.get_oauth2_adapter(request).openid_config.get("scopes_supported")
        if not isinstance(known, list) or OFFLINE not in known:
            return SCOPES, {}
        if self.federation.preset == FederationPreset.MICROSOFT:
            return [*SCOPES, OFFLINE], {}
        return [*SCOPES, OFFLINE], {"prompt": "consent"}

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        self.claims = data
        return {}

    def serialize(self) -> dict[str, Any]:
        """A sign-in that waits for a second factor finds its provider again by our name."""
        return {"id": self.app.provider_id}
