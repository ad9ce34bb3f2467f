"""Changes as JSON Merge Patch (RFC 7396): null removes, arrays are replaced whole."""

from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.request import Request

from apps.core.errors import FieldError, ValidationFailedError
from apps.gateway.errors import ClaimNotPermittedError, UnknownFieldError
from apps.gateway.rest.bodies import (
    UNKNOWN,
    StrictSerializer,
    below,
    body_of,
    faults_of,
    read_shape,
)

Shape = serializers.Serializer[Any]
SeveralShapes = serializers.ListSerializer
NOTHING_HIDDEN: dict[str, str] = {}


def merge_patch(target: Any, patch: Any) -> Any:  # noqa: ANN401 -- any JSON value
    """The target as the patch leaves it (RFC 7396 section 2); neither is changed."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def read_patch(
    request: Request, shape: type[StrictSerializer], *, hidden: Mapping[str, str] = NOTHING_HIDDEN
) -> dict[str, Any]:
    """What the patch says of each field it names, by the shape; what it removes is empty: None, "",
    [] or the field's default. Objects inside hold what they name only.

    ``hidden`` maps fields to the claim group that keeps them from the caller, whether the shape has
    them or not. Raises
    UnknownFieldError, ClaimNotPermittedError, ValidationFailedError and MalformedRequestError.
    """
    patch, fields = body_of(request), shape()
    _refuse_unknown(fields, {name: patch[name] for name in patch if name not in hidden})
    groups = sorted({hidden[name] for name in patch if name in hidden})
    if groups:
        raise ClaimNotPermittedError(
            "The patch names fields that are not yours to change.", extra={"claim_groups": groups}
        )
    faults: list[FieldError] = []
    said = _values(fields, patch, "", faults)
    if faults:
        raise ValidationFailedError("See errors for what to mend.", errors=faults)
    return said


def read_merged(
    request: Request, shape: type[StrictSerializer], current: Mapping[str, Any]
) -> dict[str, Any]:
    """The whole resource as the patch leaves it, by the shape. ``current`` is how it is shown now;
    what the shape does not take is left out of it. Raises as read_body does.
    """
    patch, fields = body_of(request), shape()
    _refuse_unknown(fields, patch)
    return read_shape(shape, merge_patch(_writable(fields, current), patch))


def _refuse_unknown(fields: Shape, patch: Mapping[str, Any]) -> None:
    """Also for what is to be removed, which leaves no trace in what was merged."""
    unknown = [
        FieldError(pointer, UNKNOWN, "There is no such field.")
        for pointer in _unknown(fields, patch, "")
    ]
    if unknown:
        raise UnknownFieldError("See errors for what to leave out.", errors=unknown)


def _unknown(fields: Shape, patch: Mapping[str, Any], pointer: str) -> Iterator[str]:
    for name, value in patch.items():
        field = fields.fields.get(name)
        if field is None or field.read_only:
            yield below(pointer, name)
        elif isinstance(field, serializers.Serializer) and isinstance(value, Mapping):
            yield from _unknown(field, value, below(pointer, name))


def _values(
    fields: Shape, patch: Mapping[str, Any], pointer: str, faults: list[FieldError]
) -> dict[str, Any]:
    said = {}
    for name, value in patch.items():
        field, place = fields.fields[name], below(pointer, name)
        if isinstance(field, serializers.Serializer) and isinstance(value, Mapping):
            said[name] = _values(field, value, place, faults)
            continue
        try:
            said[name] = _emptied(field) if value is None else field.run_validation(value)
        except serializers.ValidationError as error:
            faults += faults_of(error.detail, place)
    return said


def _emptied(field: serializers.Field[Any, Any, Any, Any]) -> Any:  # noqa: ANN401 -- the field decides
    """Raises ValidationError for a field that must have a value."""
    if field.allow_null:
        return None
    if getattr(field, "allow_blank", False):
        return ""
    if getattr(field, "allow_empty", False) and not field.required:
        return []
    if field.default is not empty:
        return field.get_default()
    raise serializers.ValidationError("This field cannot be removed.", code="required")


def _writable(fields: Shape, shown: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a body that the shape takes."""
    return {
        name: _part(fields.fields[name], value)
        for name, value in shown.items()
        if name in fields.fields and not fields.fields[name].read_only
    }


def _part(field: object, shown: Any) -> Any:  # noqa: ANN401 -- any JSON value
    if isinstance(field, SeveralShapes) and isinstance(shown, list):
        return [_part(field.child, item) for item in shown]
    if isinstance(field, serializers.Serializer) and isinstance(shown, Mapping):
        return _writable(field, shown)
    return shown
