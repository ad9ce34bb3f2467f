"""The page of one's own account."""

from typing import TYPE_CHECKING, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.identity.selectors import exists_by_federation, staff_roles

if TYPE_CHECKING:
    from apps.identity.models import User


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Who you are here, and what you can do about it."""
    user = cast("User", request.user)
    shown = {"staff_roles": staff_roles(user), "made": exists_by_federation(user)}
    return render(request, "account/home.html", shown)
