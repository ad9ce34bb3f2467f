"""The API's own description: OpenAPI 3.1 with scopes, conditions and every problem code."""

from collections import defaultdict
from collections.abc import Mapping
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
Query = Mapping[str, tuple[str, Schema]]
BY_METHOD: dict[str, tuple[str, ...]] = {}
OAUTH, BEARER, DPOP, API_KEY = "oauth2", "bearer", "dpop", "apiKey"
DPOP_SAID = (
    "A token that is bound to a key: `Authorization: DPoP <token>`, and a proof for each request "
    "in the header `DPoP` (RFC 9449). Restricted scopes are granted to such tokens only."
)
KEY_SAID = (
    "A legacy API key: `Authorization: ApiKey <key>`. Deprecated; an operator may have switched "
    "keys off, and none carries restricted scopes."
)
ALWAYS = (
    "malformed-request",
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
    "temporary-reduced-capacity",
    "temporarily-unavailable",
)
PAGED = ("cursor-invalid",)
ONE = ("project-closed", "not-found")
BODY = (
    "unknown-field",
    "content-too-large",
    "unsupported-media-type",
    "validation-error",
)
REPEATABLE = ("idempotency-key-missing", "idempotency-in-progress", "idempotency-key-reused")
IDEMPOTENCY_KEY = ("Idempotency-Key", "Your own key for this request; kept for 7 days.")
IF_MATCH = ("If-Match", "The ETag the resource was last read with.")
IF_NONE_MATCH = ("If-None-Match", "ETags you have; the answer is 304 when the resource's is one.")
CONDITIONAL = ("precondition-required", "revision-stale")
JSON, MERGE_PATCH = "application/json", "application/merge-patch+json"
LAST_PAGE = {"next": None, "prev": None, "has_more": False}


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
    """Access tokens, as the flows they come from and as the headers they travel in; and keys."""

    target_class = BaseAuthentication
    match_subclasses = True
    name = [OAUTH, BEARER, DPOP, API_KEY]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        """Any of them will do, so they are alternatives."""
        scopes = _scopes(auto_schema)
        either = _declared(auto_schema, "scopes_are_alternatives", False)
        tokens = [{OAUTH: [scope]} for scope in scopes] if either else [{OAUTH: scopes}]
        return [*tokens, {BEARER: []}, {DPOP: []}, {API_KEY: []}]

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
            {"type": "http", "scheme": "DPoP", "description": DPOP_SAID},
            {"type": "apiKey", "in": "header", "name": "Authorization", "description": KEY_SAID},
        ]


def _declared(schema: AutoSchema, name: str, default: Declared) -> Declared:
    """What the view says about itself."""
    value: Declared = getattr(schema.view, name, default)
    return value


def _scopes(schema: AutoSchema) -> list[str]:
    return list(_declared(schema, "required_scopes", BY_METHOD).get(schema.method, ()))


def _query(schema: AutoSchema) -> Query:
    """What the view's query may hold."""
    return _declared(schema, "understood", dict[str, tuple[str, Schema]])()


def _query_parameter(name: str, meaning: str, schema: Schema) -> OpenApiParameter:
    """Lists stand in one parameter, with commas between their values."""
    listed = schema.get("type") == "array"
    return OpenApiParameter(
        name,
        schema,
        OpenApiParameter.QUERY,
        description=meaning,
        style="form" if listed else None,
        explode=False if listed else None,
    )


