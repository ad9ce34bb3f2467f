"""The demo: made once, mended when something was lost, and never outside a laptop."""

import copy
import io
import json
import stat
from datetime import datetime
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Model
from django.test import Client as Browser
from joserfc.jwk import ECKey
from pytest_django import Settings

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.governance.services.demo import ensure_demo
from apps.governance.services.offboarding import offboard_partner
from apps.identity.models import StaffRole, User
from apps.oauth.models import ApiKey, Client, TokenSession
from apps.partners.models import BankAccountChange, Partner, PartnerBankAccount, PartnerUser
from apps.projects.models import (
    ApprovalRule,
    PolicyVersion,
    Project,
    ProjectMember,
    PurchasingPolicy,
)
from tests.factories.gateway import ORDERS
from tests.factories.jose import assertion_form, client_assertion, dpop_proof
from tests.factories.oauth import basic, post_form

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path / "var"
    return tmp_path / "var"


def token_status(client: dict[str, Any]) -> int:
    answer = post_form(
        "/oauth/token",
        {"grant_type": "client_credentials", "scope": " ".join(client["scopes"])},
        authorization=basic(client["client_id"], client["client_secret"]),
    )
    return int(answer.status_code)


def test_demo_prints_the_document_of_the_contract() -> None:
    out = io.StringIO()

    call_command("demo", "--json", stdout=out)

    demo = json.loads(out.getvalue())
    assert list(demo) == [
        "public_url", "staff", "partner_users", "partners", "projects", "clients", "api_keys",
    ]  # fmt: skip
    assert demo["public_url"] == "https://buyer.example"
    assert [person["roles"] for person in demo["staff"]] == [[role.value] for role in StaffRole]
    assert [(person["partner"], person["role"]) for person in demo["partner_users"]] == [
        ("acme", "salesperson"), ("acme", "manager"), ("acme", "admin"), ("globex", "manager"),
    ]  # fmt: skip
    assert {key: partner["kind"] for key, partner in demo["partners"].items()} == {
        "acme": "vendor", "globex": "vendor", "erp": "integration",
    }  # fmt: skip
    assert list(demo["projects"]) == ["office", "fleet"]
    assert list(demo["clients"]) == [
        "erp_machine", "acme_machine", "globex_machine", "acme_web", "acme_native",
        "warehouse_device", "resource_server", "auditor_machine",
    ]  # fmt: skip
    assert [(one["partner"], one["scopes"]) for one in demo["api_keys"]] == [
        ("acme", ["purchase_orders:read"])
    ]


def test_demo_clients_are_what_the_document_says(operator: Actor, at: datetime) -> None:
    clients = ensure_demo(actor=operator, at=at)["clients"]

    auth = {key: client["auth"] for key, client in clients.items()}
    assert [auth.pop(key) for key in ("acme_native", "warehouse_device", "auditor_machine")] == [
        "none", "none", "private_key_jwt",
    ]  # fmt: skip
    assert set(auth.values()) == {"client_secret_basic"}
    assert "client_secret" not in {**clients["acme_native"], **clients["auditor_machine"]}
    assert {"openid", "profile", "email"} < set(clients["acme_web"]["scopes"])
    assert clients["acme_web"]["post_logout_redirect_uris"] == [
        "https://acme.example/signed-out", "http://127.0.0.1:8765/signed-out",
    ]  # fmt: skip
    assert clients["acme_web"]["cors_origins"] == ["https://acme.example", "http://127.0.0.1:8765"]
    assert clients["warehouse_device"]["grants"] == [
        "urn:ietf:params:oauth:grant-type:device_code", "refresh_token",
    ]  # fmt: skip
    assert clients["acme_web"]["grants"] == ["authorization_code", "refresh_token"]
    assert clients["acme_web"]["redirect_uris"] == ["https://acme.example/callback"]
    assert clients["acme_native"]["redirect_uris"] == ["http://127.0.0.1:8765/callback"]
    assert (clients["resource_server"]["grants"], clients["resource_server"]["scopes"]) == ([], [])
    assert clients["auditor_machine"]["scopes"] == ["audit:read", "purchase_orders:read"]


