"""The page of one's own account."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.identity.selectors import staff_roles


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Who you are here, and what you can do about it."""
    return render(request, "account/home.html", {"staff_roles": staff_roles(request.user)})
