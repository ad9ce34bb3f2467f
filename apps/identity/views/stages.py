"""The first and the last stage of a sign-in, between which somebody may take a while."""

from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStage
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.identity.models import Federation, User

FENCES = "countersign_fences"
BEGIN, END = (f"apps.identity.views.stages.{name}" for name in ("BeginStage", "EndStage"))


def fences_of(login: Any) -> list[str]:  # noqa: ANN401 -- allauth has no types
    """What a flip moves: a new password, access taken, a provider switched off and on."""
    user = User.objects.filter(pk=login.user.pk, is_active=True).first()
    fences = [user.get_session_auth_hash() if user else ""]
    sociallogin = login.signal_kwargs and login.signal_kwargs.get("sociallogin")
    if sociallogin:
        by = Federation.objects.filter(slug=sociallogin.account.provider, is_active=True)
        fences += [str(moved) for moved in by.values_list("not_before", flat=True)] or [""]
    return fences


class BeginStage(LoginStage):  # type: ignore[misc]  # allauth has no types
    """Before anything is asked: where the fences stand."""

    key = "countersign_begin"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        self.login.state[FENCES] = fences_of(self.login)
        return None, True


class EndStage(LoginStage):  # type: ignore[misc]  # as above
    """After everything was shown: whoever began before a flip begins again."""

    key = "countersign_end"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if self.login.state.get(FENCES) == fences_of(self.login):
            return None, True
        clear_login(self.request)
        messages.error(self.request, "Something changed while you signed in. Please begin again.")
        return redirect("account_login"), False
