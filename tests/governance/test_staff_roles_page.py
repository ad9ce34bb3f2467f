"""docs/staff-roles.md says of each act in the admin whose it is, and says it right."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.contrib import admin

from apps.governance.policy import STAFF_PERMISSIONS
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.records import RecordAdmin
from apps.identity.models import StaffRole

PAGE = Path(__file__).parents[2] / "docs" / "staff-roles.md"
HEADER = f"| Page | Act | {' | '.join(str(role.label).lower() for role in StaffRole)} |"


def may(role: StaffRole) -> Callable[[str], bool]:
    return lambda permission: permission in STAFF_PERMISSIONS[role]


def row(name: str, act: str, is_for: Callable[[StaffRole], bool]) -> str:
    return f"| {name} | {act} | {' | '.join('yes' if is_for(role) else '' for role in StaffRole)} |"


def rows_of(name: str, page: Any) -> Iterator[str]:
    """One for each act of a page, and for adding where that is possible."""
    if isinstance(page, AddableAdmin):
        yield row(
            name,
            page.add_title,
            lambda role: page.has_add_permission(
                SimpleNamespace(user=SimpleNamespace(has_perm=may(role)))
            ),  # type: ignore[arg-type]  # all it asks of a request
        )
    for act in page.acts:
        yield row(name, act.label, lambda role, of=act.permission: may(role)(of))


def table() -> list[str]:
    """Of every page that the admin site has."""
    pages = {
        str(model._meta.verbose_name): page  # noqa: SLF001 -- Django's documented name
        for model, page in admin.site._registry.items()  # noqa: SLF001 -- there is no other list of them
        if isinstance(page, RecordAdmin)
    }
    return sorted(line for name, page in pages.items() for line in rows_of(name, page))


def test_page_on_staff_roles_has_a_true_row_for_each_act() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]

    assert lines == [HEADER, *table()]
