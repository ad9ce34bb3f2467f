"""The history of scheduled jobs."""

from django.db import models


class JobRun(models.Model):
    """A run that did work or failed (spec 6)."""

    job = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["job", "-started_at"], name="ops_jobrun_latest")]

    def __str__(self) -> str:
        return f"{self.job} {self.started_at:%Y-%m-%d %H:%M:%S}"


class JobHeartbeat(models.Model):
    """When each job last ran to its end, whether it had work or not."""

    job = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.job} {self.at:%Y-%m-%d %H:%M:%S}"
