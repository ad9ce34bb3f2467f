"""What django-allauth fetches with: our own client, in the clothes of `requests`.

Whatever the library asks of a provider (discovery, token, userinfo) goes through the gateway's
client, which calls public addresses and nothing else. Answers are read here first: what the
library would stumble over is refused, with a page.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn, Self

from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest
from django.shortcuts import render

from apps.gateway.client import Answer, FetchRefusedError, send
from apps.identity.policy.federation import is_subject
from apps.oauth.policy.jwk import usual_algorithm
from apps.oauth.services.discovery import SECONDS, discovery_of
from apps.oauth.services.upstream import basic


class Reply:
    """As much of `requests.Response` as the library looks at."""

    headers: Mapping[str, str] = {"content-type": "application/json"}

    def __init__(self, status: int, document: Any) -> None:  # noqa: ANN401 -- JSON
        self.status_code = status
        self._document = document
        # The library quotes it in an error, and errors are logged; it may hold a token.
        self.content = b""

    def json(self) -> Any:  # noqa: ANN401 -- JSON
        return self._document

    def raise_for_status(self) -> None:
        """Nothing: a refusal was answered when it came."""


class GuardedSession:
    """As much of `requests.Session` as the library uses."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is kept open."""

    def discovery(self, issuer: str) -> dict[str, Any]:
        """Ours alone: the library would know its address, not whose it is."""
        try:
            return discovery_of(issuer)
        except FetchRefusedError:
            self._refuse()

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """The keys; or, with a token, what is said of the person."""
        try:
            answer = send(url, headers=headers, seconds=SECONDS)
            return _userinfo(answer) if headers else _keys(answer)
        except FetchRefusedError:
            self._refuse()

    def request(
        self,
        method: str,  # noqa: ARG002 -- the library's signature; it posts
        url: str,
        *,
        data: Mapping[str, str],
        auth: Any = None,  # noqa: ANN401 -- the library's, with a name and a password
        **_: Any,  # noqa: ANN401 -- the library's
    ) -> Reply:
        """The code for tokens."""
        named = basic(auth.username, auth.password) if auth else {}
        try:
            return _tokens(send(url, form=data, headers=named, seconds=SECONDS))
        except FetchRefusedError:
            self._refuse()

    def _refuse(self) -> NoReturn:
        page = render(
            self._request, "socialaccount/unavailable.html", status=HTTPStatus.BAD_GATEWAY
        )
        raise ImmediateHttpResponse(page)


def _keys(answer: Answer) -> Reply:
    """RFC 7517 section 5, without keys the library cannot find. It takes a key without `alg`, which
    need not be there (section 4.4), for RS256. Raises FetchRefusedError.
    """
    document = answer.json()
    found = document.get("keys") if isinstance(document, dict) else None
    if answer.status != HTTPStatus.OK or not isinstance(found, list):
        raise FetchRefusedError("the answer is no key set")
    keys = [one for one in found if isinstance(one, dict) and isinstance(one.get("kid"), str)]
    told = [{**usual_algorithm(one), **one} for one in keys]
    return Reply(answer.status, {"keys": told})


def _userinfo(answer: Answer) -> Reply:
    """OpenID Connect Core section 5.3.2: JSON with a `sub`. Raises FetchRefusedError."""
    document = answer.json()
    if answer.status != HTTPStatus.OK or not isinstance(document, dict):
        raise FetchRefusedError("the answer says nothing of the person")
    if not is_subject(document.get("sub")):
        raise FetchRefusedError("the answer has no subject that we can key")
    email = document.get("email")
    return Reply(answer.status, {**document, "email": email if isinstance(email, str) else None})


def _tokens(answer: Answer) -> Reply:
    """RFC 6749 section 5.1, and an ID token (OpenID Connect Core section 3.1.3.3)."""
    document = answer.json()
    if not isinstance(document, dict):
        raise FetchRefusedError("the answer has no tokens")
    names = ("access_token", "refresh_token", "id_token")
    texts = {name: document[name] for name in names if isinstance(document.get(name), str)}
    seconds = document.get("expires_in")
    lasts = {"expires_in": seconds} if type(seconds) is int and 0 < seconds < 2**31 else {}
    if answer.status == HTTPStatus.OK and "id_token" not in texts:
        raise FetchRefusedError("the answer has no ID token")
    return Reply(answer.status, {**texts, **lasts})
