"""How people sign in: django-allauth does it, this says what is allowed."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] -- allauth has no types
    """Nobody signs up: staff and partner people are added by somebody who may."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 -- allauth's signature
        return False
