"""The history of scheduled jobs."""

from django.db import models


class JobRun(models.Model):
    """A run that did work or failed (spec 6)."""

    job = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(db_index=True)
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["job", "-started_at"], name="ops_jobrun_latest")]

    def __str__(self) -> str:
        return f"{self.job} {self.started_at:%Y-%m-%d %H:%M:%S}"


class JobHeartbeat(models.Model):
    """When each job last ran, whether it had work or not; until its first run, when the scheduler
    first knew of it.
    """

    job = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "scheduled job"
        ordering = ["job"]
        permissions = [("run_job", "Can run a job now")]

    def __str__(self) -> str:
        return self.job
