"""Problems of who asks: tokens, keys, rights and limits of callers."""

from apps.gateway.errors.kinds import Kind

ACCESS = (
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
        "person, partner or project may not act any more. revoke_reason tells which, as a class: "
        "partner-offboarded, partner-suspended, person-inactive, issuer-inactive (whose word the "
        "session rests on), client-inactive, no-open-project, session-ended or token-revoked. It "
        "is left out where the token is not known any more.",
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
        "principal-mismatch",
        422,
        "Not yours to name",
        "Whoever acts is known from the token. A body may repeat it, but not name another vendor, "
        "nor a project that is none of the session's.",
    ),
    Kind(
        "quota-exceeded",
        429,
        "Too many requests",
        "Wait as long as Retry-After says.",
    ),
)
