"""The pages of signing in by a provider upstream, and of linking one to an account."""

import time
from http import HTTPStatus
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.views import ConnectionsView as AllauthConnectionsView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.errors import DomainError
from apps.governance.services.federated import link_identity, unlink_identity
from apps.governance.views.federation.adapter import PENDING_KEY
from apps.governance.views.federation.provider import FederationOAuth2Adapter, FederationProvider
from apps.identity.admin.step_up import require_recent_sign_in
from apps.identity.forms.waiting import person
from apps.identity.models import Federation, User
from apps.identity.policy.federation import BELONGS
from apps.identity.selectors import exists_by_federation

PENDING_SECONDS = 600


def _provider(request: HttpRequest, provider_id: str) -> FederationProvider:
    """Raises Http404 for one that is unknown or switched off."""
    try:
        found: FederationProvider = get_adapter().get_provider(request, provider_id)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """A page that asks, and then the way to the provider: another site's link signs nobody in."""
    return _set_out(request, _provider(request, provider_id), "login")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def link(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """The same for somebody who is signed in and has just proved it again, and whom no provider
    made.
    """
    if isinstance(request.user, User) and exists_by_federation(request.user):
        messages.error(request, BELONGS)
        return redirect("socialaccount_connections")
    return _set_out(request, _provider(request, provider_id), "connect")


def _set_out(request: HttpRequest, provider: FederationProvider, process: str) -> HttpResponseBase:
    if request.method != "POST":
        shown = {"provider": provider, "process": process}
        return render(request, "socialaccount/login.html", shown)
    try:
        answer = provider.redirect(request, process, get_next_redirect_url(request))
    except ImmediateHttpResponse as error:
        page: HttpResponseBase = error.response
        return page
    if not isinstance(answer, HttpResponseRedirect):
        return answer
    # A page, not a redirect: browsers apply form-action to what follows the form.
    shown = {"provider": provider, "address": answer.url}
    return render(request, "socialaccount/leaving.html", shown)


@require_safe
def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """What the provider sends the browser back with; from another issuer it is refused (RFC 9207
    section 2.4).
    """
    provider = _provider(request, provider_id)
    if request.GET.get("iss", provider.federation.issuer) != provider.federation.issuer:
        page = "socialaccount/authentication_error.html"
        return render(request, page, status=HTTPStatus.UNAUTHORIZED)
    view = OAuth2CallbackView.adapter_view(FederationOAuth2Adapter(request, provider_id))
    try:
        answer: HttpResponseBase = view(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    return answer


class ConnectionsView(AllauthConnectionsView):  # type: ignore[misc]  # allauth has no types
    """What is linked. Whom a provider made is offered no other. Raises ReauthenticationRequired."""

    def form_valid(self, form: Any) -> HttpResponseBase:  # noqa: ANN401 -- allauth's form
        """In place of allauth's own way, which fails for a provider that is switched off."""
        require_recent_sign_in(self.request)
        user, slug = self.request.user, form.cleaned_data["account"].provider
        unlink_identity(
            actor=person(self.request, user), at=timezone.now(), user=user, federation_slug=slug
        )
        provider = Federation.objects.get(slug=slug).name
        messages.success(self.request, f"You sign in by {provider} no more.")
        mail = "socialaccount/email/account_disconnected"
        get_adapter().send_notification_mail(mail, user, {"provider": provider})
        return redirect("socialaccount_connections")

    def get_context_data(self, **shown: Any) -> dict[str, Any]:  # noqa: ANN401 -- Django's signature
        context: dict[str, Any] = super().get_context_data(**shown)
        return {**context, "made": exists_by_federation(self.request.user)}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def confirm(request: HttpRequest) -> HttpResponseBase:
    """Says whose account would be linked to whose, and links it on a yes."""
    user, pending = request.user, request.session.get(PENDING_KEY)
    if pending is None or not isinstance(user, User) or pending["user"] != str(user.pk):
        return redirect("socialaccount_connections")
    federation = Federation.objects.filter(pk=pending["federation"], is_active=True).first()
    if federation is None or time.time() - pending["at"] > PENDING_SECONDS:
        del request.session[PENDING_KEY]
        return redirect("socialaccount_connections")
    if request.method != "POST":
        shown = {"federation": federation, "email": pending["email"]}
        return render(request, "socialaccount/confirm.html", shown)
    del request.session[PENDING_KEY]
    try:
        link_identity(
            actor=person(request, user),
            at=timezone.now(),
            federation=federation,
            user=user,
            subject=pending["subject"],
            email=pending["email"],
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"You can sign in by {federation.name} from now on.")
        told = {"provider": federation.name, "email": pending["email"]}
        get_adapter().send_notification_mail("socialaccount/email/account_connected", user, told)
    return redirect("socialaccount_connections")
