"""Requests give up on the database after a while; jobs and commands do not."""

import os
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from config.postgresql.waiting import wait_no_longer

ASK = "from django.db import connection as c; k = c.cursor(); k.execute('SHOW {}'); "
SHOW = ASK.format("lock_timeout") + "print(*k.fetchone()); "
SHOW += "k.execute('SHOW statement_timeout'); print(*k.fetchone())"


def shown_after(code: str, **environ: str) -> list[str]:
    """Both limits in a process that began so."""
    url = urlsplit(os.environ["DATABASE_URL"])
    same = url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; {SHOW}"],
        env={**os.environ, "DATABASE_URL": same, **environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.split()


@pytest.mark.django_db
def test_web_process_waits_so_long() -> None:
    assert shown_after("import config.wsgi") == ["5s", "30s"]


@pytest.mark.django_db
def test_web_process_waits_as_long_as_it_is_told() -> None:
    told = {"WEB_LOCK_TIMEOUT_SECONDS": "0", "WEB_STATEMENT_TIMEOUT_SECONDS": "7"}

    assert shown_after("import config.wsgi", **told) == ["0", "7s"]


@pytest.mark.django_db
@pytest.mark.parametrize("begun", ("import config.celery", "import django"))
def test_jobs_and_commands_wait_for_ever(begun: str) -> None:
    assert shown_after(f"{begun}; import django; django.setup()") == ["0", "0"]


def test_nothing_is_sent_to_a_pooler_that_takes_no_options() -> None:
    database: dict[str, Any] = {"OPTIONS": {}}

    wait_no_longer(database, lock=0, statement=0)

    assert database == {"OPTIONS": {}}


def test_options_of_the_databases_url_have_the_last_word() -> None:
    database: dict[str, Any] = {"OPTIONS": {"options": "-c lock_timeout=9s"}}

    wait_no_longer(database, lock=5, statement=30)

    said = "-c lock_timeout=5s -c statement_timeout=30s -c lock_timeout=9s"
    assert database == {"OPTIONS": {"options": said}}
