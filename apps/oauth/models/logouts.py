"""What applications are still to be told of who signed out."""

from django.db import models

from apps.oauth.models.clients import Client
from apps.oauth.models.sessions import TokenSession


class LogoutNotice(models.Model):
    """A logout token to be sent (OpenID Connect Back-Channel Logout 1.0): this table is the queue
    of record. One per session, ever; it is signed anew for every attempt.

    ``due_at`` is when the next attempt may begin, also while one is under way: a worker that dies
    at it is followed by another.
    """

    session = models.OneToOneField(
        TokenSession, on_delete=models.PROTECT, related_name="logout_notice"
    )
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(finished_at__isnull=True),
                name="oauth_logoutnotice_due",
            ),
            models.Index(fields=["created_at"], name="oauth_logoutnotice_created"),
        ]

    def __str__(self) -> str:
        return f"logout notice {self.pk}"