@pytest.mark.parametrize("key", ("erp_machine", "acme_machine", "globex_machine"))
def test_demo_machines_get_a_token_for_both_projects(
    operator: Actor, at: datetime, key: str
) -> None:
    demo = ensure_demo(actor=operator, at=at)

    assert token_status(demo["clients"][key]) == 200

    projects = Project.objects.values_list("pk", flat=True)
    assert sorted(TokenSession.objects.get(kind="client").project_ids) == sorted(projects)


def auditors_answer(client: dict[str, Any], **proof: str) -> Any:
    key = ECKey.import_key(client["private_jwk"])
    form = {
        "grant_type": "client_credentials",
        "scope": " ".join(client["scopes"]),
        **assertion_form(client_assertion(client["client_id"], key, "https://buyer.example")),
    }
    return Browser().post(
        "/oauth/token",
        urlencode(form),
        content_type="application/x-www-form-urlencoded",
        headers={"DPoP": dpop_proof(key, "POST", "https://buyer.example/oauth/token", **proof)},
    )


def test_demo_auditor_proves_itself_by_its_key_and_gets_the_restricted_scope(
    operator: Actor, at: datetime
) -> None:
    client = ensure_demo(actor=operator, at=at)["clients"]["auditor_machine"]

    answer = auditors_answer(client)
    if answer.status_code == 400:  # The server wants a nonce of its own (RFC 9449 section 8).
        answer = auditors_answer(client, nonce=answer["DPoP-Nonce"])

    granted = json.loads(answer.content)
    assert (answer.status_code, granted["token_type"]) == (200, "DPoP")
    assert set(granted["scope"].split()) == {"audit:read", "purchase_orders:read"}


def test_demo_auditors_private_key_is_in_the_document_alone(operator: Actor, at: datetime) -> None:
    client = ensure_demo(actor=operator, at=at)["clients"]["auditor_machine"]

    hidden = client["private_jwk"]["d"]
    (row,) = Client.objects.filter(client_id=client["client_id"]).values()
    assert hidden not in str(row)
    assert hidden not in json.dumps(list(Event.objects.values_list("data", "private")))


def test_demo_of_an_earlier_release_gains_what_is_new(
    operator: Actor, at: datetime, folder: Path
) -> None:
    first = ensure_demo(actor=operator, at=at)
    before = copy.deepcopy(first)
    for key in ("warehouse_device", "auditor_machine"):
        client_id = before["clients"].pop(key)["client_id"]
        client = Client.objects.get(client_id=client_id)
        client.projects.clear()
        client.delete()
    for client in before["clients"].values():
        del client["post_logout_redirect_uris"], client["cors_origins"]
    (folder / "demo.json").write_text(json.dumps(before))

    second = ensure_demo(actor=operator, at=at)

    assert list(second["clients"]) == list(first["clients"])
    assert second["staff"] == first["staff"]
    assert second["clients"]["erp_machine"] == first["clients"]["erp_machine"]
    assert auditors_answer(second["clients"]["auditor_machine"]).status_code != 401


def test_demo_auditor_of_an_earlier_release_is_replaced(operator: Actor, at: datetime) -> None:
    ensure_demo(actor=operator, at=at)
    Client.objects.filter(name="Audit export (demo)").update(
        token_endpoint_auth_method="client_secret_basic", client_secret="x", client_jwks=None
    )

    ensure_demo(actor=operator, at=at)
    document = ensure_demo(actor=operator, at=at)

    known = Client.objects.filter(name="Audit export (demo)").order_by("created")
    assert [(one.token_endpoint_auth_method, one.status) for one in known] == [
        ("client_secret_basic", "suspended"),
        ("private_key_jwt", "active"),
    ]
    assert document["clients"]["auditor_machine"]["client_id"] == known[1].client_id


@pytest.mark.parametrize("lost", (None, "k", {}, {"kty": "EC"}))
def test_demo_makes_a_new_key_where_the_file_has_none_that_fits(
    operator: Actor, at: datetime, folder: Path, lost: Any
) -> None:
    first = ensure_demo(actor=operator, at=at)
    broken = copy.deepcopy(first)
    broken["clients"]["auditor_machine"]["private_jwk"] = lost
    (folder / "demo.json").write_text(json.dumps(broken))

    second = ensure_demo(actor=operator, at=at)

    ours, theirs = (one["clients"]["auditor_machine"] for one in (second, first))
    client = Client.objects.get(client_id=ours["client_id"])
    assert ours["client_id"] == theirs["client_id"]
    assert ours["private_jwk"]["kid"] != theirs["private_jwk"]["kid"]
    assert client.client_jwks is not None
    assert [key["kid"] for key in client.client_jwks["keys"]] == [ours["private_jwk"]["kid"]]


