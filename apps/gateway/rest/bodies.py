"""Bodies against their serializers: unknown fields are 400, unacceptable values 422, and each
fault names its place with a JSON pointer (RFC 6901).
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeVar

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request

from apps.core.errors import FieldError, ValidationFailedError
from apps.gateway.errors import MalformedRequestError, UnknownFieldError

UNKNOWN = "unknown-field"
MOST_PARTS = 5000
Shape = TypeVar("Shape", bound="StrictSerializer")


class StrictSerializer(serializers.Serializer[Any]):
    """Fields that are not named here are refused."""

    closed = True  # Says so in the API's description.
    most_parts: ClassVar[int] = MOST_PARTS

    def to_internal_value(self, data: Any) -> Any:  # noqa: ANN401 -- whatever the body holds
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            unknown = ErrorDetail("There is no such field.", code=UNKNOWN)
            errors = {name: [unknown] for name in data if name not in known}
            if errors:
                raise serializers.ValidationError(errors)
        return super().to_internal_value(data)


def many_of(shape: type[StrictSerializer], **options: Any) -> serializers.BaseSerializer[Any]:  # noqa: ANN401 -- DRF's options
    """A list of the shape; ``options`` are the list's, such as max_length."""
    return shape(many=True, **options)


def body_of(request: Request) -> dict[str, Any]:
    """The body's object; none at all counts as an empty one. Raises MalformedRequestError."""
    if not isinstance(request.data, dict):
        raise MalformedRequestError("The body must be a JSON object.")
    return request.data


def read_body(request: Request, shape: type[StrictSerializer]) -> dict[str, Any]:
    """What the body says, by the shape. Raises UnknownFieldError, ValidationFailedError and
    MalformedRequestError.
    """
    return read_shape(shape, body_of(request))


def read_shape(shape: type[StrictSerializer], said: Mapping[str, Any]) -> dict[str, Any]:
    """Raises UnknownFieldError and ValidationFailedError."""
    if parts_in(said) > shape.most_parts:
        detail = f"All lists together have at most {shape.most_parts} items."
        fault = FieldError("", "too-many-parts", detail)
        raise ValidationFailedError("The body has too many parts.", errors=[fault])
    serializer = shape(data=said)
    if serializer.is_valid():
        return dict(serializer.validated_data)
    faults = list(faults_of(serializer.errors))
    unknown = [fault for fault in faults if fault.code == UNKNOWN]
    if unknown:
        raise UnknownFieldError("See errors for what to leave out.", errors=unknown)
    raise ValidationFailedError("See errors for what to mend.", errors=faults)


def parts_in(said: object) -> int:
    """How many items all lists of a body have, also those in lists: what each costs to look at is
    the same wherever it stands.
    """
    found, waiting = 0, [said]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            found += len(one)
            waiting += one
        elif isinstance(one, Mapping):
            waiting += one.values()
    return found


def faults_of(errors: Any, pointer: str = "") -> Iterator[FieldError]:  # noqa: ANN401 -- DRF nests dicts, by field or by place
    """DRF's errors, each with its place."""
    if isinstance(errors, Mapping):
        for name, inner in errors.items():
            yield from faults_of(inner, below(pointer, name))
    else:
        for fault in errors:
            yield FieldError(pointer, fault.code.replace("_", "-"), str(fault))


def below(pointer: str, name: object) -> str:
    if name == "non_field_errors":
        return pointer
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
