"""Health and metrics: what is well, what is not, and who may ask."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from pytest_django import DjangoAssertNumQueries, Settings

from apps.audit.models import AuditKey
from apps.audit.services import ensure_signing_key
from apps.core.keys import create_active_key, forget_keys
from apps.oauth.models import SigningKey
from apps.ops.models import JobHeartbeat
from apps.ops.services import announce_jobs
from config.celery import SCHEDULE
from tests.factories import governance
from tests.factories.audit import events
from tests.factories.oauth import machine

WELL = {name: {"ok": True} for name in ("database", "cache", "migrations", "keys", "worker")}
NOWHERE = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:1/0",
    }
}


@pytest.fixture
def running(db: None) -> datetime:  # noqa: ARG001 -- asks for the database
    """An installation whose worker and scheduler have just run."""
    at = datetime.now(tz=UTC)
    create_active_key(model=SigningKey, at=at)
    ensure_signing_key(at=at)
    announce_jobs(names=SCHEDULE, at=at)
    return at


@pytest.mark.django_db
def test_live_touches_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "live"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.usefixtures("running")
def test_ready_names_every_part(client: Client) -> None:
    answer = client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "parts": WELL, "late_jobs": []}


@pytest.mark.usefixtures("running")
def test_a_late_job_is_named_and_does_not_stop_the_service(client: Client) -> None:
    long_ago = datetime.now(tz=UTC) - timedelta(hours=1)
    JobHeartbeat.objects.filter(job="purge_expired").update(at=long_ago)

    answer = client.get("/health/ready")

    assert (answer.status_code, answer.json()["late_jobs"]) == (200, ["purge_expired"])


def broken(client: Client) -> list[str]:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    return [name for name, part in answer.json()["parts"].items() if not part["ok"]]


def test_a_worker_without_heartbeat_is_not_ready(client: Client, running: datetime) -> None:
    JobHeartbeat.objects.filter(job="seal_audit").update(at=running - timedelta(seconds=61))
    assert broken(client) == ["worker"]

    JobHeartbeat.objects.filter(job="seal_audit").delete()
    assert broken(client) == ["worker"]


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("model", (AuditKey, SigningKey))
def test_a_missing_signing_key_is_not_ready(
    client: Client, model: type[AuditKey | SigningKey]
) -> None:
    model.objects.update(state="retired")
    forget_keys()

    assert broken(client) == ["keys"]


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("algorithm", ("ES256", "RS256", "EdDSA"))
def test_a_missing_key_of_one_algorithm_is_not_ready(client: Client, algorithm: str) -> None:
    SigningKey.objects.filter(algorithm=algorithm).update(state="retired")
    forget_keys()

    assert broken(client) == ["keys"]


@pytest.mark.usefixtures("running")
def test_a_migration_that_is_not_applied_is_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audit' AND name LIKE '0002%'")

    assert broken(client) == ["migrations"]


@pytest.mark.usefixtures("running")
def test_a_migration_of_a_newer_version_does_not_matter(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('ops', '9999', now())"
        )

    assert client.get("/health/ready").status_code == 200


@pytest.mark.usefixtures("running")
def test_a_cache_that_does_not_answer_is_not_ready_and_nothing_leaks(client: Client) -> None:
    with override_settings(CACHES=NOWHERE):
        assert broken(client) == ["cache"]
        assert "127.0.0.1" not in client.get("/health/ready").content.decode()
    cache.get("anything")


@pytest.mark.usefixtures("running")
def test_a_cache_that_forgets_is_not_ready(client: Client, settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

    assert broken(client) == ["cache"]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_is_not_ready(client: Client) -> None:
    connection.close()
    name, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], "no_such_database"
    try:
        found = broken(client)
    finally:
        connection.settings_dict["NAME"] = name
        connection.close()

    assert found == ["database", "migrations", "keys", "worker"]


def test_only_reading_is_allowed(client: Client) -> None:
    answers = [client.post(path) for path in ("/health/live", "/health/ready", "/metrics")]

    assert [answer.status_code for answer in answers] == [405, 405, 405]


def test_metrics_tell_what_an_operator_watches(client: Client, running: datetime) -> None:
    new = machine()
    governance.sessions(2, client=new.client)
    waiting = 3 + events_of_setup()
    events(3)
    JobHeartbeat.objects.filter(job="purge_expired").update(at=running - timedelta(hours=1))

    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    lines = {
        name: float(value)
        for name, value in (
            line.rsplit(" ", 1)
            for line in answer.content.decode().splitlines()
            if not line.startswith("#")
        )
    }
    purge_age = lines.pop('countersign_job_heartbeat_age_seconds{job="purge_expired"}')
    assert 3600 <= purge_age < 3660
    assert lines.pop('countersign_job_heartbeat_age_seconds{job="seal_audit"}') < 60
    assert lines.pop('countersign_job_heartbeat_age_seconds{job="send_logouts"}') < 60
    assert lines.pop('countersign_job_heartbeat_age_seconds{job="end_dead_sessions"}') < 60
    assert lines.pop('countersign_job_heartbeat_age_seconds{job="tell_bank_changes"}') < 60
    assert lines.pop('countersign_job_heartbeat_age_seconds{job="finish_offboardings"}') < 60
    assert lines.pop('countersign_job_heartbeat_age_seconds{job="finish_project_closings"}') < 60
    assert lines.pop('countersign_job_heartbeat_age_seconds{job="close_due_projects"}') < 60
    assert lines.pop('countersign_job_heartbeat_age_seconds{job="tell_project_ends"}') < 60
    assert lines.pop('countersign_job_heartbeat_age_seconds{job="rotate_keys"}') < 60
    assert lines == {
        "countersign_unsealed_events": waiting,
        "countersign_live_sessions": 2,
        "countersign_late_jobs": 1,
    }


def events_of_setup() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_event")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_metrics_of_an_installation_that_never_ran(client: Client) -> None:
    text = client.get("/metrics").content.decode()

    assert "job_heartbeat_age_seconds{" not in text
    assert f"countersign_late_jobs {float(len(SCHEDULE))}" in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("configured", "headers", "address", "status"),
    (
        ("", {}, "127.0.0.1", 200),
        ("", {}, "::1", 200),
        ("", {}, "192.0.2.1", 404),
        ("", {}, "", 404),
        ("", {"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1", 404),
        ("", {"Forwarded": "for=127.0.0.1"}, "127.0.0.1", 404),
        ("", {"Authorization": "Bearer "}, "192.0.2.1", 404),
        ("watch", {}, "192.0.2.1", 404),
        ("watch", {"Authorization": "Bearer watch"}, "192.0.2.1", 200),
        ("watch", {"Authorization": "bearer watch"}, "192.0.2.1", 200),
        ("watch", {"Authorization": "Basic watch"}, "192.0.2.1", 404),
        ("watch", {"Authorization": "Bearer watc"}, "192.0.2.1", 404),
        ("watch", {"Authorization": "Bearer wätch"}, "192.0.2.1", 404),
    ),
)
def test_metrics_are_for_this_machine_or_the_bearer_of_the_token(
    client: Client,
    settings: Settings,
    configured: str,
    headers: dict[str, str],
    address: str,
    status: int,
) -> None:
    settings.METRICS_TOKEN = configured

    answer = client.get("/metrics", headers=headers, REMOTE_ADDR=address)

    assert answer.status_code == status
