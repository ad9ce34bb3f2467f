"""Who visits the portal, and what every page of it shares."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.core.actor import Actor
from apps.core.errors import ForbiddenError, NotFoundError
from apps.gateway.rest import origin_of
from apps.identity.admin.step_up import require_recent_sign_in
from apps.identity.models import User
from apps.identity.policy.actors import person_actor
from apps.oauth.scopes import ROLE_SCOPES
from apps.partners.models import Partner, PartnerUser, Role

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in. ``acting`` is for whom and as what, while that company is active."""

    user: User
    acting: PartnerUser | None
    actor: Actor
    at: datetime

    @property
    def is_admin(self) -> bool:
        return self.acting is not None and self.acting.role == Role.ADMIN

    def company(self) -> Partner:
        """Whose people the visitor may decide about. Raises ForbiddenError for all but admins."""
        if self.acting is None or not self.is_admin:
            raise ForbiddenError("Only an admin of a company opens this page.")
        return self.acting.partner


def _visitor(request: HttpRequest) -> Visitor:
    """Read anew at each request, so a role taken away is gone with the next page."""
    user = cast("User", request.user)
    acting = PartnerUser.objects.select_related("partner").filter(user=user).first()
    if acting is not None and not acting.partner.is_live:
        acting = None
    actor = person_actor(user, origin_of(request))
    if acting is not None:
        actor = replace(
            actor,
            partner_id=acting.partner_id,
            partner_kind=acting.partner.kind,
            role=acting.role,
            scopes=ROLE_SCOPES[acting.role],
        )
    return Visitor(user, acting, actor, timezone.now())


def portal_page(*methods: str, step_up: bool = False) -> Callable[[View], View]:
    """A page of the portal: for who has signed in, never cached, by these methods. What is not
    the visitor's is 404; what their role does not allow is 403. What gives access asks who it is
    to prove it anew unless they just did (``step_up``, ASVS 5 V7.5.3).
    """

    def decorate(view: View) -> View:
        @require_http_methods(list(methods))
        @never_cache
        @login_required
        @wraps(view)
        def page(request: HttpRequest, **parts: str) -> HttpResponse:
            if step_up:
                require_recent_sign_in(request)
            try:
                return view(request, _visitor(request), **parts)
            except NotFoundError as error:
                raise Http404 from error
            except ForbiddenError as error:
                raise PermissionDenied from error

        return page

    return decorate
