"""What a request to an OAuth endpoint must look like before anything else looks at it."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode

MAX_BODY_BYTES = 64 * 1024
MAX_VALUE_CHARACTERS = 8 * 1024
MOST_FIELDS = 100
MOST_RESOURCES = 10
# What the library reads. Nothing else is handed to it: its request object lets a parameter named
# `client` or `user` pose as its own member.
LIBRARY_PARAMETERS = frozenset(
    {
        "client_id", "client_secret", "code", "code_challenge", "code_challenge_method",
        "code_verifier", "grant_type", "redirect_uri", "refresh_token",
        "response_type", "scope", "state", "token", "token_type_hint",
    }
)  # fmt: skip
# What we read ourselves. Everything else is ignored, as RFC 6749 sections 3.1 and 3.2 ask.
OUR_PARAMETERS = frozenset(
    {
        "acr_values", "actor_token", "actor_token_type", "assertion", "authorization_details",
        "claims", "client_assertion", "client_assertion_type", "device_code", "display",
        "dpop_jkt", "id_token_hint", "login_hint", "max_age", "nonce", "prompt", "registration",
        "request", "request_uri", "requested_token_type", "response_mode", "subject_token",
        "subject_token_type", "ui_locales",
    }
)  # fmt: skip
KNOWN_PARAMETERS = LIBRARY_PARAMETERS | OUR_PARAMETERS
# RFC 8707 section 2, RFC 8693 section 2.1: the two that may be given several times.
REPEATABLE = frozenset({"resource", "audience"})
CREDENTIALS = frozenset({"client_assertion", "client_assertion_type", "client_secret"})

Parameters = list[tuple[str, str]]


class MalformedRequestError(ValueError):
    """The request cannot be read as OAuth parameters; the message may be shown."""


def parse_parameters(raw: bytes) -> Parameters:
    """Form-encoded parameters, strictly: UTF-8, no NUL. Raises MalformedRequestError."""
    try:
        text = raw.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        detail = f"The parameters are not valid form-encoded UTF-8, or more than {MOST_FIELDS}."
        raise MalformedRequestError(detail) from error
    return pairs


def check_parameters(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """Known parameters only, each once, none empty (RFC 6749 sections 3.1 and 3.2).

    Parameters without a value are treated as omitted. Raises MalformedRequestError.
    """
    known = KNOWN_PARAMETERS | REPEATABLE
    kept = [(name, value) for name, value in pairs if name in known and value]
    seen: set[str] = set()
    if sum(name in REPEATABLE for name, _ in kept) > MOST_RESOURCES:
        raise MalformedRequestError(f"At most {MOST_RESOURCES} resources can be named.")
    for name, value in kept:
        if name in seen and name not in REPEATABLE:
            raise MalformedRequestError(f"The parameter {name} is given more than once.")
        if "\x00" in value:
            raise MalformedRequestError(f"The parameter {name} holds a NUL character.")
        if len(value) > MAX_VALUE_CHARACTERS:
            raise MalformedRequestError(f"The parameter {name} is too long.")
        seen.add(name)
    return kept


def single(pairs: Parameters) -> dict[str, str]:
    """The parameters that occur once, by name."""
    return {name: value for name, value in pairs if name not in REPEATABLE}


def resources(pairs: Parameters) -> tuple[str, ...]:
    """The resources named, in order, each once (RFC 8707 section 2)."""
    return _each_of("resource", pairs)


def audiences(pairs: Parameters) -> tuple[str, ...]:
    """The logical names of what a token is to be for (RFC 8693 section 2.1), each once."""
    return _each_of("audience", pairs)


def _each_of(wanted: str, pairs: Parameters) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for name, value in pairs if name == wanted))


def for_library(parameters: Mapping[str, str]) -> str:
    """The form the library may see."""
    return urlencode([pair for pair in parameters.items() if pair[0] in LIBRARY_PARAMETERS])
