"""How the operations on one kind of what hangs on a vendor's record are described."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where it is."
)


def list_of(what: str, plural: str, body: Any, listed: Any, shape: Any) -> Any:  # noqa: ANN401 -- serializer classes; the library's decorator
    """How a list of these is described."""
    article = "an" if what[0] in "aeio" else "a"
    return extend_schema_view(
        get=extend_schema(
            responses=listed,
            operation_id=f"list_vendor_{plural}",
            summary=f"List a vendor's {plural.replace('_', ' ')}",
        ),
        post=extend_schema(
            request=shape,
            responses={201: body},
            parameters=[LOCATION],
            operation_id=f"add_vendor_{what}",
            summary=f"Add {article} {what.replace('_', ' ')} to a vendor",
        ),
    )


def one_of(what: str, body: Any, shape: Any) -> Any:  # noqa: ANN401 -- as above
    """How one of these is described."""
    words = what.replace("_", " ")
    return extend_schema_view(
        get=extend_schema(
            responses=body, operation_id=f"get_vendor_{what}", summary=f"Read a vendor's {words}"
        ),
        patch=extend_schema(
            request=shape,
            responses=body,
            operation_id=f"change_vendor_{what}",
            summary=f"Change a vendor's {words}",
        ),
        delete=extend_schema(
            responses={204: None},
            operation_id=f"remove_vendor_{what}",
            summary=f"Remove a vendor's {words}",
        ),
    )
