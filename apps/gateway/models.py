"""What the edge remembers: answers to requests that may be sent again."""

from django.db import models


class IdempotencyRecord(models.Model):
    """The answer to the first request with a key (reference 4c). ``key_hash`` covers caller,
    method, route and key; ``fingerprint`` covers what was asked.
    """

    key_hash = models.CharField(max_length=64, unique=True)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    resource_id = models.CharField(max_length=64, blank=True)
    problem = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key_hash[:12]} {self.status}"
