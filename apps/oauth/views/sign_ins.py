"""Where somebody is signed in, and signing out of there."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator

from apps.gateway.rest import origin_of
from apps.identity.models import User
from apps.identity.policy.actors import person_actor
from apps.oauth.services.sign_outs import SESSION_KEY, sign_out_elsewhere, sign_out_one


class SignOutForm(forms.Form):
    """One of the sign-ins, or all others; with these perhaps what applications may do."""

    session = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    applications = forms.BooleanField(required=False)

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:  # noqa: ANN401, ARG002 -- allauth's signature
        super().__init__(*args, **kwargs)


@method_decorator(reauthentication_required(allow_get=True), name="dispatch")
class SignInsView(ListUserSessionsView):
    """ASVS 5 V7.5.2: whoever has proved anew who they are ends any of their sign-ins."""

    form_class = SignOutForm

    def form_valid(self, form: SignOutForm) -> HttpResponse:
        user, given = self.request.user, form.cleaned_data
        who = {
            "actor": person_actor(user, origin_of(self.request)),
            "at": timezone.now(),
            "user": user,
            "here": self.request.session.session_key,
        }
        if given["session"]:
            ended = sign_out_one(**who, chosen=given["session"])
            messages.info(self.request, "Signed out there." if ended else "That was over already.")
        else:
            sign_out_elsewhere(**who, applications=given["applications"])
            messages.info(self.request, "You are signed out everywhere but here.")
            if given["applications"]:
                _stay(self.request, user)
        return redirect("oauth2_provider:sign-ins")


def _stay(request: HttpRequest, user: User) -> None:
    """The fence is part of what a sign-in must match; this one was made after it."""
    user.refresh_from_db(fields=["not_before"])
    request.session.pop(SESSION_KEY, None)
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    update_session_auth_hash(request, user)
    UserSession.objects.create_from_request(request)
