"""The API's own description: OpenAPI 3.1 with scopes, conditions and every problem code."""

from collections import defaultdict
from typing import Any, TypeVar

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication

from apps.gateway.errors import CATALOGUE, PROBLEM_TYPE

Schema = dict[str, Any]
Parameters = list[
    OpenApiParameter | serializers.Serializer[Any] | type[serializers.Serializer[Any]]
]
Declared = TypeVar("Declared")
NOTHING: dict[str, str] = {}
BY_METHOD: dict[str, tuple[str, ...]] = {}
OAUTH, BEARER = "oauth2", "bearer"
ALWAYS = (
    "unknown-filter",
    "token-missing",
    "token-invalid",
    "token-expired",
    "token-revoked",
    "dpop-proof-invalid",
    "dpop-nonce-needed",
    "key-expired",
    "ip-not-allowed",
    "insufficient-scope",
    "user-authentication-insufficient",
    "not-acceptable",
    "quota-exceeded",
)
PAGED = ("malformed-request", "cursor-invalid")
ONE = ("project-closed", "not-found")
BODY = (
    "malformed-request",
    "unknown-field",
    "content-too-large",
    "unsupported-media-type",
    "validation-error",
)
REPEATABLE = ("idempotency-key-missing", "idempotency-in-progress", "idempotency-key-reused")
WRITE_HEADERS = (
    ("repeatable", "Idempotency-Key", "Your own key for this request; kept for 7 days."),
    ("conditional", "If-Match", "The ETag the resource was last read with."),
)
CONDITIONAL = ("precondition-required", "revision-stale")


class FaultShape(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="A JSON pointer into the body (RFC 6901).")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemShape(serializers.Serializer[Any]):
    """A refusal (RFC 9457). Further members are explained on the page `type` leads to."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField()
    errors = FaultShape(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    request_id = serializers.CharField()


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library's
    """Access tokens, as the flows they come from and as the header they travel in."""

    target_class = BaseAuthentication
    match_subclasses = True
    name = [OAUTH, BEARER]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        """Either name will do, so they are alternatives."""
        return [{OAUTH: _scopes(auto_schema)}, {BEARER: []}]

    def get_security_definition(self, _auto_schema: AutoSchema) -> list[Schema]:
        token_url = f"{settings.PUBLIC_URL}/oauth/token"
        flows = {
            "clientCredentials": {"tokenUrl": token_url, "scopes": {}},
            "authorizationCode": {
                "authorizationUrl": f"{settings.PUBLIC_URL}/oauth/authorize",
                "tokenUrl": token_url,
                "scopes": {},
            },
        }
        return [
            {"type": "oauth2", "flows": flows},
            {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        ]


def _declared(schema: AutoSchema, name: str, default: Declared) -> Declared:
    """What the view says about itself."""
    value: Declared = getattr(schema.view, name, default)
    return value


def _scopes(schema: AutoSchema) -> list[str]:
    return list(_declared(schema, "required_scopes", BY_METHOD).get(schema.method, ()))


class ApiSchema(AutoSchema):
    """Adds to DRF's description what our views declare about themselves (rest.views.ApiView)."""

    def get_description(self) -> str:  # type: ignore[override]  # as the library overrides it
        """Views' docstrings are for those who read the code; callers need to know the scope."""
        return f"Needs the scope `{' '.join(_scopes(self))}`."

    def get_auth(self) -> list[Schema]:
        """The scheme of the whole API names every scope some operation needs."""
        requirements: list[Schema] = super().get_auth()
        scheme = self.registry[OAUTH, ResolvedComponent.SECURITY_SCHEMA]
        for flow in scheme.schema["flows"].values():
            for name in _scopes(self):
                flow["scopes"][name] = f"Required where it is named: {name}"
        return requirements

    def get_override_parameters(self) -> Parameters:
        if self.method == "GET":
            queries = _declared(self, "query_parameters", NOTHING)
            return self._answer_headers() + [
                OpenApiParameter(name, str, OpenApiParameter.QUERY, description=said)
                for name, said in queries.items()
            ]
        return self._answer_headers() + [
            OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True, description=said)
            for trait, name, said in WRITE_HEADERS
            if _declared(self, trait, False)
        ]

    def _answer_headers(self) -> Parameters:
        """Of single resources, and of requests that may be sent again."""
        names = []
        if self.method == "POST" or "{" in self.path:
            names.append(("ETag", "The revision, for If-Match."))
        if self.method == "POST" and _declared(self, "repeatable", False):
            names.append(("Idempotency-Replayed", "`true` when the request was answered before."))
        return [
            OpenApiParameter(
                name, str, OpenApiParameter.HEADER, response=[200, 201], description=said
            )
            for name, said in names
        ]

    def _map_serializer(self, serializer: Any, direction: Any, *args: Any) -> Schema:  # noqa: ANN401 -- the library's signature
        schema: Schema = super()._map_serializer(serializer, direction, *args)  # type: ignore[no-untyped-call]  # the library's
        if getattr(serializer, "closed", False):
            schema["additionalProperties"] = False
        return schema

    def _get_response_bodies(self, direction: Any = "response") -> Schema:  # noqa: ANN401 -- the library's literal type
        responses: Schema = super()._get_response_bodies(direction)
        reference = self.resolve_serializer(ProblemShape, direction).ref
        by_status: dict[int, list[str]] = defaultdict(list)
        for code in self._codes():
            by_status[CATALOGUE[code].status].append(code)
        for status, codes in sorted(by_status.items()):
            responses[str(status)] = _problems(codes, reference)
        return responses

    def _codes(self) -> list[str]:
        paged = "cursor" in _declared(self, "query_parameters", NOTHING)
        writes = self.method == "POST"
        parts = (
            (True, ALWAYS),
            (True, _declared(self, "problem_codes", BY_METHOD).get(self.method, ())),
            ("{" in self.path, ONE),
            (paged and not writes, PAGED),
            (writes, BODY),
            (writes and _declared(self, "repeatable", False), REPEATABLE),
            (writes and _declared(self, "conditional", False), CONDITIONAL),
        )
        return list(dict.fromkeys(code for applies, part in parts if applies for code in part))


def _problems(codes: list[str], reference: Schema) -> Schema:
    return {
        "description": " or ".join(CATALOGUE[code].title for code in codes),
        "content": {
            PROBLEM_TYPE: {
                "schema": {"allOf": [reference, {"properties": {"code": {"enum": codes}}}]},
                "examples": {code: {"value": _example(code)} for code in codes},
            }
        },
    }


def _example(code: str) -> Schema:
    kind = CATALOGUE[code]
    return {
        "type": f"{settings.PUBLIC_URL}/problems/{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.explanation,
        "instance": "urn:countersign:request:req-1",
        "code": code,
        "errors": [],
        "request_id": "req-1",
    }
