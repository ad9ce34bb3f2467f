"""What the library's errors mean here, where it says nothing or not enough."""

from oauthlib.oauth2.rfc6749 import errors

MEANINGS = {
    "invalid_grant": (
        "The code or refresh token is unknown, expired, used or revoked, is another client's, or "
        "the code_verifier is not the one of its code_challenge."
    ),
    "unauthorized_client": "The client is not registered for this grant.",
    "unsupported_grant_type": "There is no such grant here; the metadata lists those there are.",
    "unsupported_response_type": "The only response_type is code.",
}
# The library's own words, and ours, which say what to send.
BETTER = {
    "Transform algorithm not supported.": "code_challenge_method must be S256.",
    "Code challenge required.": "code_challenge is needed, with code_challenge_method=S256.",
}


def described(error: errors.OAuth2Error) -> errors.OAuth2Error:
    """The same error with words for whoever has to mend it (RFC 6749 section 5.2)."""
    said = error.description or MEANINGS.get(error.error, "")
    error.description = BETTER.get(said, said)
    return error
