"""Tells Django about the oauth app."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_migrate, pre_delete


def make_first_keys(**_: object) -> None:
    """A server without keys can issue nothing, so the first ones come with the tables."""
    from django.utils import timezone  # noqa: PLC0415 -- models and clock exist only once Django is ready

    from apps.core.keys import create_active_key  # noqa: PLC0415 -- as above
    from apps.oauth.keys import KEY_ALGORITHMS  # noqa: PLC0415 -- as above
    from apps.oauth.models import SigningKey  # noqa: PLC0415 -- as above

    for algorithm in KEY_ALGORITHMS:
        create_active_key(SigningKey, timezone.now(), algorithm)


class OauthConfig(AppConfig):
    name = "apps.oauth"
    label = "oauth"

    def ready(self) -> None:
        from allauth.account.signals import (  # noqa: PLC0415 -- as above
            authentication_step_completed,
        )
        from corsheaders.signals import check_request_enabled  # noqa: PLC0415 -- as above

        from apps.oauth.middleware import (  # noqa: PLC0415 -- as above
            end_on_sign_out,
            end_with_listing,
            page_may_read,
            renew_on_proof,
        )

        post_migrate.connect(make_first_keys, sender=self)
        user_logged_out.connect(end_on_sign_out)
        authentication_step_completed.connect(renew_on_proof)
        pre_delete.connect(end_with_listing, sender="usersessions.UserSession")
        check_request_enabled.connect(page_may_read)
