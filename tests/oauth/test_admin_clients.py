"""Everything optional about clients in the admin: registered, shown, changed, and its keys."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.urls import reverse
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from apps.audit.models import Event
from apps.identity.models import StaffRole
from apps.oauth.admin.clients import span
from apps.oauth.models import Client
from apps.oauth.models.clients import AuthMethod
from tests.factories.client_keys import jwks, private_jwk, public_jwk
from tests.factories.identity import staff_browser
from tests.factories.oauth import machine, web_app
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
READ = "purchase_orders:read"
ADD = "/admin/oauth/client/add/"


def act(client: Client, name: str) -> str:
    return reverse(f"admin:oauth_client_{name}", args=[client.pk])


def form_for(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "once": "a-form",
        "name": "Acme orders",
        "partner": str(world.acme.pk),
        "grant_types": ["client_credentials"],
        "auth_method": "client_secret_basic",
        "bundle": "chosen",
        "scopes": [READ],
        "reasons": "It reads its orders.",
        **changes,
    }


def keyed_form(world: World, **changes: Any) -> dict[str, Any]:
    keys = {"auth_method": "private_key_jwt", "client_jwks": json.dumps(jwks())}
    return form_for(world, **{**keys, **changes})


def filled(form: Any, **changes: Any) -> dict[str, Any]:
    """The form as a browser sends it back when nothing was touched, with changes."""
    values = {field.name: field.value() for field in form.visible_fields()}
    sent = {name: value for name, value in values.items() if value is not None}
    moment = sent.get("expires_at")
    if moment:
        sent["expires_at"] = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return {"once": "an-act", **sent, **changes}


def test_client_with_a_key_is_registered_and_told_how_to_begin(world: World) -> None:
    answer = staff_browser().post(ADD, keyed_form(world))

    client, page = Client.objects.get(), answer.content.decode()
    assert (client.client_jwks, client.client_secret) == (jwks(), "")
    assert "proves itself by its private key" in page
    assert 'id="client-secret"' not in page
    (snippet,) = answer.context["snippets"]
    compile(snippet["text"], "snippet", "exec")
    assert "PrivateKeyJWT" in snippet["text"]
    assert 'alg="ES256"' in snippet["text"]


def test_everything_optional_can_be_filled_in(world: World) -> None:
    staff_browser().post(
        ADD,
        keyed_form(
            world,
            profile="fapi",
            grant_types=["client_credentials", "authorization_code"],
            redirect_uris="https://a.example/cb",
            post_logout_redirect_uris="https://a.example/bye\r\nhttps://a.example/b",
            cors_origins="https://a.example",
            allowed_resources="https://api.a.example/",
            networks="192.0.2.0/24",
            id_token_signed_response_alg="EdDSA",
            userinfo_signed_response_alg="ES256",
            access_token_seconds="300",
            refresh_idle_seconds="3600",
            session_seconds="7200",
            expires_at="2099-01-31T10:00:00",
            is_resource_server="on",
            audience="https://erp.example/",
        ),
    )

    client = Client.objects.get()
    assert (client.profile, client.dpop_bound_access_tokens) == ("fapi", True)
    assert client.post_logout_redirect_uris == "https://a.example/bye https://a.example/b"
    assert (client.allowed_origins, client.networks) == ("https://a.example", ["192.0.2.0/24"])
    assert client.allowed_resources == ["https://api.a.example/"]
    assert (client.id_token_signed_response_alg, client.userinfo_signed_response_alg) == (
        "EdDSA",
        "ES256",
    )
    lives = (client.access_token_seconds, client.refresh_idle_seconds, client.session_seconds)
    assert lives == (300, 3600, 7200)
    assert client.expires_at is not None
    assert client.expires_at.isoformat() == "2099-01-31T10:00:00+00:00"
    assert client.audience == "https://erp.example/"


@pytest.mark.parametrize(
    ("changes", "field"),
    (
        ({"client_jwks": "not json"}, "client_jwks"),
        ({"client_jwks": "[" * 40_000}, "client_jwks"),
        ({"client_jwks": "9" * 5_000}, "client_jwks"),
        ({"client_jwks": json.dumps(jwks(private_jwk()))}, "client_jwks"),
        ({"client_jwks": "5"}, "client_jwks"),
        ({"client_jwks": ""}, "client_jwks"),
        ({"client_jwks": "", "client_jwks_uri": "http://a.example/"}, "client_jwks_uri"),
        ({"post_logout_redirect_uris": "http://a.example/"}, "post_logout_redirect_uris"),
        ({"cors_origins": "*"}, "cors_origins"),
        ({"cors_origins": "\x00"}, "cors_origins"),
        ({"allowed_resources": "x"}, "allowed_resources"),
        ({"networks": "10.0.0.1/8"}, "networks"),
        ({"access_token_seconds": "1"}, "access_token_seconds"),
        ({"access_token_seconds": "9" * 30}, "access_token_seconds"),
        ({"session_seconds": "60"}, "refresh_idle_seconds"),
        ({"expires_at": "2020-01-01T00:00:00"}, "expires_at"),
        ({"expires_at": "never"}, "expires_at"),
        ({"audience": "https://erp.example/"}, "audience"),
        ({"profile": "other"}, "profile"),
        ({"auth_method": "client_secret_basic", "client_jwks": "", "profile": "fapi"},
         "auth_method"),
    ),
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_its_fold_is_open(
    world: World, changes: dict[str, Any], field: str
) -> None:
    answer = staff_browser().post(ADD, keyed_form(world, **changes))

    form = answer.context["form"]
    assert (answer.status_code, set(form.errors), Client.objects.count()) == (200, {field}, 0)
    shut = [name.name for fold in form.folds() if not fold.is_open for name in fold.fields]
    assert field not in shut


def test_few_fields_come_first_and_every_field_once() -> None:
    page = staff_browser().get(ADD)

    content = page.content.decode()
    form = page.context["form"]
    for name in form.fields:
        assert content.count(f'id="{form[name].auto_id}"') == 1, name
    assert content.count("<details") - content.count('class="filter"') == 4
    assert content.index('id="id_name"') < content.index('<details class="fold"')
    assert [fold.is_open for fold in form.folds()] == [False] * 4


def test_api_key_is_shown_once_beside_the_secret(world: World) -> None:
    browser = staff_browser()

    answer = browser.post(ADD, form_for(world, with_api_key="on"))

    client = Client.objects.get()
    (shown,) = re.findall(r'id="api-key">([^<]+)<', answer.content.decode())
    assert check_password(shown, client.api_key_hash)
    assert 'id="client-secret"' in answer.content.decode()
    page = browser.get(act(client, "change")).content.decode()
    assert (shown in page, client.api_key_hash in page) == (False, False)
    assert "an extra API key" in page


def test_new_api_key_is_an_act_and_is_shown_once(world: World) -> None:
    client = machine(partner=world.acme, scopes=[READ]).client
    browser = staff_browser()
    told = browser.get(act(client, "api-key")).context["explanation"]

    answer = browser.post(act(client, "api-key"), {"once": "a"})

    client.refresh_from_db()
    (shown,) = re.findall(r'id="api-key">([^<]+)<', answer.content.decode())
    assert check_password(shown, client.api_key_hash)
    assert Event.objects.get(action="client.api_key_rotated").actor_kind == "staff"
    assert len(told) == 2
    assert len(browser.get(act(client, "api-key")).context["explanation"]) == 1


def test_public_client_has_neither_secret_nor_api_key_to_renew(world: World) -> None:
    client = web_app(partner=world.acme, auth_method=AuthMethod.NONE).client

    page = staff_browser().get(act(client, "change"))

    assert [one["label"] for one in page.context["acts"]] == ["Change", "End sessions", "Suspend"]


def test_form_of_changes_is_filled_in_and_sending_it_changes_nothing(world: World) -> None:
    browser = staff_browser()
    browser.post(
        ADD,
        keyed_form(
            world, cors_origins="https://a.example", networks="192.0.2.0/24",
            expires_at="2099-01-31T10:00:01",
        ),
    )  # fmt: skip
    client = Client.objects.get()
    form = browser.get(act(client, "edit")).context["form"]

    answer = browser.post(act(client, "edit"), filled(form))

    assert answer.status_code == 302
    assert "redirect_uris" not in form.fields
    assert Event.objects.filter(action="client.changed").count() == 0


def test_change_is_made_and_told_in_the_trail(world: World) -> None:
    client = web_app(partner=world.acme).client
    browser = staff_browser()
    form = browser.get(act(client, "edit")).context["form"]
    changes = {
        "redirect_uris": "https://a.example/new",
        "cors_origins": "https://a.example",
        "access_token_seconds": "",
    }

    answer = browser.post(act(client, "edit"), filled(form, **changes), follow=True)

    client.refresh_from_db()
    event = Event.objects.get(action="client.changed")
    assert "is changed" in answer.content.decode()
    assert (client.redirect_uris, client.allowed_origins) == (
        "https://a.example/new",
        "https://a.example",
    )
    assert client.access_token_seconds == 600
    assert set(event.data["after"]) == {"redirect_uris", "cors_origins"}
    assert "client_jwks" not in form.fields


def test_refused_change_is_said_at_its_field(world: World) -> None:
    client = web_app(partner=world.acme).client
    browser = staff_browser()
    form = browser.get(act(client, "edit")).context["form"]

    answer = browser.post(act(client, "edit"), filled(form, networks="x", redirect_uris=""))

    assert set(answer.context["form"].errors) == {"networks", "redirect_uris"}


@pytest.mark.parametrize("name", ("edit", "api-key"))
def test_viewer_cannot_change_anything(world: World, name: str) -> None:
    client = machine(partner=world.acme).client

    answer = staff_browser(StaffRole.VIEWER).post(act(client, name), {"once": "a"})

    assert answer.status_code == 403
    assert Client.objects.get().api_key_hash == ""


@pytest.mark.parametrize("name", ("edit", "api-key"))
def test_disabled_client_leads_back(world: World, name: str) -> None:
    client = machine(partner=world.acme).client
    Client.objects.update(status="disabled")

    answer = staff_browser().get(act(client, name), follow=True)

    assert "not possible" in answer.content.decode()


def test_page_shows_what_there_is_and_leaves_out_what_there_is_not(world: World) -> None:
    browser = staff_browser()
    plain = dict(browser.get(act(machine(partner=world.acme).client, "change")).context["facts"])
    browser.post(
        ADD, keyed_form(world, profile="fapi", networks="192.0.2.0/24", cors_origins="https://a.example",
                        client_jwks=json.dumps(jwks(public_jwk(), public_jwk("OKP", kid=None)))),
    )  # fmt: skip
    full = dict(browser.get(act(Client.objects.get(profile="fapi"), "change")).context["facts"])

    optional = {"Profile", "Demands", "Its keys", "Its web pages", "Networks"}
    assert set(full) - set(plain) == optional
    assert (public_jwk()["kid"] in full["Its keys"], "OKP" in full["Its keys"]) == (True, True)
    assert plain["Lifetimes"] == ("Token 10 minutes, unused session 7 days, any session 90 days")


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("kind", ("EC", "OKP", "RSA"))
def test_snippet_with_a_key_gets_the_client_in(
    world: World,
    live_server: LiveServer,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    settings.PUBLIC_URL = live_server.url
    keys = json.dumps(jwks(public_jwk(kind)))
    answer = staff_browser().post(ADD, keyed_form(world, client_jwks=keys))
    (tmp_path / "private.jwk").write_text(json.dumps(private_jwk(kind)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")

    exec(answer.context["snippets"][0]["text"], {})  # noqa: S102 -- as a developer pastes it

    assert capsys.readouterr().out.startswith("{'data': []")


@pytest.mark.parametrize(
    ("seconds", "text"),
    ((86_400, "1 day"), (7200, "2 hours"), (600, "10 minutes"), (61, "61 seconds")),
)
def test_span_is_told_in_the_largest_unit_that_says_it_exactly(seconds: int, text: str) -> None:
    assert span(seconds) == text
