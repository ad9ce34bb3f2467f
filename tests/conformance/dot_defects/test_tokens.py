"""Defects of the stock library around tokens; each of these fails on it."""

from time import process_time
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client as Browser

from apps.identity.models import User
from apps.oauth.models import AccessToken, RefreshToken
from apps.oauth.services import suspend_client
from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    CC,
    call_api,
    changed,
    claims_in,
    error_of,
    post,
    tokens_of,
    told,
)
from tests.factories.oauth import (
    access_token,
    basic,
    code_for,
    machine,
    pkce,
    redeem,
    refresh,
    web_app,
)
from tests.factories.world import SETUP, World, person

pytestmark = pytest.mark.django_db

SCOPES = ("openid", "purchase_orders:read", "offline_access")


@pytest.fixture
def app(world: World) -> Any:
    return web_app(partner=world.acme, scopes=SCOPES)


@conforms("Library", "defect 1", "An ID token is never an access token, alive or revoked.")
def test_id_token_as_bearer_is_refused_before_and_after_revocation(app: Any, world: World) -> None:
    body = tokens_of(world.bo, app)
    paths = ("/api/v1/purchase-orders", "/oauth/userinfo")

    def statuses() -> list[int]:
        return [call_api(body["id_token"], path=path).status_code for path in paths]

    before = statuses()
    post("/oauth/revoke", {"token": body["refresh_token"]}, new=app)

    assert (before, statuses()) == ([401, 401], [401, 401])


@conforms("Library", "defect 2", "A code used twice takes back what it gave.")
def test_code_reuse_revokes_what_the_code_gave(app: Any, world: World) -> None:
    proof = pkce()
    code = code_for(world.bo, app, proof)
    first = told(redeem(app, code, proof))

    again = redeem(app, code, proof)

    assert error_of(again) == (400, "invalid_grant")
    assert call_api(first["access_token"]).status_code == 401
    assert error_of(refresh(app, first["refresh_token"])) == (400, "invalid_grant")


@conforms("Library", "defect 9", "Narrowing one refresh does not narrow the next.")
def test_narrowed_refresh_is_not_permanent(app: Any, world: World) -> None:
    first = tokens_of(world.bo, app)

    narrow = told(refresh(app, first["refresh_token"], scope="purchase_orders:read"))
    full = told(refresh(app, narrow["refresh_token"]))

    assert narrow["scope"] == "purchase_orders:read"
    assert full["scope"] == first["scope"]


@conforms("Library", "section 1.1", "A scope withdrawn from the client is not minted again.")
def test_withdrawn_scope_is_gone_at_the_next_refresh(app: Any, world: World) -> None:
    first = tokens_of(world.bo, app)
    changed(app, allowed_scopes=["openid", "offline_access"])

    again = told(refresh(app, first["refresh_token"]))

    assert again["scope"].split() == ["openid", "offline_access"]


@conforms("Library", "finding 9", "A person who is switched off opens nothing any more.")
def test_disabled_person_opens_nothing(app: Any, world: World) -> None:
    body, server = tokens_of(world.bo, app), machine(is_resource_server=True)
    User.objects.filter(pk=world.bo.pk).update(is_active=False)

    api = call_api(body["access_token"])
    userinfo = call_api(body["access_token"], path="/oauth/userinfo")
    told_of = told(post("/oauth/introspect", {"token": body["access_token"]}, new=server))
    again = refresh(app, body["refresh_token"])

    assert [api.status_code, userinfo.status_code, told_of] == [401, 401, {"active": False}]
    assert error_of(again) == (400, "invalid_grant")


@conforms("Library", "finding 2", "A client that is switched off opens nothing any more.")
def test_suspended_client_opens_nothing(app: Any, world: World, at: Any) -> None:
    body = tokens_of(world.bo, app)
    suspend_client(actor=SETUP, at=at, client=app.client, reason="a test")

    tokens = (body["access_token"], body["id_token"])

    assert [call_api(token).status_code for token in tokens] == [401, 401]
    assert error_of(refresh(app, body["refresh_token"])) == (401, "invalid_client")


@conforms("Library", "section 1.2", "No token and no code is kept in clear.")
def test_nothing_reusable_is_stored(app: Any, world: World) -> None:
    proof = pkce()
    code = code_for(world.bo, app, proof)
    body = told(redeem(app, code, proof))
    said = (code, body["access_token"], body["refresh_token"], body["id_token"], str(app.secret))

    with connection.cursor() as cursor:
        found = [
            (table, index)
            for table in connection.introspection.table_names()
            if table.startswith(("oauth_", "audit_", "django_session"))
            for index, secret in enumerate(said)
            if _stands_in(cursor, table, secret)
        ]

    assert found == []
    assert (AccessToken.objects.count(), RefreshToken.objects.count()) == (1, 1)


