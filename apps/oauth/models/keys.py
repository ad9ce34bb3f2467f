"""Keys that sign access tokens."""

from apps.core.models import SigningKeyBase


class SigningKey(SigningKeyBase):
    """Signs tokens; published at /oauth/jwks."""

    class Meta(SigningKeyBase.Meta):
        abstract = False
        verbose_name = "token signing key"
