"""Pages a person sees never answer hostile input with a 5xx."""

from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.hostile.test_forms import NAMES, VALUES
from tests.conformance.stage import FORM, signed_in
from tests.factories.oauth import authorize_query, pkce, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db

PAGES = ("/oauth/authorize", "/oauth/device", "/oauth/logout", "/oauth/logout/answer")
MORE = ("user_code", "request_handle", "decision", "post_logout_redirect_uri", "logout_hint")


def failures(browser: Browser, requests: list[tuple[str, str, str]]) -> list[tuple[int, str]]:
    bad = []
    for method, path, text in requests:
        if method == "GET":
            answer = browser.get(f"{path}?{text}")
        else:
            answer = browser.post(path, data=text, content_type=FORM)
        if answer.status_code >= 500:
            bad.append((answer.status_code, f"{method} {path} {text[:80]}"))
    return bad


@conforms("House", "pages", "NUL, bad UTF-8, bad escapes and 200 kB never give a 5xx.")
@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
@pytest.mark.parametrize("path", PAGES)
def test_hostile_value_is_no_5xx(path: str, value: str, world: World) -> None:
    short = value[:5000]
    requests = [
        (method, path, f"{name}={short if method == 'GET' else value}")
        for name in (*NAMES, *MORE)
        for method in ("GET", "POST")
    ]

    assert failures(signed_in(world.bo), requests) == []


@conforms("House", "pages", "One hostile parameter in a good request never gives a 5xx.")
@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_hostile_parameter_in_a_good_request_is_no_5xx(value: str, world: World) -> None:
    query = authorize_query(web_app(partner=world.acme), pkce())
    requests = [
        (
            "GET",
            "/oauth/authorize",
            f"{urlencode({k: v for k, v in query.items() if k != name})}&{name}={value[:5000]}",
        )
        for name in NAMES
    ]

    assert failures(signed_in(world.bo), requests) == []


@conforms("House", "pages", "Other methods are refused.")
@pytest.mark.parametrize("method", ("put", "patch", "delete", "trace"))
@pytest.mark.parametrize("path", PAGES)
def test_other_methods_are_refused(path: str, method: str, world: World) -> None:
    del world
    assert getattr(Browser(), method)(path).status_code in {403, 405}


@conforms("House", "pages", "Other media types are refused or read as nothing.")
@pytest.mark.parametrize(
    "content_type", ("application/json", "multipart/form-data", "text/plain", "", "x" * 300)
)
@pytest.mark.parametrize("path", PAGES)
def test_other_media_type_is_no_5xx(path: str, content_type: str, world: World) -> None:
    answer = signed_in(world.bo).generic("POST", path, b"\xff\x00{}", content_type=content_type)

    assert answer.status_code < 500


@conforms("House", "pages", "Addresses that do not exist are 404.")
@pytest.mark.parametrize(
    "path",
    (
        "/oauth/",
        "/oauth/nothing",
        "/oauth/token/",
        "/oauth/%00",
        "/oauth/%ff",
        "/.well-known/x",
        "/account/access/%00/",
        "/account/access/%ff%fe/",
        f"/account/access/{'x' * 3000}/",
    ),
)
def test_unknown_address_is_404(path: str, world: World) -> None:
    assert signed_in(world.bo).get(path).status_code == 404