def _stands_in(cursor: Any, table: str, secret: str) -> bool:
    cursor.execute(f'SELECT 1 FROM "{table}" AS row WHERE row::text LIKE %s', [f"%{secret}%"])  # noqa: S608 -- the name comes from the database itself
    return cursor.fetchone() is not None


@conforms("Library", "section 5.1", "Without a scope asked for none is given.")
def test_no_scope_asked_is_not_every_scope(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read", "rfps:read"])

    body = told(post("/oauth/token", CC, new=new))

    assert claims_in(body["access_token"])["scope"] == ""


@conforms("Library", "section 1.1", "A client gets tokens only for resources it may have.")
def test_unlisted_resource_is_refused(world: World) -> None:
    form = {**CC, "resource": "https://anything.example/"}

    answer = post("/oauth/token", form, new=machine(partner=world.acme))

    assert error_of(answer) == (400, "invalid_target")


# --- Client authentication ------------------------------------------------------------------------
@conforms("Library", "defect 8", "Proving a client costs no slow hash.")
def test_twenty_authentications_take_less_than_one_slow_hash_each(world: World) -> None:
    new = machine(partner=world.acme)
    wrong = {"Authorization": basic(new.client, "x" * 43)}
    post("/oauth/token", CC, new=new)
    begun = process_time()

    for _ in range(10):
        post("/oauth/token", CC, new=new)
        cache.clear()
        post("/oauth/token", CC, **wrong)

    # 1,000,000 rounds of PBKDF2 take the stock library more than 0.2 s of CPU for each.
    assert process_time() - begun < 20 * 0.1


@conforms("Library", "finding 7", "A client cannot have an empty secret.")
def test_client_without_a_secret_cannot_be_stored(world: World) -> None:
    new = machine(partner=world.acme)

    with pytest.raises(IntegrityError), transaction.atomic():
        changed(new, client_secret="")


@conforms("Library", "finding 7", "The id of a client with a secret proves nothing.")
@pytest.mark.parametrize("path", ("/oauth/token", "/oauth/introspect", "/oauth/revoke"))
def test_client_id_alone_is_not_enough(path: str, world: World) -> None:
    new = machine(partner=world.acme, is_resource_server=True)
    form = {**CC, "token": "x", "client_id": new.client.client_id, "client_secret": ""}

    answers = [post(path, form), post(path, form, Authorization=basic(new.client, ""))]

    assert [error_of(one) for one in answers] == [(401, "invalid_client")] * 2


@conforms("Library", "defect 9", "A 401 for a client names the Basic scheme, not Bearer.")
def test_refused_client_is_challenged_with_basic(world: World) -> None:
    answer = post("/oauth/token", CC, Authorization=basic(machine(partner=world.acme).client, "x"))

    assert (answer.status_code, answer["WWW-Authenticate"].split()[0]) == (401, "Basic")


@conforms("Library", "defect 9", "Credentials in header and body together are refused.")
def test_two_places_for_a_secret_are_refused(world: World) -> None:
    new = machine(partner=world.acme)
    form = {**CC, "client_id": new.client.client_id, "client_secret": str(new.secret)}

    assert error_of(post("/oauth/token", form, new=new)) == (400, "invalid_request")


@conforms("Library", "defect 10", "Guessing secrets is limited, with 429 and Retry-After.")
def test_guessing_is_stopped_and_says_for_how_long(world: World) -> None:
    new = machine(partner=world.acme)
    wrong = {"Authorization": basic(new.client, "x" * 43)}

    answers = [post("/oauth/token", CC, **wrong) for _ in range(12)]

    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1]["Retry-After"]) <= 60


@conforms("Library", "section 4", "Token rows have no form in the admin.")
@pytest.mark.parametrize(
    "model", ("accesstoken", "refreshtoken", "grant", "idtoken", "application")
)
def test_admin_has_no_form_for_tokens(model: str, world: World) -> None:
    del world
    browser = Browser()
    browser.force_login(person("root@nordwind.example", is_staff=True, is_superuser=True))

    paths = (
        f"/admin/oauth/{model}/",
        f"/admin/oauth/{model}/add/",
        f"/admin/oauth2_provider/{model}/",
    )

    assert [browser.get(path).status_code for path in paths] == [404, 404, 404]


@conforms("Library", "section 4", "A client survives the person who owns it.")
def test_owner_of_a_client_cannot_be_deleted_with_it(world: World) -> None:
    new = changed(machine(partner=world.acme), user=world.bo)

    with pytest.raises(ProtectedError):
        world.bo.delete()
    assert access_token(new).count(".") == 2
