"""The acts on what can be changed, switched off for now and on again, such as a trusted issuer."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.identity.admin.acts import Act, RecordForm


class Deed(NamedTuple):
    """What an act will do, in words, and doing it."""

    explain: Callable[[HttpRequest, Any], Sequence[object]]
    perform: Callable[[HttpRequest, Any, dict[str, Any]], HttpResponseBase | str]


def switched_acts(
    *, permission: str, form: Callable[..., RecordForm], change: Deed, off: Deed, on: Deed
) -> Sequence[Act[Any]]:
    """For records with `is_active`. What gives access asks who it is again; what takes it away
    does not wait for that.
    """
    return (
        Act(
            name="edit",
            label="Change",
            permission=permission,
            explain=change.explain,
            perform=change.perform,
            form=form,
            step_up=True,
        ),
        Act(
            name="reactivate",
            label="Reactivate",
            permission=permission,
            explain=on.explain,
            perform=on.perform,
            applies=lambda record: not record.is_active,
            step_up=True,
        ),
        Act(
            name="deactivate",
            label="Deactivate",
            permission=permission,
            explain=off.explain,
            perform=off.perform,
            applies=lambda record: bool(record.is_active),
            takes_away=True,
        ),
    )
