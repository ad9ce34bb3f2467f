"""Scheduled jobs in the admin, and running one now."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from apps.audit.models import Event
from apps.ops.models import JobHeartbeat, JobRun
from apps.ops.services import announce_jobs
from config.celery import SCHEDULE, app
from tests.factories.world import person

pytestmark = pytest.mark.django_db

JOBS = "admin:ops_jobheartbeat_changelist"
RUNS = "admin:ops_jobrun_changelist"


def staff(*permissions: str) -> Client:
    user = person("staff@buyer.example", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def administrator() -> Client:
    announce_jobs(names=[*SCHEDULE, "retired_job"], at=datetime.now(tz=UTC))
    return staff("view_jobheartbeat", "view_jobrun", "run_job")


def run_now(browser: Client, *jobs: str) -> Any:
    data = {"action": "run_now", "_selected_action": jobs}
    return browser.post(reverse(JOBS), data)


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_jobs_are_listed_with_their_period_and_whether_they_are_on_time(
    administrator: Client,
) -> None:
    long_ago = datetime.now(tz=UTC) - timedelta(hours=1)
    JobHeartbeat.objects.filter(job="seal_audit").update(at=long_ago)

    page = administrator.get(reverse(JOBS)).content.decode()

    assert page.count("icon-no.svg") == 1
    assert page.count("icon-yes.svg") == len(SCHEDULE) - 1
    assert page.count("icon-unknown.svg") == 1
    assert "300 s" in page
    assert "no longer scheduled" in page


def test_runs_are_listed_and_shown_with_rows_and_error(administrator: Client) -> None:
    at = datetime.now(tz=UTC)
    run = JobRun.objects.create(
        job="seal_audit",
        started_at=at,
        ended_at=at + timedelta(seconds=1.5),
        counts={"sealed": 3, "checkpoints": 0},
        error="LookupError: gone",
    )

    listed = administrator.get(reverse(RUNS)).content.decode()
    page = administrator.get(reverse("admin:ops_jobrun_change", args=[run.pk])).content.decode()

    assert "sealed 3<" in listed
    assert "1.50" in listed
    assert "icon-no.svg" in listed
    assert "LookupError: gone" in page


def test_running_a_job_wakes_the_worker_and_is_an_event(administrator: Client) -> None:
    with app.connection_for_read() as broker:
        queue = broker.SimpleQueue(app.conf.task_default_queue)
        queue.clear()
        answer = run_now(administrator, "seal_audit", "retired_job")
        message = queue.get(timeout=10)
        message.ack()

    assert said(answer) == ["seal_audit was asked to run."]
    assert message.headers["task"] == "ops.seal_audit"
    event = Event.objects.get(action="job.requested")
    assert (event.subject_id, event.actor_kind) == ("seal_audit", "staff")
    assert event.session_id is not None


def test_without_a_broker_the_page_says_so(
    administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(app, "_pool", None)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)

    answer = run_now(administrator, "seal_audit")

    assert said(answer) == ["seal_audit was not started: the message broker does not answer."]


def test_running_a_job_needs_its_own_permission() -> None:
    announce_jobs(names=SCHEDULE, at=datetime.now(tz=UTC))

    answer = run_now(staff("view_jobheartbeat"), "seal_audit")

    assert not Event.objects.filter(action="job.requested").exists()
    assert "was asked to run" not in "".join(said(answer))


@pytest.mark.parametrize("name", ("jobrun", "jobheartbeat"))
def test_the_history_is_never_edited(administrator: Client, name: str) -> None:
    assert administrator.get(reverse(f"admin:ops_{name}_add")).status_code == 403
