"""Tells Django about the identity app."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "apps.identity"
    label = "identity"

    def ready(self) -> None:
        from allauth.account.signals import password_reset  # noqa: PLC0415 -- as below
        from allauth.mfa import signals  # noqa: PLC0415 -- models exist only once Django is ready
        from django.contrib.auth.signals import user_logged_in  # noqa: PLC0415 -- as above

        from apps.identity import middleware  # noqa: PLC0415 -- as above

        user_logged_in.connect(middleware.begin_sign_in)
        password_reset.connect(middleware.note_reset)
        signals.authentication_failed.connect(middleware.note_failure)
        signals.authenticator_added.connect(middleware.note_added)
        signals.authenticator_reset.connect(middleware.note_added)
        signals.authenticator_removed.connect(middleware.note_removed)
