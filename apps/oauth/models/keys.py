"""Keys that sign access tokens and ID tokens."""

from datetime import timedelta
from typing import ClassVar

from apps.core.models import SigningKeyBase

# No token lives longer, whatever a client is registered with.
LONGEST_TOKEN = timedelta(hours=24)


class SigningKey(SigningKeyBase):
    """Signs tokens; published at /oauth/jwks until its last token has expired, and a day more."""

    published_for: ClassVar[timedelta | None] = LONGEST_TOKEN + timedelta(hours=24)

    class Meta(SigningKeyBase.Meta):
        abstract = False
        verbose_name = "token signing key"
