"""The command that loads exchange rates from a file."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.audit.models import Event
from apps.projects.models import ExchangeRate

pytestmark = pytest.mark.django_db
ECB = "date,currency,rate\n2026-03-02,USD,1.0842\n2026-03-02,SEK,11.2\n"


def load(file: Path, text: str | bytes | None = ECB, **options: str) -> dict[str, Any]:
    """What the command prints with `--json`."""
    if text is not None:
        file.write_bytes(text.encode() if isinstance(text, str) else text)
    out = io.StringIO()
    given = {"base": "EUR", "source": "ECB", **options}
    call_command("load_exchange_rates", str(file), as_json=True, stdout=out, **given)
    return dict(json.loads(out.getvalue()))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rates.csv"


def test_command_loads_a_file_and_the_same_again_changes_nothing(file: Path) -> None:
    assert load(file) == {"added": 2, "known": 0}
    assert load(file) == {"added": 0, "known": 2}

    assert ExchangeRate.objects.filter(currency="EUR", source="ECB").count() == 2
    event = Event.objects.get(action="exchange_rate.added")
    assert event.actor_id == "system:load_exchange_rates"


def test_command_reads_what_a_spreadsheet_writes(file: Path) -> None:
    assert load(file, b"\xef\xbb\xbf" + ECB.replace("\n", "\r\n").encode())["added"] == 2


@pytest.mark.parametrize(
    ("text", "code"),
    (
        pytest.param(None, 2, id="no file"),
        pytest.param(b"\xff\xfe", 2, id="no text"),
        pytest.param("2026-03-02,USD", 1, id="no rate"),
        pytest.param("", 1, id="empty"),
    ),
)
def test_command_refuses_what_it_cannot_read(
    file: Path, text: str | bytes | None, code: int
) -> None:
    with pytest.raises(CommandError) as refused:
        load(file, text)

    assert (refused.value.returncode, ExchangeRate.objects.count()) == (code, 0)
