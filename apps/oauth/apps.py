"""Tells Django about the oauth app."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_migrate


def make_first_key(**_: object) -> None:
    """A server without a key can issue nothing, so the first one comes with the tables."""
    from django.utils import timezone  # noqa: PLC0415 -- models and clock exist only once Django is ready

    from apps.core.keys import create_active_key  # noqa: PLC0415 -- as above
    from apps.oauth.models import SigningKey  # noqa: PLC0415 -- as above

    create_active_key(model=SigningKey, at=timezone.now())


class OauthConfig(AppConfig):
    name = "apps.oauth"
    label = "oauth"

    def ready(self) -> None:
        from apps.oauth.middleware import end_on_sign_out  # noqa: PLC0415 -- as above

        post_migrate.connect(make_first_key, sender=self)
        user_logged_out.connect(end_on_sign_out)
