"""What an authorization request says beyond what the library checks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.identity.models import User
from apps.oauth.errors import (
    ConsentRequiredError,
    InvalidRequestError,
    LoginRequiredError,
    RequestNotSupportedError,
    UnmetAuthenticationError,
)
from apps.oauth.keys import api_audience
from apps.oauth.models import Client
from apps.oauth.models import Consent as StandingConsent
from apps.oauth.models.clients import Profile
from apps.oauth.policy.claims import names_person, read_claims, wanted_acr
from apps.oauth.policy.consents import covers
from apps.oauth.policy.sign_in import (
    ACR_MFA,
    ACR_VALUES,
    SignIn,
    acr_satisfies,
    hint_matches,
    read_max_age,
    read_prompt,
)
from apps.oauth.scopes import OPENID
from apps.oauth.services.codes import CodeRequest, Consent
from apps.oauth.services.id_tokens import HintRejectedError, read_hint
from apps.oauth.services.minting import Details
from apps.oauth.services.requested import details_asked, resources_for

MAX_NONCE = 255
THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest:
    """A checked request. ``max_age`` is in seconds; ``prompts`` are those of OpenID Connect Core
    section 3.1.2.1; ``pushed`` is the row of the pushed request it came from.
    """

    redirect_uri: str
    state: str
    scopes: list[str]
    code_challenge: str
    nonce: str
    prompts: frozenset[str]
    max_age: int | None
    claims: dict[str, Any]
    acr_values: tuple[str, ...]
    id_token_hint: str
    resources: tuple[str, ...]
    authorization_details: Details
    dpop_jkt: str
    pushed: int | None = None

    @property
    def wants_no_page(self) -> bool:
        return "none" in self.prompts

    @property
    def wants_to_ask(self) -> bool:
        """Whether the person is to be asked even if they agreed before."""
        return bool(self.prompts & {"consent", "select_account"})

    @property
    def wanted_acr(self) -> tuple[str, ...]:
        """How the person must have signed in, if the client says so: what it insists on (OpenID
        Connect Core section 5.5.1.1), else those of the values it asks for that exist here, which
        RFC 9470 section 4 makes as binding.
        """
        asked_for = tuple(value for value in self.acr_values if value in ACR_VALUES)
        return tuple(wanted_acr(self.claims, essential=True)) or asked_for

    @property
    def for_code(self) -> CodeRequest:
        return CodeRequest(
            redirect_uri=self.redirect_uri,
            code_challenge=self.code_challenge,
            nonce=self.nonce,
            dpop_jkt=self.dpop_jkt,
            pushed=self.pushed,
        )


def read_authorization_request(
    *,
    parameters: Mapping[str, str],
    resources: tuple[str, ...],
    client: Client,
    scopes: list[str],
    at: datetime,
    pushed: int | None = None,
) -> AuthorizationRequest:
    """Raises InvalidRequestError, RequestNotSupportedError, InvalidTargetError,
    InvalidAuthorizationDetailsError.
    """
    _check_supported(parameters)
    try:
        prompts = read_prompt(parameters.get("prompt", ""))
        max_age = read_max_age(parameters.get("max_age", ""))
        claims = _claims(parameters.get("claims", ""), scopes)
    except ValueError as error:
        raise InvalidRequestError(str(error)) from error
    return AuthorizationRequest(
        redirect_uri=parameters.get("redirect_uri", ""),
        state=parameters.get("state", ""),
        scopes=scopes,
        code_challenge=parameters.get("code_challenge", ""),
        nonce=_bounded(parameters, "nonce", MAX_NONCE),
        prompts=prompts,
        max_age=max_age,
        claims=claims,
        acr_values=tuple(parameters.get("acr_values", "").split()),
        id_token_hint=parameters.get("id_token_hint", ""),
        resources=resources_for(resources, client),
        authorization_details=details_asked(parameters.get("authorization_details", ""), at=at),
        dpop_jkt=_thumbprint(parameters.get("dpop_jkt", "")),
        pushed=pushed,
    )


def _claims(text: str, scopes: list[str]) -> dict[str, Any]:
    """They are part of OpenID Connect alone (Core section 5.5)."""
    if not text or OPENID not in scopes:
        return {}
    asked = read_claims(text)
    return {"id_token": asked.id_token, "userinfo": asked.userinfo}


def _check_supported(parameters: Mapping[str, str]) -> None:
    if "request" in parameters:
        raise RequestNotSupportedError("Push the request to /oauth/par instead.")
    if "registration" in parameters:
        raise RequestNotSupportedError(
            "Clients are registered by the buyer's staff.", code="registration_not_supported"
        )
    if parameters.get("response_mode", "query") != "query":
        raise InvalidRequestError("The only response_mode is query.")


def _thumbprint(text: str) -> str:
    """RFC 9449 section 10: BASE64URL of a SHA-256, so 43 characters."""
    if text and not THUMBPRINT.fullmatch(text):
        raise InvalidRequestError("dpop_jkt is not the thumbprint of a key.")
    return text


def _bounded(parameters: Mapping[str, str], name: str, most: int) -> str:
    value = parameters.get(name, "")
    if len(value) > most:
        raise InvalidRequestError(f"{name} has at most {most} characters.")
    return value


def require_pushed(asked: AuthorizationRequest, client: Client) -> None:
    """RFC 9126 section 6, FAPI 2.0 section 5.3.2.2 no. 2. Raises InvalidRequestError."""
    must_push = client.require_pushed_authorization_requests or client.profile == Profile.FAPI
    if must_push and asked.pushed is None:
        raise InvalidRequestError("This client pushes its requests to /oauth/par.")


def check_person(asked: AuthorizationRequest, user: User, *, at: datetime) -> None:
    """Whoever has signed in is whom the request is about (OpenID Connect
    Core section 3.1.2.1). Raises LoginRequiredError, InvalidRequestError.
    """
    hinted = not asked.id_token_hint or hint_matches(_hinted(asked, at=at), user.public_id)
    if not hinted or not names_person(asked.claims, user.public_id):
        raise LoginRequiredError("Somebody else has signed in.")


def must_step_up(asked: AuthorizationRequest, sign_in: SignIn, *, has_second_factor: bool) -> bool:
    """Whether the person is to prove more than they have (RFC 9470 section 4). Raises
    UnmetAuthenticationError when they cannot, LoginRequiredError when the client wants no page.
    """
    if acr_satisfies(sign_in.acr, asked.wanted_acr):
        return False
    if ACR_MFA not in asked.wanted_acr or not has_second_factor:
        raise UnmetAuthenticationError
    require_sign_in(asked)
    return True


def _hinted(asked: AuthorizationRequest, *, at: datetime) -> str:
    try:
        return read_hint(asked.id_token_hint, at=at).sub
    except HintRejectedError as error:
        raise InvalidRequestError("id_token_hint is not an ID token of ours.") from error


def require_sign_in(asked: AuthorizationRequest) -> None:
    """Somebody has to sign in. Raises LoginRequiredError when the client wants no page."""
    if asked.wants_no_page:
        raise LoginRequiredError


def is_answered(
    asked: AuthorizationRequest, consent: Consent, standing: StandingConsent | None
) -> bool:
    """Whether the person's standing consent answers. Raises ConsentRequiredError when they have
    to be asked and the client wants no page.
    """
    elsewhere = set(asked.resources) - {api_audience()}  # No standing consent remembers these.
    if not (asked.wants_to_ask or elsewhere) and covers(
        standing,
        client=consent.grant.client,
        redirect_uri=asked.redirect_uri,
        partner_id=consent.person.partner_id,
        scopes=consent.scopes,
        projects=consent.projects,
        details=consent.authorization_details,
    ):
        return True
    if asked.wants_no_page:
        raise ConsentRequiredError
    return False
