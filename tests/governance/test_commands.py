"""The commands of the contract (spec 8): their JSON, and exit codes 0, 1 and 2."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import Event
from apps.governance.models import Offboarding
from apps.identity.models import User
from apps.oauth.models import Client
from apps.partners.models import Partner, PartnerUser
from tests.factories.governance import sessions
from tests.factories.oauth import basic, machine, post_form
from tests.factories.world import World

pytestmark = pytest.mark.django_db
READ = "purchase_orders:read"


def run(*arguments: str) -> Any:
    """A command that succeeds, and the one document it printed."""
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def refused(*arguments: str) -> tuple[int, Any]:
    """A command that does not: its exit code, and what it printed."""
    out = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command(*arguments, "--json", stdout=out)
    # Django's parser raises with its own code 1 when it is called from Python; the shell gets 2.
    return error.value.returncode, json.loads(out.getvalue() or "null")


def token_status(client_id: str, secret: str, scope: str = READ) -> int:
    answer = post_form(
        "/oauth/token",
        {"grant_type": "client_credentials", "scope": scope},
        authorization=basic(client_id, secret),
    )
    return int(answer.status_code)


def test_onboard_partner_prints_partner_and_client(world: World) -> None:
    done = run(
        "onboard_partner", "--name", "Initech", "--kind", "vendor", "--contact", "a@i.example",
        "--scope", READ, "--scope", "projects:read",
        "--project", world.office.number, "--role", "salesperson",
    )  # fmt: skip

    partner = Partner.objects.get(name="Initech")
    client = Client.objects.get(partner=partner)
    secret = done["client"].pop("client_secret")
    assert done == {
        "partner": {"id": partner.public_id, "name": "Initech", "kind": "vendor"},
        "client": {"client_id": client.client_id},
    }
    assert (client.role, client.allowed_scopes) == ("salesperson", [READ, "projects:read"])
    assert token_status(client.client_id, secret) == 200
    event = Event.objects.get(action="partner.onboarded")
    assert event.actor_id == "system:onboard_partner"


@pytest.mark.parametrize(
    ("options", "code"),
    (
        (("--project", "NOPE"), "not-found"),
        (("--project", "prj_00000000000000000000000000"), "not-found"),
        (("--scope", "no_such:scope"), "validation-error"),
        (("--scope", "audit:read"), "validation-error"),
        (("--role", "integration"), "validation-error"),
    ),
)
def test_onboard_partner_refused_prints_why_and_writes_nothing(
    options: tuple[str, str], code: str
) -> None:
    exit_code, document = refused(
        "onboard_partner", "--name", "Initech", "--kind", "vendor", "--contact", "a@i.example",
        *options,
    )  # fmt: skip

    assert (exit_code, document["error"]) == (1, code)
    assert (Partner.objects.count(), Client.objects.count()) == (0, 0)


def test_create_client_for_a_partner_prints_id_and_secret(world: World) -> None:
    done = run(
        "create_client", "--partner", world.acme.public_id, "--name", "Machine",
        "--auth", "client_secret_basic", "--scope", READ, "--project", world.office.public_id,
    )  # fmt: skip

    client = Client.objects.get()
    assert sorted(done) == ["client_id", "client_secret"]
    assert client.grant_types == ["client_credentials"]
    assert (client.kind, client.role) == ("partner_tool", "manager")
    assert list(client.projects.all()) == [world.office]
    assert token_status(done["client_id"], done["client_secret"]) == 200


def test_create_client_for_people_takes_redirects_and_no_secret(world: World) -> None:
    done = run(
        "create_client", "--partner", world.acme.public_id, "--name", "App", "--auth", "none",
        "--grant", "authorization_code", "--grant", "refresh_token",
        "--redirect-uri", "http://127.0.0.1:8765/callback", "--scope", READ,
    )  # fmt: skip

    client = Client.objects.get()
    assert done == {"client_id": client.client_id}
    assert client.redirect_uris == "http://127.0.0.1:8765/callback"


def test_create_client_internal_resource_server_has_no_grant_and_no_scope() -> None:
    run("create_client", "--internal", "--name", "RS", "--auth", "client_secret_post",
        "--resource-server")  # fmt: skip

    client = Client.objects.get()
    assert (client.kind, client.role, client.partner) == ("internal", "integration", None)
    assert (client.grant_types, client.allowed_scopes, client.is_resource_server) == ([], [], True)


@pytest.mark.parametrize(
    "options",
    (
        ("--partner", "ptr_00000000000000000000000000"),
        ("--partner", "Acme"),
        ("--internal", "--project", "NOPE"),
        ("--internal", "--scope", "no_such:scope"),
        ("--internal", "--role", "manager"),
        ("--internal", "--redirect-uri", "https://app.example/callback"),
        ("--internal", "--grant", "authorization_code", "--redirect-uri", "http://app.example/"),
    ),
)
def test_create_client_refused_writes_nothing(options: tuple[str, ...]) -> None:
    exit_code, document = refused(
        "create_client", "--name", "X", "--auth", "client_secret_basic", *options
    )

    assert exit_code == 1
    assert document["error"] in {"not-found", "validation-error"}
    assert Client.objects.count() == 0


def give_password(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_create_user_for_a_partner_prints_the_id(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_password(monkeypatch, "correct horse battery\n")

    done = run(
        "create_user", "--email", "ann@acme.example", "--password-stdin",
        "--partner", world.acme.public_id, "--role", "salesperson",
    )  # fmt: skip

    ann = User.objects.get(email="ann@acme.example")
    assert done == {"id": ann.public_id}
    assert ann.check_password("correct horse battery")
    assert PartnerUser.objects.get(user=ann).role == "salesperson"


def test_create_user_of_staff_enters_the_group(monkeypatch: pytest.MonkeyPatch) -> None:
    give_password(monkeypatch, "correct horse battery")

    run("create_user", "--email", "ann@buyer.example", "--password-stdin",
        "--staff-role", "security_officer")  # fmt: skip

    ann = User.objects.get()
    assert ann.is_staff
    assert list(ann.groups.values_list("name", flat=True)) == ["security_officer"]


@pytest.mark.parametrize(
    ("options", "exit_code"),
    (
        (("--partner", "ptr_00000000000000000000000000", "--role", "manager"), 1),
        (("--partner", "ptr_00000000000000000000000000"), 2),
        (("--role", "manager"), 2),
        (("--partner", "ptr_0", "--role", "manager", "--staff-role", "viewer"), 2),
    ),
)
def test_create_user_refused_or_misused_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], exit_code: int
) -> None:
    give_password(monkeypatch, "correct horse battery\n")

    got, _ = refused("create_user", "--email", "ann@x.example", "--password-stdin", *options)

    assert (got, User.objects.count()) == (exit_code, 0)


def test_create_user_with_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    give_password(monkeypatch, "\n")

    exit_code, document = refused("create_user", "--email", "ann@x.example", "--password-stdin")

    assert exit_code == 1
    assert {fault["pointer"] for fault in document["errors"]} == {"/password"}
    assert User.objects.count() == 0


@pytest.mark.parametrize(
    ("options", "overlap", "old_status"),
    ((("--overlap", "0"), 0, 401), (("--overlap", "1.5"), 1.5, 200), ((), 24, 200)),
)
def test_rotate_secret_keeps_the_old_one_for_the_overlap(
    world: World, options: tuple[str, ...], overlap: float, old_status: int
) -> None:
    new = machine(partner=world.acme, scopes=[READ])
    client_id = new.client.client_id

    done = run("rotate_secret", client_id, *options)

    ends = datetime.fromisoformat(done["previous_expires_at"])
    expected = datetime.now(tz=UTC) + timedelta(hours=overlap)
    assert abs(ends - expected) < timedelta(minutes=1)
    assert sorted(done) == ["client_secret", "previous_expires_at"]
    assert token_status(client_id, done["client_secret"]) == 200
    assert token_status(client_id, str(new.secret)) == old_status


@pytest.mark.parametrize("overlap", ("-1", "soon", "nan", "inf", "99999999"))
def test_rotate_secret_with_a_senseless_overlap_changes_nothing(world: World, overlap: str) -> None:
    new = machine(partner=world.acme, scopes=[READ])

    with pytest.raises(CommandError, match="is no number of hours"):
        call_command("rotate_secret", new.client.client_id, f"--overlap={overlap}")

    assert token_status(new.client.client_id, str(new.secret)) == 200


def test_suspend_and_resume_client_print_sessions_ended(world: World) -> None:
    new = machine(partner=world.acme, scopes=[READ])
    sessions(3, client=new.client)
    client_id = new.client.client_id

    assert run("suspend_client", client_id, "--reason", "odd calls") == {"sessions_ended": 3}
    assert token_status(client_id, str(new.secret)) == 401
    assert refused("suspend_client", client_id, "--reason", "again")[0] == 1
    assert run("resume_client", client_id, "--reason", "explained") == {"sessions_ended": 0}
    assert token_status(client_id, str(new.secret)) == 200


@pytest.mark.parametrize("command", ("suspend_client", "resume_client", "rotate_secret"))
def test_unknown_client_is_refused(command: str) -> None:
    reason = () if command == "rotate_secret" else ("--reason", "a test")

    exit_code, document = refused(command, "cli_nobody", *reason)

    assert (exit_code, document["error"]) == (1, "not-found")


def test_offboard_partner_dry_run_prints_the_same_counts_as_the_act(world: World) -> None:
    new = machine(partner=world.acme, scopes=[READ])
    sessions(2, client=new.client)

    dry = run("offboard_partner", world.acme.public_id, "--dry-run")
    assert Offboarding.objects.count() == 0
    wet = run("offboard_partner", world.acme.public_id, "--reason", "late")

    assert dry["counts"] == wet["counts"]
    assert dry["counts"]["sessions"] == wet["sessions_ended"] == 2
    assert (dry["evidence_id"], wet["evidence_id"]) == (None, Offboarding.objects.get().public_id)
    assert wet["elapsed_ms"] == Offboarding.objects.get().elapsed_ms
    assert token_status(new.client.client_id, str(new.secret)) == 401
    assert run("offboard_partner", world.acme.public_id, "--reason", "again") == wet


def test_offboard_user_prints_the_evidence(world: World) -> None:
    done = run("offboard_user", "BO@acme.example", "--reason", "left")

    assert done["counts"]["people"] == 1
    assert done["evidence_id"] == Offboarding.objects.get(user=world.bo).public_id


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    (
        (("offboard_partner", "ptr_0", "--reason", "x"), 1),
        (("offboard_partner", "ptr_0", "--dry-run"), 1),
        (("offboard_partner", "ptr_0"), 2),
        (("offboard_partner", "ptr_0", "--reason", " "), 2),
        (("offboard_user", "nobody@x.example", "--reason", "x"), 1),
        (("offboard_user", "nobody@x.example"), 2),
    ),
)
def test_offboarding_nobody_or_without_a_reason_is_refused(
    arguments: tuple[str, ...], exit_code: int
) -> None:
    assert refused(*arguments)[0] == exit_code
    assert Offboarding.objects.count() == 0


def test_readable_output_has_the_same_facts(world: World) -> None:
    out = io.StringIO()

    call_command("offboard_partner", world.acme.public_id, "--reason", "late", stdout=out)

    lines = out.getvalue().splitlines()
    assert f"evidence id: {Offboarding.objects.get().public_id}" in lines
    assert "  people: 1" in lines
