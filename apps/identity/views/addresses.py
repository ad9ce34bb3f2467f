"""Pages that offer the mail by which somebody proves their address, where they have not yet.

The mail is that of a forgotten password: whoever follows its link chooses the password, so nobody
who knew one before, such as the staff who typed the first, stays in an account that is proven.
"""

from typing import Any

from allauth.account.views import PasswordChangeView as AllauthPasswordChangeView
from allauth.mfa.base.views import IndexView
from django.http import HttpRequest

from apps.identity.selectors import has_unproven_address


class OffersProof:
    """Tells a page of django-allauth's whether the address of whoever is signed in is unproven."""

    request: HttpRequest

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # the page's
        return {**context, "is_unproven": has_unproven_address(self.request.user)}  # type: ignore[arg-type]  # signed in


class PasswordChangeView(OffersProof, AllauthPasswordChangeView):  # type: ignore[misc]  # allauth has no types
    """Choosing the next password, on the page or by the mail."""


class SecondFactorsView(OffersProof, IndexView):  # type: ignore[misc]  # as above
    """The second factors somebody has, and setting up more."""
