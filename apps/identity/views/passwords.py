"""Asking for a new password, and the page for whoever asks too often."""

from allauth.account import views as allauth_views
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from apps.identity.forms import attempt_in, too_many_tries
from apps.identity.services.attempts import may_mail, take_reset

# The windows of allauth's own limits, which count for a signed-in person alone, are a minute.
ALLAUTH_WINDOW = 60


def too_many(request: HttpRequest) -> HttpResponse:
    """The project's handler429, which allauth calls for the limits that are its own."""
    return too_many_tries(request, ALLAUTH_WINDOW)


class PasswordResetView(allauth_views.PasswordResetView):  # type: ignore[misc]  # allauth has no types
    """One answer and one mail for every address; nobody's mailbox is filled, nobody is kept from
    asking by somebody elsewhere.
    """

    def form_valid(self, form: object) -> HttpResponse:
        email: str = form.cleaned_data["email"]  # type: ignore[attr-defined]  # as above
        attempt = attempt_in(self.request, email)
        if wait := take_reset(attempt):
            return too_many_tries(self.request, wait)
        if not may_mail(attempt):
            return HttpResponseRedirect(self.get_success_url())
        response: HttpResponse = super().form_valid(form)
        return response
