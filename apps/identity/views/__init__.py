"""Signing in and what belongs to it: django-allauth does it, this says what is allowed."""

from apps.identity.views.account import account
from apps.identity.views.adapter import AccountAdapter
from apps.identity.views.addresses import PasswordChangeView, SecondFactorsView
from apps.identity.views.factors import MFAAdapter
from apps.identity.views.passwords import PasswordResetView, too_many
from apps.identity.views.proving import PasswordSetView

__all__ = [
    "AccountAdapter",
    "MFAAdapter",
    "PasswordChangeView",
    "PasswordResetView",
    "PasswordSetView",
    "SecondFactorsView",
    "account",
    "too_many",
]
