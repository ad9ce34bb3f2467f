"""What a request to an OAuth endpoint must look like before anything else looks at it."""

from collections.abc import Iterable
from urllib.parse import parse_qsl

MAX_BODY_BYTES = 64 * 1024
MAX_VALUE_CHARACTERS = 8 * 1024
# Everything else is ignored, as RFC 6749 section 3.1 and 3.2 ask. It is also never handed to the
# library, whose request object lets a parameter named `client` or `user` pose as its own member.
KNOWN_PARAMETERS = frozenset(
    {
        "client_id", "client_secret", "code", "code_challenge", "code_challenge_method",
        "code_verifier", "grant_type", "redirect_uri", "refresh_token",
        "response_type", "scope", "state", "token", "token_type_hint",
    }
)  # fmt: skip

Parameters = list[tuple[str, str]]


class MalformedRequestError(ValueError):
    """The request cannot be read as OAuth parameters; the message may be shown."""


def parse_parameters(raw: bytes) -> Parameters:
    """Form-encoded parameters, strictly: UTF-8, no NUL. Raises MalformedRequestError."""
    try:
        text = raw.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise MalformedRequestError("The parameters are not valid form-encoded UTF-8.") from error
    return pairs


def check_parameters(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """Known parameters only, each once, none empty (RFC 6749 sections 3.1 and 3.2).

    Parameters without a value are treated as omitted. Raises MalformedRequestError.
    """
    kept = [(name, value) for name, value in pairs if name in KNOWN_PARAMETERS and value]
    seen: set[str] = set()
    for name, value in kept:
        if name in seen:
            raise MalformedRequestError(f"The parameter {name} is given more than once.")
        if "\x00" in value:
            raise MalformedRequestError(f"The parameter {name} holds a NUL character.")
        if len(value) > MAX_VALUE_CHARACTERS:
            raise MalformedRequestError(f"The parameter {name} is too long.")
        seen.add(name)
    return kept
