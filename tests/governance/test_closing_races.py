"""Closing against what is issued at that very moment, in threads on real PostgreSQL."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from apps.audit.models import Event
from apps.governance.models import ProjectClosing
from apps.governance.services import closing_rows
from apps.governance.services.closing_rows import finish_project_closings
from apps.governance.services.due_projects import close_due_projects
from apps.oauth.models import TokenSession
from apps.oauth.selectors import live_sessions
from apps.oauth.services import end_dead_sessions
from apps.projects.models import Project
from tests.conformance.compliance import conforms
from tests.factories.closing import close, reopen
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.oauth import (
    access_token,
    basic,
    code_for,
    machine,
    pkce,
    post_form,
    redeem,
    web_app,
)
from tests.factories.procurement import session_of
from tests.factories.threads import at_once
from tests.factories.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parent.parent.parent
READ = ["purchase_orders:read"]


@pytest.fixture
def world(transactional_db: None) -> World:  # noqa: ARG001 -- asks for committed rows
    return make_world()


def now() -> datetime:
    return datetime.now(tz=UTC)


@conforms("House", "races", "Issuance that races the closing of a project leaves nothing alive.")
def test_issuance_racing_the_flip_leaves_nothing_alive_even_after_reopening(world: World) -> None:
    new = machine(partner=world.acme, scopes=READ)

    def ask() -> int:
        form = {"grant_type": "client_credentials"}
        answer = post_form("/oauth/token", form, authorization=basic(new.client, new.secret))
        return int(answer.status_code)

    def end() -> int:
        close(world.office)
        return 200

    for _ in range(20):
        statuses = at_once(ask, ask, end, ask)
        closed = live_sessions(at=now()).count()
        reopen(world.office)

        assert set(statuses) <= {200, 400}
        assert (closed, live_sessions(at=now()).count()) == (0, 0)
    end_dead_sessions(at=now(), limit=1000)
    assert TokenSession.objects.filter(ended_at__isnull=True).count() == 0


def test_code_redeemed_while_it_closes_leaves_nothing_alive(world: World) -> None:
    new = web_app(partner=world.acme, scopes=[*READ, "offline_access"])
    for _ in range(5):
        proof = pkce()
        code = code_for(world.bo, new, proof, prompt="consent")

        statuses = at_once(
            lambda code=code, proof=proof: redeem(new, code, proof).status_code,
            lambda: close(world.office).pk and 200,
        )
        closed = live_sessions(at=now()).count()
        reopen(world.office)

        assert set(statuses) <= {200, 400}
        assert (closed, live_sessions(at=now()).count()) == (0, 0)


def test_two_who_close_at_once_make_one_closing(world: World) -> None:
    evidence = at_once(*[lambda: close(world.office).pk] * 4)

    assert len(set(evidence)) == 1
    assert Event.objects.filter(action="project.closed").count() == 1


@pytest.mark.parametrize("job", (finish_project_closings, close_due_projects))
def test_job_that_runs_twice_at_once_does_it_once(
    world: World, job: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing_rows, "BATCH", 3)
    for _ in range(10):
        session_of(world.acme, world.office)
    TokenSession.objects.update(project_bound=True)
    if job is finish_project_closings:
        close(world.office, most_rows=0)
    else:
        Project.objects.update(access_until=now() - timedelta(seconds=1))

    at_once(*[lambda: job(at=now())] * 3)
    finish_project_closings(at=now())

    closing = ProjectClosing.objects.get()
    ends = Event.objects.filter(action="project.access_ended")
    assert (closing.sessions_ended, ends.count()) == (10, 1)
    assert Event.objects.filter(action="token_session.ended").count() == 10


@pytest.mark.slow
def test_command_in_another_process_ends_what_this_one_let_in(world: World) -> None:
    caller = Caller(access_token(machine(partner=world.acme, scopes=READ)))
    before = caller.get(ORDERS).status_code
    database = urlsplit(os.environ["DATABASE_URL"])
    here = database._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    command = ["manage.py", "close_project", "OFFICE", "--reason", "Another process", "--json"]

    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": here},
        capture_output=True,
        text=True,
        check=True,
    )

    assert (before, problem(caller.get(ORDERS))) == (200, (401, "token-revoked"))
    assert json.loads(done.stdout)["sessions_ended"] == 1
