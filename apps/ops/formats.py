"""The Prometheus text form of what is measured."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from apps.ops.selectors import Measurements


def prometheus_text(measured: Measurements, *, at: datetime) -> bytes:
    registry = CollectorRegistry()

    def gauge(name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"countersign_{name}", text, labels, registry=registry)

    gauge("unsealed_events", "Events that wait for the sealer").set(measured.unsealed_events)
    gauge("live_sessions", "Token sessions somebody could act by").set(measured.live_sessions)
    gauge("late_jobs", "Scheduled jobs that are late").set(
        sum(job.is_late for job in measured.jobs)
    )
    ages = gauge("job_heartbeat_age_seconds", "Seconds since each job last ran", "job")
    for job in measured.jobs:
        if job.heartbeat:
            ages.labels(job.name).set((at - job.heartbeat).total_seconds())
    return generate_latest(registry)
