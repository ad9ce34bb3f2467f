"""Rows added and changed once they were checked, and the reason that acts ask for."""

from collections.abc import Callable, Mapping, Sequence

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model

from apps.core.errors import FieldError, ValidationFailedError


def insert(row: Model, *, faults: Sequence[FieldError] = ()) -> None:
    """Save a new row. Raises ValidationFailedError with ``faults`` and those of the model.

    Two writers may want the same unique value: the database decides, and the one that lost is
    told what it would have been told a moment later.
    """
    _write(row, "added", faults, lambda: row.save(force_insert=True))


def update(row: Model, *, changed: Mapping[str, object], faults: Sequence[FieldError] = ()) -> None:
    """Save the columns ``changed`` names, which the row has already. Raises what insert raises."""
    _write(row, "changed", faults, lambda: row.save(update_fields=list(changed)))


def _write(row: Model, done: str, faults: Sequence[FieldError], save: Callable[[], None]) -> None:
    _check(row, done, faults)
    try:
        with transaction.atomic():
            save()
    except IntegrityError:
        _check(row, done, faults)
        raise


def _check(row: Model, done: str, faults: Sequence[FieldError]) -> None:
    """Of what two find fault with, ``faults`` have the better words."""
    found, named = list(faults), {fault.pointer for fault in faults}
    try:
        row.full_clean()
    except ValidationError as error:
        found += [
            FieldError(pointer, "invalid", message)
            for name, messages in error.message_dict.items()
            for pointer in ["" if name == NON_FIELD_ERRORS else f"/{name}"]
            for message in messages
            if pointer not in named and (pointer or not named)
        ]
    if found:
        name = row._meta.verbose_name  # noqa: SLF001 -- Django's documented name
        raise ValidationFailedError(f"This {name} cannot be {done} so.", errors=found)


def require_reason(reason: str) -> str:
    """Who takes access away says why. Raises ValidationFailedError."""
    if not reason.strip():
        fault = FieldError("/reason", "required", "Say why: it stays in the trail.")
        raise ValidationFailedError("A reason is needed.", errors=[fault])
    return reason.strip()
