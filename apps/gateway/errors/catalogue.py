"""Every problem code the API answers with, and what a developer should know about it."""

from apps.gateway.errors.access import ACCESS
from apps.gateway.errors.kinds import Kind
from apps.gateway.errors.procurement import PROCUREMENT

_REQUESTS = (
    Kind(
        "malformed-request",
        400,
        "The request cannot be read",
        "The body is no valid JSON object in UTF-8, or a header or query value has the wrong form. "
        "Nothing was done. The detail says what was found.",
    ),
    Kind(
        "unknown-field",
        400,
        "The body has a field that does not exist",
        "Fields that the API does not know are refused, not ignored. errors points at each.",
    ),
    Kind(
        "unknown-filter",
        400,
        "The query names what does not exist",
        "Query parameters, columns to sort by, fields and expansions that the address does not "
        "know are refused, so that a misspelt filter does not return everything. known lists those "
        "that exist.",
    ),
    Kind(
        "cursor-invalid",
        400,
        "The cursor does not belong here",
        "A cursor leads on only in the list, with the filters and for the caller it was given to. "
        "Start again without one.",
    ),
    Kind(
        "idempotency-key-missing",
        400,
        "An Idempotency-Key is needed",
        "Writes carry an Idempotency-Key of your choosing, up to 255 characters. Send the same key "
        "again when you did not get the answer, and it is done once. Keys are kept for 7 days.",
    ),
    Kind(
        "not-found",
        404,
        "Not found",
        "There is no such address or resource, or it is not for your eyes. Addresses have no "
        "slash at the end.",
    ),
    Kind(
        "method-not-allowed",
        405,
        "The method is not allowed here",
        "Allow lists the methods that exist at this address.",
    ),
    Kind(
        "not-acceptable",
        406,
        "No such representation",
        "Answers are application/json, and problems application/problem+json.",
    ),
    Kind(
        "conflict",
        409,
        "Conflict",
        "The request does not fit what is already there.",
    ),
    Kind(
        "idempotency-in-progress",
        409,
        "The first request with this key is still running",
        "Wait as long as Retry-After says and send the request again; it is answered alike.",
    ),
    Kind(
        "revision-stale",
        412,
        "The resource has changed",
        "If-Match names another revision than the present one, which current_revision tells. Read "
        "the resource again and decide on what it says now.",
    ),
    Kind(
        "content-too-large",
        413,
        "The body is too large",
        "Split the request.",
    ),
    Kind(
        "unsupported-media-type",
        415,
        "The body's media type is not supported",
        "Send JSON, with Content-Type: application/json; a PATCH may also be "
        "application/merge-patch+json (RFC 7396).",
    ),
    Kind(
        "validation-error",
        422,
        "Some values are not acceptable",
        "errors points at each value (RFC 6901) and says what it must be. Nothing was done.",
    ),
    Kind(
        "idempotency-key-reused",
        422,
        "The key was used for another request",
        "The first request with this Idempotency-Key had another body or query. Use a new key.",
    ),
    Kind(
        "batch-undone",
        424,
        "Another item of the batch failed",
        "The batch is atomic, so nothing of it was done; the item that failed says why. Mend it, "
        "and send the batch with a new Idempotency-Key. The items' keys may stay.",
    ),
    Kind(
        "precondition-required",
        428,
        "Say which revision you have seen",
        "Acts on a resource and changes of it carry If-Match with the ETag it was last read with.",
    ),
    Kind(
        "internal-error",
        500,
        "Something went wrong here",
        "The fault is ours and was logged under request_id. What was not answered was not done; "
        "with the same Idempotency-Key it is safe to send it again.",
    ),
    Kind(
        "temporary-reduced-capacity",
        503,
        "Too much is waiting for the same",
        "Others held what the request needs for longer than requests wait. Nothing was done. Wait "
        "as long as Retry-After says and send the request again, with the same Idempotency-Key if "
        "it had one.",
    ),
    Kind(
        "temporarily-unavailable",
        503,
        "The database is away",
        "Nothing was done. Wait as long as Retry-After says and send the request again, with the "
        "same Idempotency-Key if it had one.",
    ),
)
CATALOGUE: dict[str, Kind] = {
    kind.code: kind
    for kind in sorted((*_REQUESTS, *ACCESS, *PROCUREMENT), key=lambda kind: kind.status)
}
