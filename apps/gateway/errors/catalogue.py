"""Every problem code the API answers with, and what a developer should know about it."""

from dataclasses import dataclass

PROBLEM_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """A problem type: its page is /problems/<code>."""

    code: str
    status: int
    title: str
    explanation: str


_KINDS = (
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
        "token-missing",
        401,
        "An access token is needed",
        "Send an access token in the Authorization header, as a bearer token.",
    ),
    Kind(
        "token-invalid",
        401,
        "The access token is not valid here",
        "The token is damaged, was not issued here, or is meant for another audience.",
    ),
    Kind(
        "token-expired",
        401,
        "The access token has expired",
        "Get a new one from the token endpoint.",
    ),
    Kind(
        "token-revoked",
        401,
        "The access token was revoked",
        "The session behind the token has ended, because it was revoked or because its client, "
        "person, partner or project may not act any more.",
    ),
    Kind(
        "dpop-proof-invalid",
        401,
        "The DPoP proof is not valid",
        "The token is bound to a key. Every request needs a proof of its own: for this method and "
        "address, made just now, with the token's hash, signed by that key (RFC 9449).",
    ),
    Kind(
        "dpop-nonce-needed",
        401,
        "The DPoP proof needs our nonce",
        "Put the answer's DPoP-Nonce into the nonce claim of a new proof and send the request "
        "again. Every answer carries one for the next request.",
    ),
    Kind(
        "key-expired",
        401,
        "The API key has expired",
        "Sunset said when it would. Register an OAuth client, or ask for a new key.",
    ),
    Kind(
        "ip-not-allowed",
        403,
        "The caller's address is not on the list",
        "The credential is good, but not from where the request came. Whoever made it names the "
        "networks it is used from.",
    ),
    Kind(
        "user-authentication-insufficient",
        401,
        "The person must sign in again, or more strongly",
        "What is restricted asks the person to have signed in recently and with a second factor. "
        "Send them to the authorization endpoint with acr_values and max_age as given here and in "
        "WWW-Authenticate (RFC 9470), and use the new token.",
    ),
    Kind(
        "insufficient-scope",
        403,
        "The token lacks a scope",
        "required names the scopes this needs. Ask for a token with them.",
    ),
    Kind(
        "role-not-permitted",
        403,
        "Not permitted",
        "The side or role you act for may not do this, whatever the token's scopes.",
    ),
    Kind(
        "claim-not-permitted",
        403,
        "Part of the resource is not for you",
        "The token's scopes or your role do not cover this group of fields, so it can be neither "
        "changed nor filtered or sorted by. _redacted names what is hidden.",
    ),
    Kind(
        "segregation-of-duties",
        403,
        "Somebody else must do this",
        "Who asked for something does not approve it: not the person, not the session, and never "
        "a vendor. Have somebody else decide.",
    ),
    Kind(
        "partner-suspended",
        403,
        "The vendor may not be bought from",
        "It was suspended, offboarded or taken out of the project since the order was drafted.",
    ),
    Kind(
        "spend-limit-exceeded",
        403,
        "More than may be spent",
        "A purchasing policy, the token's own details or the project's budget allows less. limit, "
        "limit_kind, currency, requested and remaining say how much, source and policy_version by "
        "whose word. Order less, wait for the period to pass, or ask for a higher limit.",
    ),
    Kind(
        "category-not-allowed",
        403,
        "The category may not be bought",
        "A policy, the token or the project names the categories that may be bought, or some that "
        "may not; every line then needs a category, and a fine enough one. source says who does.",
    ),
    Kind(
        "vendor-not-allowed",
        403,
        "The vendor may not be bought from",
        "A policy or the token names the vendors that may be bought from. source says which.",
    ),
    Kind(
        "currency-not-allowed",
        403,
        "The currency may not be used",
        "A policy names the currencies that orders may be in. source says which.",
    ),
    Kind(
        "ship-to-not-allowed",
        403,
        "Goods may not be sent there",
        "A policy names the countries or postal areas that goods are sent to, and an order then "
        "says where. source says which.",
    ),
    Kind(
        "policy-missing",
        403,
        "No purchasing policy applies",
        "The buyer requires that a purchasing policy speaks of whoever orders, and none does.",
    ),
    Kind(
        "action-not-granted",
        403,
        "The token's details do not grant this",
        "The token carries authorization details (RFC 9396), and their entry for the project does "
        "not name the action, or holds no longer. Ask for a token with other details.",
    ),
    Kind(
        "project-closed",
        403,
        "The project is closed",
        "The session still counts for other projects, but not for the one this concerns.",
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
        "invalid-transition",
        409,
        "Not possible in this state",
        "from is where the resource stands, to where the act would lead, allowed where it can go.",
    ),
    Kind(
        "project-has-blockers",
        409,
        "Something is not settled in the project",
        "blockers counts what is not: orders that are drafted, pending or open, deliveries not "
        "received in full, invoices not matched or not paid. Settle it, or send "
        "acknowledge_blockers to close the project all the same.",
    ),
    Kind(
        "order-on-hold",
        409,
        "The order is on hold",
        "Nothing is issued, delivered, invoiced, approved for payment or paid on it until whoever "
        "put it on hold releases it. holds names the holds.",
    ),
    Kind(
        "already-submitted",
        409,
        "Said already",
        "That an order was received (AB) is said once for what it says; acknowledgement names the "
        "answer that did. Say it again when the order was changed.",
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
        "totals-mismatch",
        422,
        "The totals do not follow from the lines",
        "Totals are computed here; those sent along are compared. errors tells what the lines "
        "give.",
    ),
    Kind(
        "over-invoice",
        422,
        "More than can be invoiced",
        "A line is invoiced up to what was ordered and the tolerance, or was accepted; lines tells "
        "what was ordered and invoiced of each. What is only not delivered yet, or dearer, is "
        "taken in as an exception instead, for the buyer to decide on.",
    ),
    Kind(
        "duplicate-invoice",
        422,
        "The number was used this year already",
        "A vendor uses a number once for a type of document and year, whatever case, spaces and "
        "signs it is written with. A corrected document has a number of its own.",
    ),
    Kind(
        "currency-mismatch",
        422,
        "Not the order's currency",
        "An invoice is in the currency of its order, which currency tells.",
    ),
    Kind(
        "principal-mismatch",
        422,
        "Not yours to name",
        "Whoever acts is known from the token. A body may repeat it, but not name another.",
    ),
    Kind(
        "exchange-rate-missing",
        422,
        "There is no exchange rate",
        "A limit or threshold is in another currency than the order, and there is no rate of the "
        "last 40 days to compare them by. Once the buyer has entered one, send the request again "
        "with a new Idempotency-Key.",
    ),
    Kind(
        "unit-not-allowed",
        422,
        "The unit is not known or not so finely divided",
        "Units are codes of UN/ECE recommendations 20 and 21; codelists/units lists them with the "
        "decimals a quantity may have in each: none in pieces, three in kilograms. errors points "
        "at each unit and quantity.",
    ),
    Kind(
        "over-receipt",
        422,
        "More than was ordered",
        "What is received and kept of a line, over all receipts that are not reversed, may not go "
        "beyond what was ordered and the tolerance the buyer set for its category. lines tells of "
        "each line that would: ordered, received, tolerance_percent, allowed and remaining.",
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
        "quota-exceeded",
        429,
        "Too many requests",
        "Wait as long as Retry-After says.",
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
CATALOGUE: dict[str, Kind] = {kind.code: kind for kind in _KINDS}