class ApiSchema(AutoSchema):
    """Adds to DRF's description what our views declare about themselves (rest.views.ApiView)."""

    def get_description(self) -> str:  # type: ignore[override]  # as the library overrides it
        """Views' docstrings are for those who read the code; callers need to know the scope."""
        either = _declared(self, "scopes_are_alternatives", False)
        scopes = ("` or `" if either else " ").join(_scopes(self))
        said = f"Needs the scope `{scopes}`." if scopes else "Any credential that counts will do."
        more = _declared(self, "optional_scopes", BY_METHOD).get(self.method, ())
        return f"{said} Shows more with `{' '.join(more)}`." if more else said

    def get_auth(self) -> list[Schema]:
        """The scheme of the whole API names every scope some operation needs."""
        requirements: list[Schema] = super().get_auth()
        scheme = self.registry[OAUTH, ResolvedComponent.SECURITY_SCHEMA]
        for flow in scheme.schema["flows"].values():
            for name in _scopes(self):
                flow["scopes"][name] = f"Required where it is named: {name}"
        return requirements

    def get_override_parameters(self) -> Parameters:
        headers = self._answer_headers() + self._asked_headers()
        if self.method != "GET":
            return headers
        return headers + [
            _query_parameter(name, meaning, schema)
            for name, (meaning, schema) in _query(self).items()
        ]

    def _resolve_path_parameters(self, variables: list[str]) -> list[Schema]:
        """Names of ids say what they are of."""
        found: list[Schema] = super()._resolve_path_parameters(variables)  # type: ignore[no-untyped-call]  # the library's
        for parameter in found:
            owner, ending, _ = parameter["name"].partition("_id")
            if ending:
                parameter["description"] = f"The `id` of the {owner.replace('_', ' ')}."
        return found

    def _asked_headers(self) -> Parameters:
        asked = (
            (self._repeatable, IDEMPOTENCY_KEY, True),
            (self._conditional, IF_MATCH, True),
            (self._revalidates, IF_NONE_MATCH, False),
        )
        return [
            OpenApiParameter(name, str, OpenApiParameter.HEADER, required=needed, description=said)
            for applies, (name, said), needed in asked
            if applies
        ]

    @property
    def _repeatable(self) -> bool:
        return self.method == "POST" and _declared(self, "repeatable", False)

    @property
    def _conditional(self) -> bool:
        """Changes are; acts say so themselves."""
        changes = self.method in {"PATCH", "DELETE"}
        return changes or (self.method == "POST" and _declared(self, "conditional", False))

    @property
    def _revalidates(self) -> bool:
        said: bool | None = _declared(self, "revalidated", None)
        fieldset: object = _declared(self, "fieldset", None)
        known = fieldset is not None if said is None else said
        return self.method == "GET" and known

    def _answer_headers(self) -> Parameters:
        """Of all, of single resources, and of requests that may be sent again."""
        names = [("Api-Version", "The major version of this API.")]
        read = self.method == "GET" and "{" in self.path and "cursor" not in _query(self)
        if read or self.method in {"POST", "PATCH"}:
            names.append(("ETag", "The revision, for If-Match."))
        if self._repeatable:
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
        if self._revalidates:
            responses["304"] = {"description": "Not changed since the revision you have."}
        return responses

    def _get_examples(
        self,
        serializer: Any,  # noqa: ANN401 -- the library's signature
        direction: Any,  # noqa: ANN401 -- the library's literal type
        media_type: str,
        *args: Any,  # noqa: ANN401 -- as above
    ) -> Schema:
        """A merge patch has the examples of its JSON, a list those of its items. An answer with
        some of its own, which come last, has no others.
        """
        known = JSON if media_type == MERGE_PATCH else media_type
        found: Schema = super()._get_examples(serializer, direction, known, *args)  # type: ignore[no-untyped-call]  # the library's
        if own := len(args[1] or ()) if len(args) > 1 else 0:
            return dict([*found.items()][-own:])
        shape = serializer() if isinstance(serializer, type) else serializer
        items = getattr(shape, "fields", {}).get("data")
        if found or not isinstance(items, serializers.ListSerializer):
            return found
        of_one = super()._get_examples(items.child, direction, known, *args)  # type: ignore[no-untyped-call]  # the library's
        return {
            name: {**example, "value": {"data": [example["value"]], "page": LAST_PAGE}}
            for name, example in of_one.items()
        }

    def _codes(self) -> list[str]:
        paged = "cursor" in _query(self)
        writes = self.method in {"POST", "PATCH"}
        parts = (
            (True, ALWAYS),
            (True, _declared(self, "problem_codes", BY_METHOD).get(self.method, ())),
            ("{" in self.path, ONE),
            (paged and self.method == "GET", PAGED),
            (writes, BODY),
            (self._repeatable, REPEATABLE),
            (self._conditional, CONDITIONAL),
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
