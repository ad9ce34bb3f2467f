"""What may be shown once."""

from django.db import models


class ReplayedId(models.Model):
    """An id that may be used once: the `jti` of a client assertion or of a DPoP proof, hashed
    together with whose it is. The primary key decides who was first.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    expires = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires"], name="oauth_replayed_expires")]

    def __str__(self) -> str:
        return self.digest[:12]