def test_demo_people_have_the_passwords_of_the_document(operator: Actor, at: datetime) -> None:
    demo = ensure_demo(actor=operator, at=at)

    people = [*demo["staff"], *demo["partner_users"]]
    assert len({person["password"] for person in people}) == len(people) == User.objects.count()
    for person in people:
        assert User.objects.get(email=person["email"]).check_password(person["password"])


def test_demo_twice_is_the_same_and_records_nothing_more(
    operator: Actor, at: datetime, folder: Path
) -> None:
    first = ensure_demo(actor=operator, at=at)
    before = Event.objects.count()
    rows = [model.objects.count() for model in (Partner, Project, ProjectMember, Client, User)]

    second = ensure_demo(actor=operator, at=at)

    assert second == first == json.loads((folder / "demo.json").read_text())
    assert Event.objects.count() == before
    assert rows == [3, 2, 12, 8, 9]
    for model, count in zip((Partner, Project, ProjectMember, Client, User), rows, strict=True):
        assert model.objects.count() == count


def test_demo_records_one_summary_event(operator: Actor, at: datetime) -> None:
    ensure_demo(actor=operator, at=at)

    event = Event.objects.get(action="demo.created")
    assert "client Acme web (demo)" in event.data["made"]


def test_demo_file_is_its_owners_alone(operator: Actor, at: datetime, folder: Path) -> None:
    ensure_demo(actor=operator, at=at)
    (folder / "demo.json").chmod(0o644)

    ensure_demo(actor=operator, at=at)

    assert stat.S_IMODE((folder / "demo.json").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["demo.json"]


def test_no_secret_of_the_demo_stands_in_the_trail(operator: Actor, at: datetime) -> None:
    demo = ensure_demo(actor=operator, at=at)

    trail = json.dumps(list(Event.objects.values_list("data", "private")))
    people = [*demo["staff"], *demo["partner_users"]]
    hidden = [person["password"] for person in people]
    hidden += [client.get("client_secret", "") for client in demo["clients"].values()]
    assert [secret for secret in hidden if secret and secret in trail] == []


@pytest.mark.parametrize("left", (None, "", "{}", "[1]", '{"staff": 5}', "not json"))
def test_demo_heals_a_lost_or_broken_file(
    operator: Actor, at: datetime, folder: Path, left: str | None
) -> None:
    first = ensure_demo(actor=operator, at=at)
    (folder / "demo.json").unlink()
    if left is not None:
        (folder / "demo.json").write_text(left)

    second = ensure_demo(actor=operator, at=at)

    assert second["partners"] == first["partners"]
    for key, client in second["clients"].items():
        assert client["client_id"] == first["clients"][key]["client_id"]
    assert token_status(second["clients"]["acme_machine"]) == 200
    assert token_status(first["clients"]["acme_machine"]) == 401
    for person in [*second["staff"], *second["partner_users"]]:
        assert User.objects.get(email=person["email"]).check_password(person["password"])


def wipe(*models: type[Model]) -> None:
    """Rows that are only ever ended: the database refuses to delete them otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for model in models:
            model.objects.all().delete()
        cursor.execute("SET session_replication_role = DEFAULT")


def test_demo_heals_a_wiped_database_and_keeps_the_passwords(operator: Actor, at: datetime) -> None:
    first = ensure_demo(actor=operator, at=at)
    ApiKey.objects.all().delete()
    TokenSession.objects.all().delete()
    Client.objects.all().delete()
    PartnerUser.objects.all().delete()
    ProjectMember.objects.all().delete()
    wipe(ApprovalRule, PolicyVersion, PurchasingPolicy)
    for model in (BankAccountChange, PartnerBankAccount, User, Partner, Project):
        model.objects.all().delete()

    second = ensure_demo(actor=operator, at=at)

    assert second["staff"] == first["staff"]
    assert second["partners"] != first["partners"]
    assert token_status(second["clients"]["erp_machine"]) == 200


def test_demo_heals_a_password_and_a_secret_that_changed(operator: Actor, at: datetime) -> None:
    first = ensure_demo(actor=operator, at=at)
    ann = User.objects.get(email="administrator@buyer.example")
    ann.set_password("something else altogether")
    ann.save(update_fields=["password"])
    other = Client.objects.get(client_id=first["clients"]["erp_machine"]["client_id"])
    third = Client.objects.get(client_id=first["clients"]["acme_web"]["client_id"])
    other.client_secret = third.client_secret
    other.save(update_fields=["client_secret"])

    second = ensure_demo(actor=operator, at=at)

    ann.refresh_from_db()
    assert second["staff"] == first["staff"]
    assert ann.check_password(first["staff"][-1]["password"])
    assert second["clients"]["acme_web"] == first["clients"]["acme_web"]
    assert token_status(second["clients"]["erp_machine"]) == 200
    event = Event.objects.filter(action="demo.created").latest("id")
    assert event.data["made"] == ["secret of ERP (demo)", f"password of {ann.email}"]


def test_demo_revives_nobody_who_was_thrown_out(operator: Actor, at: datetime) -> None:
    first = ensure_demo(actor=operator, at=at)
    acme = Partner.objects.get(name__startswith="Acme")
    offboard_partner(actor=operator, at=at, partner=acme, reason="a visitor tried it")

    second = ensure_demo(actor=operator, at=at)

    assert second == first
    assert Partner.objects.count() == 3
    assert token_status(second["clients"]["acme_machine"]) == 401
    assert not User.objects.get(email="manager@acme.example").is_active


def test_demo_makes_nothing_new_for_a_partner_who_was_thrown_out(
    operator: Actor, at: datetime
) -> None:
    ensure_demo(actor=operator, at=at)
    acme = Partner.objects.get(name__startswith="Acme")
    ProjectMember.objects.filter(partner=acme).delete()
    Client.objects.filter(name="Acme app (demo)").delete()
    offboard_partner(actor=operator, at=at, partner=acme, reason="a visitor tried it")

    demo = ensure_demo(actor=operator, at=at)

    assert "acme_native" not in demo["clients"]
    assert ProjectMember.objects.filter(partner=acme).count() == 0


@pytest.mark.parametrize("environment", ("staging", "production"))
def test_demo_is_refused_outside_a_laptop(
    settings: Settings, folder: Path, environment: str
) -> None:
    settings.ENVIRONMENT = environment
    out = io.StringIO()

    with pytest.raises(CommandError) as refused:
        call_command("demo", "--json", stdout=out)

    assert refused.value.returncode == 1
    assert json.loads(out.getvalue())["error"] == "role-not-permitted"
    assert (Partner.objects.count(), User.objects.count(), folder.exists()) == (0, 0, False)


def test_demo_for_people_shows_the_sign_ins_and_no_client_secret() -> None:
    out = io.StringIO()

    call_command("demo", stdout=out)

    document = io.StringIO()
    call_command("demo", "--json", stdout=document)
    demo = json.loads(document.getvalue())
    shown = out.getvalue()
    assert "admin: https://buyer.example/admin/" in shown.splitlines()
    for person in demo["staff"]:
        assert f"{person['email']}  {person['password']}" in shown
    assert demo["clients"]["erp_machine"]["client_secret"] not in shown


@pytest.mark.django_db(transaction=True)
def test_two_demos_at_once_make_one(operator: Actor, at: datetime, folder: Path) -> None:
    start, documents = Barrier(2), []

    def run() -> None:
        start.wait()
        try:
            documents.append(ensure_demo(actor=operator, at=at))
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert documents[0] == documents[1] == json.loads((folder / "demo.json").read_text())
    assert (Partner.objects.count(), Client.objects.count()) == (3, 8)


def test_demo_api_key_is_kept_and_works(operator: Actor, at: datetime, folder: Path) -> None:
    del folder
    first, again = (ensure_demo(actor=operator, at=at)["api_keys"] for _ in range(2))

    answer = Browser().get(ORDERS, headers={"Authorization": f"ApiKey {first[0]['key']}"})

    assert again == first
    assert answer.status_code == 200
