"""Dates are written to people in one form, whoever writes them."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template

from apps.identity.admin.cells import day, when

ROOT = Path(settings.BASE_DIR)
MOMENT = datetime(2026, 11, 2, 14, 5, tzinfo=UTC)
# For machines; the hour alone; and to the second.
BY_HAND = {"c", "H:i", "j M Y, H:i:s"}
NAMED = {"DATETIME_FORMAT"}


@pytest.mark.parametrize(
    ("said", "written"),
    (
        ("{{ at }}", "2 Nov 2026, 14:05"),
        ("{{ at|date }}", "2 Nov 2026"),
        ("{{ at|date:'DATETIME_FORMAT' }}", "2 Nov 2026, 14:05"),
        ("{{ at|time }}", "14:05"),
        ("{{ on }}", "2 Nov 2026"),
    ),
)
def test_template_writes_dates_in_one_form(said: str, written: str) -> None:
    context = Context({"at": MOMENT, "on": date(2026, 11, 2)})

    assert Template(said).render(context) == written


def test_cells_write_dates_in_the_same_form() -> None:
    assert ">2 Nov 2026, 14:05 UTC<" in when(MOMENT)
    assert ">2 Nov 2026<" in day(MOMENT)


def test_no_template_has_a_form_of_its_own() -> None:
    found = set()
    for path in (ROOT / "templates").rglob("*.*"):
        found |= set(re.findall(r"\|(?:date|time):[\"']([^\"']+)", path.read_text()))

    assert found - NAMED - BY_HAND == set()


def test_no_code_writes_a_month_in_another_form() -> None:
    """By `strftime`: the month is short everywhere, and a day has no zero before it."""
    odd = {
        path.name: found
        for path in (ROOT / "apps").rglob("*.py")
        if (found := re.findall(r"%B|%d %b|%b %", path.read_text().replace("%-d %b %Y", "")))
    }

    assert odd == {}
